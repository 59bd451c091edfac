"""Domains, their history, rounds and votes, in SQL. Plain functions of a connection, run inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlite_utils import Database

from bot.errors import AlreadyDone, Superseded
from bot.model.approval import Round
from bot.model.change import Change
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import State
from bot.model.outbox import Intent
from bot.model.records import key_digest
from storage import codec, messages
from storage.sql import Queryable, rows
from storage.stopped import Stopped

#: Kind of the documents that hold an ended life as it was.
PAST = "past_life"


def take(intent: Intent) -> Callable[[Database], bool]:
    """Store an intention; False where it is here already (a duplicate delivery)."""

    def work(db: Database) -> bool:
        cursor = db.execute(
            "INSERT INTO inbox (team, key, body, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (intent.team, intent.key, codec.dump(intent.body), intent.received_at),
        )
        return bool(cursor.rowcount)

    return work


def save(change: Change) -> Callable[[Database], EmailDomain]:
    """Write a change: compare and set on the version, then everything that belongs to it."""

    def work(db: Database) -> EmailDomain:
        after = change.after
        if change.intent is not None:
            _fulfil(db, after.team, change.intent, after.added_at)
        written = saved(change)
        _keep_past(db, change)
        _compare_and_set(db, change, written)
        _record(db, change, written)
        messages.owe(db, written, change)
        if change.loud:
            db.execute(
                "UPDATE posts INDEXED BY posts_of SET stale = 1"
                " WHERE team = ? AND name = ? AND life = ? AND frozen_at IS NULL",
                (*written.id, written.life),
            )
        return written

    return work


def saved(change: Change) -> EmailDomain:
    """The domain as it is once the change is written."""
    return change.after.but(version=(change.before or change.after).version + 1)


def _fulfil(db: Database, team: str, intent: str, now: int) -> None:
    cursor = db.execute(
        "UPDATE inbox SET done_at = ? WHERE team = ? AND key = ? AND done_at IS NULL", (now, team, intent)
    )
    if not cursor.rowcount:
        raise AlreadyDone(intent)


def _keep_past(db: Database, change: Change) -> None:
    """A life that ends with messages unsent is kept as it was: they are worded from it, not from the next one."""
    past = change.before
    if past is None or past.life >= change.after.life:
        return
    sql = "SELECT 1 FROM notices WHERE team = ? AND name = ? AND life = ? AND state <> 'sent' LIMIT 1"
    if db.execute(sql, (*past.id, past.life)).fetchone():
        row = codec.domain_row(past)
        db.execute(
            "INSERT OR REPLACE INTO documents (team, kind, key, body) VALUES (?, ?, ?, ?)",
            (past.team, PAST, f"{past.name}#{past.life}", codec.dump(row)),
        )


def past(db: Queryable, team: str, name: str, life: int) -> EmailDomain | None:
    """An earlier life as it was when the next one began, while messages of it are unsent; None if it was not kept."""
    sql = "SELECT body FROM documents WHERE team = ? AND kind = ? AND key = ?"
    found = rows(db, sql, team, PAST, f"{name}#{life}")
    return codec.domain(codec.load(found[0]["body"])) if found else None


def forget_past(db: Database) -> None:
    """Ended lives of which everything is said."""
    db.execute(
        "DELETE FROM documents WHERE kind = ? AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.team = documents.team"
        " AND n.state <> 'sent' AND n.name || '#' || n.life = documents.key)",
        (PAST,),
    )


def _compare_and_set(db: Database, change: Change, saved: EmailDomain) -> None:
    row = codec.domain_row(saved)
    if change.before is None and change.after.version == 0:
        try:
            db.execute(
                "INSERT INTO domains (team, name, life, version, state, turn, owner, channel, due_at, dkim, body)"
                " VALUES (:team, :name, :life, :version, :state, :turn, :owner, :channel, :due_at, :dkim, :body)",
                row,
            )
        except sqlite3.IntegrityError:
            raise Superseded(saved.name) from None
        return
    cursor = db.execute(
        "UPDATE domains SET life = :life, version = :version, state = :state, turn = :turn, owner = :owner,"
        " channel = :channel, due_at = :due_at, dkim = :dkim, body = :body"
        " WHERE team = :team AND name = :name AND version = :version - 1",
        row,
    )
    if not cursor.rowcount:
        raise Superseded(saved.name)


def _record(db: Database, change: Change, saved: EmailDomain) -> None:
    for entry in change.entries:
        db.execute(
            "INSERT INTO history SELECT ?, ?, ?, 1 + coalesce(max(n), 0), ?, ?, ?, ?, ?, ?, ? FROM history"
            " WHERE team = ? AND name = ? AND life = ?",
            (
                *saved.id, saved.life, entry.at, entry.event, entry.before, entry.after, entry.by, entry.why,
                codec.dump(entry.evidence), *saved.id, saved.life,
            ),
        )  # fmt: skip
    if change.opened is not None:
        row = codec.round_row(*saved.id, saved.life, change.opened)
        row["org_id"] = saved.org_id
        db.execute(f"INSERT INTO rounds ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", row)
    if change.vote is not None:
        asked, vote = change.vote
        db.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?)", (*saved.id, asked, vote.user, vote.at))
    if change.rebound is not None:
        db.execute(
            "UPDATE rounds SET digest = ?, org_id = ? WHERE team = ? AND name = ? AND id = ? AND closed_at IS NULL",
            (change.rebound.digest, saved.org_id, *saved.id, change.rebound.id),
        )
    if change.closed is not None:
        closed = codec.round_row(*saved.id, saved.life, change.closed)
        db.execute(
            "UPDATE rounds SET closed_at = :closed_at, outcome = :outcome, decided_by = :decided_by, reason = :reason"
            " WHERE team = :team AND name = :name AND id = :id AND closed_at IS NULL",
            {k: closed[k] for k in ("closed_at", "outcome", "decided_by", "reason", "team", "name", "id")},
        )


def finish(team: str, key: str, now: int) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        db.execute(
            "UPDATE inbox SET answered_at = ?, done_at = coalesce(done_at, ?) WHERE team = ? AND key = ?",
            (now, now, team, key),
        )

    return work


def keep(team: str, key: str) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        db.execute(
            "UPDATE inbox SET body = json_set(body, '$.kept', json('true')) WHERE team = ? AND key = ?", (team, key)
        )

    return work


def unfinished(db: Queryable, stopped: Stopped) -> Sequence[Intent]:
    found = rows(db, "SELECT * FROM inbox WHERE answered_at IS NULL ORDER BY received_at")
    return stopped.readable("wish", found, codec.intent, ("team", "key"))


def round_(db: Queryable, team: str, name: str, id: int) -> Round | None:
    found = rows(db, "SELECT * FROM rounds WHERE team = ? AND name = ? AND id = ?", team, name, id)
    if not found:
        return None
    votes = rows(
        db, "SELECT user, at FROM votes WHERE team = ? AND name = ? AND round = ? ORDER BY at, user", team, name, id
    )
    return codec.round_(found[0], votes)


def domain(db: Queryable, team: str, name: str) -> EmailDomain | None:
    found = rows(db, "SELECT * FROM domains WHERE team = ? AND name = ?", team, name)
    return _whole(db, found[0]) if found else None


def holder(db: Queryable, team: str, key: str) -> str | None:
    """The domain that this public key belongs to; of one that was removed nobody knows any more."""
    sql = "SELECT name FROM domains WHERE team = ? AND dkim = ? AND state <> 'removed'"
    found = rows(db, sql, team, key_digest(key))
    return found[0]["name"] if found else None


def _whole(db: Queryable, row: codec.Row) -> EmailDomain:
    return codec.domain(row, lambda asked: round_(db, row["team"], row["name"], asked))


def _all(db: Queryable, found: Sequence[codec.Row], stopped: Stopped) -> list[EmailDomain]:
    return stopped.readable("domain", found, lambda row: _whole(db, row))


def domains(db: Queryable, team: str, stopped: Stopped) -> Sequence[EmailDomain]:
    return _all(db, rows(db, "SELECT * FROM domains WHERE team = ? ORDER BY name", team), stopped)


def named(db: Queryable, team: str, names: Sequence[str], stopped: Stopped) -> Sequence[EmailDomain]:
    """Those of these names, in this order."""
    sql = "SELECT * FROM domains WHERE team = ? AND name = ?"
    return _all(db, [row for name in names for row in rows(db, sql, team, name)], stopped)


def owned(
    db: Queryable, team: str, owner: str, states: Sequence[State], most: int, stopped: Stopped
) -> Sequence[EmailDomain]:
    """Those of one owner, by state in the order given, then by name.

    One question a state, each answered from the index: how many domains there are besides does not matter. Left
    to itself, SQLite would walk through all of them by name, as nothing tells it how rare a state is.
    """
    found: list[EmailDomain] = []
    sql = (
        "SELECT * FROM domains INDEXED BY domains_of_owner WHERE team = ? AND owner = ? AND state = ?"
        " ORDER BY name LIMIT ?"
    )
    for state in states:
        found += _all(db, rows(db, sql, team, owner, state.value, most - len(found)), stopped)
    return found


def asked(db: Queryable, team: str, most: int, stopped: Stopped) -> Sequence[EmailDomain]:
    """Domains with an open round, those whose time is up soonest first."""
    found = rows(
        db,
        "SELECT d.* FROM rounds r JOIN domains d ON d.team = r.team AND d.name = r.name"
        " WHERE r.team = ? AND r.closed_at IS NULL ORDER BY r.expires_at, r.name LIMIT ?",
        team, most,
    )  # fmt: skip
    return _all(db, found, stopped)


#: The keys come from the index alone, so that what is skipped is not read.
_DUE = """
    SELECT json_group_array(json_object(
        'team', team, 'name', name, 'life', life, 'version', version, 'state', state, 'owner', owner,
        'channel', channel, 'due_at', due_at, 'body', CASE WHEN json_valid(body) THEN json(body) END))
    FROM (
        SELECT d.* FROM (
            SELECT rowid AS row FROM domains
            WHERE due_at <= ? AND team || '/' || name NOT IN (SELECT value FROM json_each(?))
            ORDER BY due_at LIMIT ?
        ) k CROSS JOIN domains d ON d.rowid = k.row ORDER BY d.due_at
    )"""


def due(
    db: Queryable, now: int, limit: int, skip: Collection[tuple[str, str]], stopped: Stopped
) -> Sequence[EmailDomain]:
    """All of them in one row: at each row of a busy database Python's threads change places, which takes longer
    than reading it. What cannot be read is not read again, so that however many such rows there are the others come.
    """
    while True:
        known = len(stopped.of("domain"))
        text = db.execute(_DUE, (now, _keys([*skip, *stopped.of("domain")]), limit)).fetchone()[0]
        found = _all(db, codec.load(text), stopped)
        if found or len(stopped.of("domain")) == known:
            return found


def next_due(db: Queryable, stopped: Stopped) -> int | None:
    """The earliest instant (UTC ms) at which something is due of a domain that can be read."""
    sql = "SELECT min(due_at) FROM domains WHERE due_at IS NOT NULL"
    values: tuple[str, ...] = ()
    if stopped.of("domain"):
        sql += " AND team || '/' || name NOT IN (SELECT value FROM json_each(?))"
        values = (_keys(stopped.of("domain")),)
    at: int | None = db.execute(sql, values).fetchone()[0]
    return at


def _keys(which: Iterable[Any]) -> str:
    return codec.dump(["/".join(key) for key in which])


def due_after(db: Queryable, team: str, instant: int, stopped: Stopped) -> Sequence[EmailDomain]:
    found = rows(db, "SELECT * FROM domains WHERE due_at > ? AND team = ? ORDER BY due_at", instant, team)
    return _all(db, found, stopped)


def history(db: Queryable, domain: EmailDomain, limit: int) -> Sequence[Entry]:
    """The last ``limit`` lines of this life, newest first."""
    found = rows(
        db,
        "SELECT * FROM history WHERE team = ? AND name = ? AND life = ? ORDER BY n DESC LIMIT ?",
        *domain.id, domain.life, limit,
    )  # fmt: skip
    return [codec.entry(r) for r in found]
