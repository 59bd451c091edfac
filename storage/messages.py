"""Messages owed, in SQL; those that stand in a channel are in :mod:`storage.posts`. Run inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlite_utils import Database

from bot.model.change import Change, Said
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice
from storage import codec
from storage.sql import Queryable, rows
from storage.stopped import Stopped

CARDS = (Kind.RECORDS.value, Kind.CARD.value)

#: Kinds of message that this version knows; those of a newer one wait for it, and hold up nobody.
_KNOWN = f"({', '.join(repr(kind.value) for kind in Kind)})"


def _to(notices: str) -> str:
    """To whom a message goes in private, in SQL; facts that are no JSON name nobody."""
    return f"CASE WHEN json_valid({notices}.facts) THEN json_extract({notices}.facts, '$.to') END"


#: Of each life of a domain only the earliest message that is not sent yet, so that order holds; a card goes before
#: everything, because the others stand in its thread. What a person is told in private has an order of its own. What
#: failed for a reason of its own has stepped aside, and lets the others pass.
_FIRST = f"""
    FROM notices n INDEXED BY notices_unsent WHERE n.state <> 'sent' AND n.state = 'ready' AND n.kind IN {_KNOWN}
    AND NOT EXISTS (
        SELECT 1 FROM notices e WHERE e.team = n.team AND e.name = n.name AND e.life = n.life AND e.state <> 'sent'
        AND e.seq <> n.seq AND e.aside = 0 AND e.kind IN {_KNOWN}
        AND {_to("e")} IS {_to("n")}
        AND ((e.kind IN ('records', 'card')) > (n.kind IN ('records', 'card'))
            OR ((e.kind IN ('records', 'card')) = (n.kind IN ('records', 'card')) AND e.seq < n.seq)))"""


def owe(db: Database, domain: EmailDomain, change: Change) -> None:
    """One row for each message of a change; its number is counted here, so that no key is given twice."""
    for said in change.said:
        owe_one(db, domain, said, change.entries[0].at if change.entries else domain.since)


def owe_one(db: Database, domain: EmailDomain, said: Said, now: int) -> None:
    (n,) = db.execute(
        "SELECT 1 + count(*) FROM notices WHERE team = ? AND name = ? AND life = ? AND kind = ?",
        (*domain.id, domain.life, said.kind.value),
    ).fetchone()
    db.execute(
        "INSERT INTO notices (team, key, seq, name, life, kind, n, facts, created_at)"
        " SELECT ?, ?, 1 + coalesce(max(seq), 0), ?, ?, ?, ?, ?, ? FROM notices",
        (
            domain.team, domain.key(said.kind.value, n), domain.name, domain.life, said.kind.value, n,
            codec.dump(said.facts), now,
        ),
    )  # fmt: skip


#: Where a message goes: to a person, or to the domain's channel.
_CHANNEL = f"""coalesce({_to("n")}, (SELECT d.channel FROM domains d WHERE d.team = n.team AND d.name = n.name))"""


def sendable(db: Queryable, now: int, limit: int, skip: Collection[str], stopped: Stopped) -> Sequence[Notice]:
    """What may be sent now, to other channels and people than ``skip``."""
    elsewhere = f"AND {_CHANNEL} NOT IN ({marks(skip)})" if skip else ""
    sql = f"SELECT * {_FIRST} AND not_before <= ? {elsewhere} {_NOT_IN} ORDER BY seq LIMIT ?"
    while True:
        known = len(stopped.of("message"))
        found = rows(db, sql, now, *skip, keys(stopped), limit)
        read = stopped.readable("message", found, codec.notice, KEY)
        if read or len(stopped.of("message")) == known:
            return read


def next_sendable(db: Queryable, after: int) -> int | None:
    """The earliest instant after ``after`` at which a message may be sent or updated again."""
    (at,) = db.execute(
        f"""SELECT min(at) FROM (
            SELECT min(not_before) AS at {_FIRST} AND not_before > :after
            UNION ALL SELECT min(retry_at) FROM posts INDEXED BY posts_again
            WHERE retry_at > 0 AND retry_at > :after AND stale = 1 AND lost = 0 AND frozen_at IS NULL)""",
        {"after": after},
    ).fetchone()
    return at  # type: ignore[no-any-return]


def begin_sending(
    notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
) -> Callable[[Database], Notice | None]:
    """The durable intention to post, before the first byte leaves; None if it is not to be sent any more."""

    def work(db: Database) -> Notice | None:
        cursor = db.execute(
            "UPDATE notices SET state = 'sending', attempt = attempt + 1, owner = ?, anchor = coalesce(anchor, ?),"
            " channel = ?, thread = ?, problem = NULL WHERE team = ? AND key = ? AND state = 'ready'",
            (owner, anchor, channel, thread, notice.team, notice.key),
        )
        if not cursor.rowcount:
            return None
        found = rows(db, "SELECT * FROM notices WHERE team = ? AND key = ?", notice.team, notice.key)
        return codec.notice(found[0])

    return work


def sent(notice: Notice, channel: str, ts: str, shown: str, version: int) -> Callable[[Database], None]:
    """It stands in the channel; ``shown`` is the hash of what was posted. Compared with the attempt that posted."""

    def work(db: Database) -> None:
        cursor = db.execute(
            "UPDATE notices SET state = 'sent', channel = ? WHERE team = ? AND key = ? AND attempt = ?"
            " AND state = 'sending'",
            (channel, notice.team, notice.key, notice.attempt),
        )
        if cursor.rowcount:
            db.execute(
                "INSERT INTO posts (team, key, name, life, kind, channel, ts, shown, version, stale)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (
                    notice.team, notice.key, notice.name, notice.life, notice.kind.value, channel, ts, shown, version,
                ),
            )  # fmt: skip

    return work


def put_back(
    notice: Notice, not_before: int, problem: str | None, failed_at: int | None, *, aside: bool
) -> Callable[[Database], None]:
    """Surely not posted: it may be tried again from ``not_before`` (UTC ms) on.

    ``failed_at``: it could not be sent then; the first such instant is kept. ``aside``: others may pass it.
    """

    def work(db: Database) -> None:
        db.execute(
            "UPDATE notices SET state = 'ready', not_before = ?, problem = ?, aside = ?,"
            " failing_since = coalesce(failing_since, ?)"
            " WHERE team = ? AND key = ? AND attempt = ? AND state <> 'sent'",
            (not_before, problem, int(aside), failed_at, notice.team, notice.key, notice.attempt),
        )

    return work


def hasten(team: str, instant: int) -> Callable[[Database], None]:
    """Try now what would be tried again later than ``instant`` (UTC ms): the clock was ahead when that was stored."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE notices INDEXED BY notices_owed SET not_before = 0"
            " WHERE team = ? AND state <> 'sent' AND state = 'ready' AND not_before > ?",
            (team, instant),
        )
        db.execute("UPDATE posts SET retry_at = 0 WHERE retry_at > 0 AND retry_at > ? AND team = ?", (instant, team))

    return work


def step_aside(notice: Notice, problem: str, failed_at: int) -> Callable[[Database], None]:
    """It cannot be found out whether it was posted: others may pass it meanwhile."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE notices SET aside = 1, problem = ?, failing_since = coalesce(failing_since, ?)"
            " WHERE team = ? AND key = ? AND state <> 'sent'",
            (problem, failed_at, notice.team, notice.key),
        )

    return work


def end(notice: Notice, why: str, at: int) -> Callable[[Database], None]:
    """It is not sent any more, and stands nowhere."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE notices SET state = 'sent', ended_at = ?, problem = ?"
            " WHERE team = ? AND key = ? AND state <> 'sent'",
            (at, why, notice.team, notice.key),
        )

    return work


def ambiguous(db: Queryable, limit: int, skip: Collection[str], stopped: Stopped) -> Sequence[Notice]:
    """Of which it is not known whether they were posted; but those whose key is to be skipped."""
    sql = (
        "SELECT * FROM notices n INDEXED BY notices_unsent WHERE state <> 'sent' AND state = 'sending'"
        f" AND kind IN {_KNOWN} AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?"
    )
    return stopped.readable("message", rows(db, sql, codec.dump(list(skip)), limit), codec.notice, KEY)


def waiting(db: Queryable, domain: EmailDomain, stopped: Stopped) -> Sequence[Notice]:
    """Of one domain: what is not sent yet."""
    found = rows(db, "SELECT * FROM notices WHERE team = ? AND name = ? AND state <> 'sent' ORDER BY seq", *domain.id)
    return stopped.readable("message", found, codec.notice, KEY)


def hurry(domain: EmailDomain, *, afresh: bool) -> Callable[[Database], None]:
    """Try what waits for a channel again now: somebody may have invited the bot. ``afresh``: it has another channel."""
    reset = ", failing_since = NULL, aside = 0" if afresh else ""

    def work(db: Database) -> None:
        db.execute(
            f"UPDATE notices INDEXED BY notices_owed SET not_before = 0{reset}"
            " WHERE team = ? AND name = ? AND state <> 'sent' AND state = 'ready'",
            domain.id,
        )

    return work


#: What says which message it is.
KEY = ("team", "key")

#: Not those that cannot be read, by team and key.
_NOT_IN = "AND n.team || '/' || n.key NOT IN (SELECT value FROM json_each(?))"


def keys(stopped: Stopped) -> str:
    return codec.dump(["/".join(which) for which in stopped.of("message")])


def marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
