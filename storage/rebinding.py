"""The database given to another org or workspace, on purpose: one transaction each. For ``emaildomain rebind``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from bot.model.change import Change
from bot.model.people import Identity
from storage import codec, domains

#: Every table with rows of a workspace, but those that are made anew. What stands in the old workspace's channels
#: and who its people are says nothing about the new one's.
_MOVED = ("inbox", "domains", "history", "rounds", "votes", "notices", "posts", "documents")

_NOTICE = "operator_notice"


def bind_org(team: str, org: Mapping[str, Any], changes: Sequence[Change]) -> Callable[[Database], None]:
    """``org`` as its document; the domains as they are from now on. Raises ``Superseded`` where one has moved on."""

    def work(db: Database) -> None:
        for change in changes:
            domains.save(change)(db)
        sql = "INSERT OR REPLACE INTO documents (team, kind, key, body) VALUES (?, 'binding', 'org', ?)"
        db.execute(sql, (team, codec.dump(org)))
        _said_no_more(db, "another_org/%")

    return work


def bind_team(old: str, identity: Identity, changes: Sequence[Change], at: int) -> Callable[[Database], int]:
    """Everything of the workspace ``old`` belongs to another one, after ``changes``; how many domains there are.

    Keys of messages stay as they are. What stands in channels is lost: they are the old workspace's. Raises
    ``ValueError`` where that workspace has domains in here already.
    """

    def work(db: Database) -> int:
        new = identity.team
        for change in changes:
            domains.save(change)(db)
        if db.execute("SELECT 1 FROM domains WHERE team = ?", (new,)).fetchone():
            raise ValueError(f"the database has domains of {new} already")
        for table in _MOVED:
            db.execute(f"UPDATE OR REPLACE {table} SET team = ? WHERE team = ?", (new, old))
        db.execute("UPDATE posts SET lost = 1, stale = 0 WHERE team = ?", (new,))
        for table in ("people", "identity"):
            db.execute(f"DELETE FROM {table}")
        body = {name: getattr(identity, name) for name in identity.__dataclass_fields__}
        db.execute("INSERT INTO identity (team, body) VALUES (?, ?)", (new, codec.dump(body)))
        db.execute(
            "INSERT INTO history SELECT d.team, d.name, d.life,"
            " (SELECT 1 + coalesce(max(n), 0) FROM history h WHERE h.team = d.team AND h.name = d.name"
            " AND h.life = d.life),"
            " ?, 'rebound', d.state, d.state, 'operator', ?, '{}' FROM domains d"
            " WHERE d.team = ? AND d.state <> 'removed'",
            (at, f"{old} -> {new}", new),
        )
        _said_no_more(db, "another_team/%")
        sql = "SELECT count(*) FROM domains WHERE team = ? AND state <> 'removed'"
        count: int = db.execute(sql, (new,)).fetchone()[0]
        return count

    return work


def _said_no_more(db: Database, which: str) -> None:
    """Should it come again, it is said again."""
    db.execute("DELETE FROM documents WHERE kind = ? AND key LIKE ?", (_NOTICE, which))
