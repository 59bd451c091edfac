"""Messages shown, in SQL: what stands in channels, and whether it is what it should be. Run inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlite_utils import Database

from bot.model.change import Said
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice, Post
from storage import codec
from storage.messages import CARDS, KEY, keys, marks, owe_one
from storage.sql import Queryable, rows
from storage.stopped import Stopped


def card(db: Queryable, domain: EmailDomain) -> Post | None:
    """The newest card of this life that still stands."""
    found = rows(
        db,
        "SELECT p.* FROM posts p INDEXED BY posts_of JOIN notices n USING (team, key)"
        " WHERE p.team = ? AND p.name = ? AND p.life = ?"
        f" AND p.kind IN ({marks(CARDS)}) AND p.lost = 0 ORDER BY n.seq DESC LIMIT 1",
        *domain.id, domain.life, *CARDS,
    )  # fmt: skip
    return codec.post(found[0]) if found else None


def stale_posts(
    db: Queryable, now: int, limit: int, kinds: Sequence[Kind], stopped: Stopped
) -> Sequence[tuple[Post, Notice]]:
    """Messages that may differ from what they should show, with the notice each came from; not what is frozen."""
    found = rows(
        db,
        "SELECT * FROM posts WHERE stale = 1 AND lost = 0 AND frozen_at IS NULL AND retry_at <= ?"
        f" AND kind IN ({marks(kinds)}) AND team || '/' || key NOT IN (SELECT value FROM json_each(?)) LIMIT ?",
        now, *(k.value for k in kinds), keys(stopped), limit,
    )  # fmt: skip

    def both(row: codec.Row) -> tuple[Post, Notice]:
        of = rows(db, "SELECT * FROM notices WHERE team = ? AND key = ?", row["team"], row["key"])
        return codec.post(row), codec.notice(of[0] if of else {})

    return stopped.readable("message", found, both, KEY)


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
            f"SELECT 1 FROM notices WHERE team = ? AND name = ? AND life = ? AND kind IN ({marks(CARDS)})"
            " AND state <> 'sent'",
            *domain.id, domain.life, *CARDS,
        )  # fmt: skip
        if not owed:
            owe_one(db, domain, Said(Kind.CARD, {"why": "deleted"}), now)
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
            f" AND lost = 0 AND frozen_at IS NULL AND kind IN ({marks(kinds)})",
            (*after, *(last or ()), *(kind.value for kind in kinds)),
        )
        return last

    return work


def look_again(team: str, key: str) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        db.execute(
            "UPDATE posts SET stale = 1, retry_at = 0 WHERE team = ? AND key = ? AND frozen_at IS NULL", (team, key)
        )

    return work
