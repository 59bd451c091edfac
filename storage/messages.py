"""Messages owed and messages shown, in SQL. Plain functions of a connection, run inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlite_utils import Database

from bot.model.change import Change, Said
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice, Post
from storage import codec
from storage.sql import Queryable, rows

CARDS = (Kind.RECORDS.value, Kind.CARD.value)

#: Of each domain only the earliest message that is not sent yet, so that order holds; a card goes before everything,
#: because the others stand in its thread. What a person is told in private has an order of its own.
_FIRST = """
    FROM notices n INDEXED BY notices_unsent WHERE n.state <> 'sent' AND n.state = 'ready' AND NOT EXISTS (
        SELECT 1 FROM notices e WHERE e.team = n.team AND e.name = n.name AND e.state <> 'sent' AND e.seq <> n.seq
        AND json_extract(e.facts, '$.to') IS json_extract(n.facts, '$.to')
        AND ((e.kind IN ('records', 'card')) > (n.kind IN ('records', 'card'))
            OR ((e.kind IN ('records', 'card')) = (n.kind IN ('records', 'card')) AND e.seq < n.seq)))"""


def owe(db: Database, domain: EmailDomain, change: Change) -> None:
    """One row for each message of a change; its number is counted here, so that no key is given twice."""
    for said in change.said:
        _owe(db, domain, said, change.entries[0].at if change.entries else domain.since)


def _owe(db: Database, domain: EmailDomain, said: Said, now: int) -> None:
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
_CHANNEL = """coalesce(json_extract(n.facts, '$.to'),
    (SELECT d.channel FROM domains d WHERE d.team = n.team AND d.name = n.name))"""


def sendable(db: Queryable, now: int, limit: int, skip: Collection[str]) -> Sequence[Notice]:
    """What may be sent now, to other channels and people than ``skip``."""
    elsewhere = f"AND {_CHANNEL} NOT IN ({_marks(skip)})" if skip else ""
    sql = f"SELECT * {_FIRST} AND not_before <= ? {elsewhere} ORDER BY seq LIMIT ?"
    found = rows(db, sql, now, *skip, limit)
    return [codec.notice(r) for r in found]


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


def put_back(notice: Notice, not_before: int, problem: str | None) -> Callable[[Database], None]:
    """Surely not posted: it may be tried again from ``not_before`` (UTC ms) on."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE notices SET state = 'ready', not_before = ?, problem = ? WHERE team = ? AND key = ?"
            " AND attempt = ? AND state <> 'sent'",
            (not_before, problem, notice.team, notice.key, notice.attempt),
        )

    return work


def ambiguous(db: Queryable, limit: int) -> Sequence[Notice]:
    unsent = "SELECT * FROM notices INDEXED BY notices_unsent WHERE state <> 'sent' AND state = 'sending'"
    return [codec.notice(r) for r in rows(db, f"{unsent} ORDER BY seq LIMIT ?", limit)]


def waiting(db: Queryable, domain: EmailDomain) -> Sequence[Notice]:
    """Of one domain: what is not sent yet."""
    found = rows(db, "SELECT * FROM notices WHERE team = ? AND name = ? AND state <> 'sent' ORDER BY seq", *domain.id)
    return [codec.notice(r) for r in found]


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


def hurry(domain: EmailDomain) -> Callable[[Database], None]:
    """Try what waits for a channel again now: somebody may have invited the bot."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE notices INDEXED BY notices_owed SET not_before = 0"
            " WHERE team = ? AND name = ? AND state <> 'sent' AND state = 'ready'",
            domain.id,
        )

    return work


def card(db: Queryable, domain: EmailDomain) -> Post | None:
    """The newest card of this life that still stands."""
    found = rows(
        db,
        "SELECT p.* FROM posts p INDEXED BY posts_of JOIN notices n USING (team, key)"
        " WHERE p.team = ? AND p.name = ? AND p.life = ?"
        f" AND p.kind IN ({_marks(CARDS)}) AND p.lost = 0 ORDER BY n.seq DESC LIMIT 1",
        *domain.id, domain.life, *CARDS,
    )  # fmt: skip
    return codec.post(found[0]) if found else None


def stale_posts(db: Queryable, now: int, limit: int, kinds: Sequence[Kind]) -> Sequence[tuple[Post, Notice]]:
    """Messages that may differ from what they should show, with the notice each came from; not what is frozen."""
    found = rows(
        db,
        "SELECT * FROM posts WHERE stale = 1 AND lost = 0 AND frozen_at IS NULL AND retry_at <= ?"
        f" AND kind IN ({_marks(kinds)}) LIMIT ?",
        now, *(k.value for k in kinds), limit,
    )  # fmt: skip
    posts = [codec.post(r) for r in found]
    return [
        (p, codec.notice(rows(db, "SELECT * FROM notices WHERE team = ? AND key = ?", p.team, p.key)[0])) for p in posts
    ]


def shown(post: Post, hash: str, version: int) -> Callable[[Database], None]:
    """Slack accepted ``hash`` for domain version ``version``; stale stays set if the domain moved on meanwhile."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE posts SET shown = ?, version = ?, retry_at = 0, stale = (SELECT d.version > ? FROM domains d"
            " WHERE d.team = posts.team AND d.name = posts.name) WHERE team = ? AND key = ?",
            (hash, version, version, post.team, post.key),
        )

    return work


def freeze(post: Post, hash: str, now: int) -> Callable[[Database], None]:
    """Slack accepted ``hash``; whatever becomes of the domain, the message stays as it is."""

    def work(db: Database) -> None:
        db.execute(
            "UPDATE posts SET shown = ?, frozen_at = ?, stale = 0, retry_at = 0 WHERE team = ? AND key = ?",
            (hash, now, post.team, post.key),
        )

    return work


def look_again(team: str, key: str) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        db.execute(
            "UPDATE posts SET stale = 1, retry_at = 0 WHERE team = ? AND key = ? AND frozen_at IS NULL", (team, key)
        )

    return work


def retry_post(post: Post, at: int) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        db.execute("UPDATE posts SET retry_at = ? WHERE team = ? AND key = ?", (at, post.team, post.key))

    return work


def lost_post(post: Post, domain: EmailDomain, now: int) -> Callable[[Database], bool]:
    """Somebody deleted the message. A card gets a new copy, once; True if one is owed now."""

    def work(db: Database) -> bool:
        cursor = db.execute(
            "UPDATE posts SET lost = 1, stale = 0 WHERE team = ? AND key = ? AND lost = 0", (post.team, post.key)
        )
        if not cursor.rowcount or post.kind.value not in CARDS or card(db, domain) is not None:
            return False
        owed = rows(
            db,
            f"SELECT 1 FROM notices WHERE team = ? AND name = ? AND life = ? AND kind IN ({_marks(CARDS)})"
            " AND state <> 'sent'",
            *domain.id, domain.life, *CARDS,
        )  # fmt: skip
        if not owed:
            _owe(db, domain, Said(Kind.CARD, {"why": "deleted"}), now)
        return not owed

    return work


def mark_stale(
    kinds: Sequence[Kind], after: tuple[str, str], limit: int
) -> Callable[[Database], tuple[str, str] | None]:
    """Some posts, in the order of their keys: those may differ from what they should show. The last key, or None."""

    def work(db: Database) -> tuple[str, str] | None:
        some = "SELECT team, key FROM posts WHERE (team, key) > (?, ?) ORDER BY team, key LIMIT 1 OFFSET ?"
        last: tuple[str, str] | None = db.execute(some, (*after, limit - 1)).fetchone()
        up_to = "AND (team, key) <= (?, ?)" if last else ""
        db.execute(
            f"UPDATE posts SET stale = 1, retry_at = 0 WHERE (team, key) > (?, ?) {up_to}"
            f" AND lost = 0 AND frozen_at IS NULL AND kind IN ({_marks(kinds)})",
            (*after, *(last or ()), *(kind.value for kind in kinds)),
        )
        return last

    return work


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
