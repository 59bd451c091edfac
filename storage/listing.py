"""Domains by who acts next, in SQL: ten at a time are decoded, however many there are."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.names import unicode_form
from bot.model.people import Seen
from storage import domains
from storage.sql import Queryable, rows
from storage.stopped import Stopped

_SIMILAR = 150
_STATES = {state.value: state for state in State}

#: Read from the index alone: no domain's body is touched.
_HERE = "FROM domains INDEXED BY domains_turn WHERE team = ? AND turn <> 'removed'"


#: Domains of some channels, and of one owner: as many rows are read as there are of these.
_SEEN = """SELECT name, turn, state FROM (
    SELECT name, turn, state FROM domains INDEXED BY domains_channel
    WHERE team = ? AND channel IN (SELECT value FROM json_each(?))
    UNION SELECT name, turn, state FROM domains INDEXED BY domains_of_owner WHERE team = ? AND owner = ?
) WHERE turn <> 'removed'"""

#: One step in the index for each channel, however many domains it has.
_CHANNELS = """WITH RECURSIVE found(channel) AS (
    SELECT min(channel) FROM domains INDEXED BY domains_channel WHERE team = :team
    UNION ALL SELECT (SELECT min(channel) FROM domains INDEXED BY domains_channel
        WHERE team = :team AND channel > found.channel) FROM found WHERE found.channel IS NOT NULL
) SELECT channel FROM found WHERE channel IS NOT NULL"""


def channels(db: Queryable, team: str) -> Sequence[str]:
    """Where domains are posted to, or were."""
    return [row[0] for row in db.execute(_CHANNELS, {"team": team}).fetchall()]


def names(db: Queryable, team: str, among: Collection[str] | None = None) -> dict[str, State]:
    """Every domain that is not removed, or those ``among`` a few names: its state by its name."""
    if among is None:
        found = rows(db, f"SELECT name, state {_HERE}", team)
    else:
        wanted = "SELECT name, state FROM domains WHERE team = ? AND name IN (SELECT value FROM json_each(?))"
        found = rows(db, f"{wanted} AND turn <> 'removed'", team, json.dumps(list(among)))
    # A state of a newer version is none that anybody here can do something about.
    return {r["name"]: _STATES[r["state"]] for r in found if r["state"] in _STATES}


def similar(db: Queryable, team: str, name: str) -> Sequence[str]:
    """Names that may have been meant by ``name``, at most :data:`_SIMILAR`: the likeliest are among them."""
    sql = f"SELECT name {_HERE} ORDER BY substr(name, 1, 2) = ? DESC, abs(length(name) - ?) LIMIT ?"
    return [r["name"] for r in rows(db, sql, team, name[:2], len(name), _SIMILAR)]


def page(
    db: Queryable, team: str, order: Sequence[State], number: int, size: int, words: Sequence[str],
    seen: Seen | None, stopped: Stopped,
) -> tuple[Sequence[EmailDomain], int, int]:  # fmt: skip
    """(one page, its number, how many domains there are), by ``order`` and name, of those that may be ``seen``.

    ``number`` counts from 1; past the end is the last page. Name or state holds every one of ``words``.
    """
    if not words and seen is None:
        counts = {r["turn"]: r["n"] for r in rows(db, f"SELECT turn, count(*) AS n {_HERE} GROUP BY turn", team)}
        total = sum(counts.get(state.value, 0) for state in order)
        number = _within(number, size, total)
        shown = _walk(db, team, order, counts, (number - 1) * size, size)
    else:
        # The names of IDN are compared as people write them, which SQL cannot do. One expression however many words
        # there are: SQLite takes none that is deeper than 1,000.
        holds = """ AND (instr(name, 'xn--') OR NOT EXISTS (
            SELECT 1 FROM json_each(?) w WHERE NOT (instr(name, w.value) OR instr(state, w.value))))"""
        wanted = [json.dumps(list(words))]
        if seen is None:
            found = rows(db, f"SELECT name, turn, state {_HERE}{holds}", team, *wanted)
        else:
            channels = json.dumps(seen.channels)
            found = rows(db, f"{_SEEN}{holds}", team, channels, team, seen.owner, *wanted)
        rank = {state.value: n for n, state in enumerate(order)}
        known = (r for r in found if r["turn"] in rank)
        every = [r for r in known if "xn--" not in r["name"] or _holds(r["name"], r["state"], words)]
        every.sort(key=lambda r: (rank[r["turn"]], r["name"]))
        total = len(every)
        number = _within(number, size, total)
        shown = [r["name"] for r in every[(number - 1) * size : number * size]]
    return domains.named(db, team, shown, stopped), number, total


def _holds(name: str, state: str, words: Sequence[str]) -> bool:
    texts = (name, state, unicode_form(name))
    return all(any(word in text for text in texts) for word in words)


def _within(number: int, size: int, total: int) -> int:
    return min(max(1, number), max(1, -(-total // size)))


def _walk(db: Queryable, team: str, order: Sequence[State], counts: dict[str, int], skip: int, size: int) -> list[str]:
    """``size`` names after the first ``skip``, going through the states in ``order``."""
    found: list[str] = []
    for state in order:
        here = counts.get(state.value, 0)
        if skip < here and len(found) < size:
            sql = f"SELECT name {_HERE} AND turn = ? ORDER BY name LIMIT ? OFFSET ?"
            found += [r["name"] for r in rows(db, sql, team, state.value, size - len(found), skip)]
        skip = max(0, skip - here)
    return found
