"""Keeping the file small and sound: what may be forgotten, the checkpoint, the integrity check; and counts of it.

Forgotten is only what nothing can ask for again. The row of a removed domain stays, because it counts the lives of the
name and so gives every message its key; its history, rounds and votes stay, because they are the audit trail; the
messages of a life that goes on stay, because the next one's number is counted from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from bot.model.store_stats import Vitals
from storage.database_file import connect, connect_read_only
from storage.sql import Queryable

#: Rows forgotten in one commit, so that no intention waits for a long one.
TOGETHER = 500

Key = tuple[str, str]

_WISHES = "SELECT team, key FROM inbox WHERE answered_at IS NOT NULL AND received_at < ?"

#: Of a life that ended before an instant: removed since then, or followed by another. What is being sent stays.
_MESSAGES = """
    SELECT n.team, n.key FROM notices n JOIN domains d USING (team, name)
    WHERE n.created_at < :before AND n.state <> 'sending'
    AND (d.life > n.life
        OR (d.state = 'removed' AND json_valid(d.body) AND json_extract(d.body, '$.since') < :before))"""


def forgettable(path: Path, wishes: int, lives: int) -> tuple[Sequence[Key], Sequence[Key]]:
    """Keys of (intentions answered before ``wishes``, messages of lives that ended before ``lives``); UTC ms."""
    with closing(connect_read_only(path)) as db:
        return db.execute(_WISHES, (wishes,)).fetchall(), db.execute(_MESSAGES, {"before": lives}).fetchall()


def forget_wishes(keys: Sequence[Key]) -> Callable[[Database], None]:
    def work(db: Database) -> None:
        for key in keys:
            db.execute("DELETE FROM inbox WHERE team = ? AND key = ?", key)

    return work


def forget_messages(keys: Sequence[Key]) -> Callable[[Database], None]:
    """With what stands of them in a channel; not what has begun to be sent since the keys were read."""

    def work(db: Database) -> None:
        for key in keys:
            if db.execute("DELETE FROM notices WHERE team = ? AND key = ? AND state <> 'sending'", key).rowcount:
                db.execute("DELETE FROM posts WHERE team = ? AND key = ?", key)

    return work


def integrity(path: Path) -> str:
    """``ok``, or what SQLite finds wrong: pages, constraints, and every index against its table."""
    try:
        with closing(connect_read_only(path)) as db:
            return str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.OperationalError:
        raise  # locked, no such file: nothing is known
    except sqlite3.DatabaseError as error:
        return str(error)


def checkpoint(path: Path) -> bool:
    """Move what stands in ``-wal`` into the file and empty it; False where somebody was reading."""
    with closing(connect(path)) as db:
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


def vitals(db: Queryable, now: int) -> Vitals:
    """Every answer comes from an index, so that a scrape costs the same work however long the table's rows are."""
    due = db.execute("SELECT min(due_at) FROM domains WHERE due_at IS NOT NULL").fetchone()[0]
    unsent = "FROM notices INDEXED BY notices_unsent WHERE state <> 'sent'"
    oldest = db.execute(f"SELECT created_at {unsent} ORDER BY seq LIMIT 1").fetchone()
    wish = db.execute("SELECT min(received_at) FROM inbox WHERE answered_at IS NULL").fetchone()[0]
    return Vitals(
        states=dict(db.execute("SELECT state, count(*) FROM domains INDEXED BY domains_state GROUP BY state")),
        due_lag=max(0, now - due) if due is not None else 0,
        unsent=db.execute(f"SELECT count(*) {unsent}").fetchone()[0],
        oldest_unsent=max(0, now - oldest[0]) if oldest else 0,
        ambiguous=db.execute(f"SELECT count(*) {unsent} AND state = 'sending'").fetchone()[0],
        failing=db.execute(f"SELECT count(*) {unsent} AND failing_since IS NOT NULL").fetchone()[0],
        oldest_wish=max(0, now - wish) if wish is not None else 0,
    )
