"""What the step ``m007_org_ids`` does. Frozen as it shipped: it names no state, event or field of the live model.

Steps that cannot be taken back rest on what was observed from here on. What version 0.1 wrote into its history says
some of it: that we created the name, that somebody wants it removed, that the approvers agreed. In which org, nobody
wrote down: it stays empty until the platform has shown the same records once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

from storage.frozen import digest_007

_COLUMNS = (
    "ALTER TABLE rounds ADD COLUMN org_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE rounds ADD COLUMN channel TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE rounds ADD COLUMN approvers TEXT",
    "ALTER TABLE posts ADD COLUMN frozen_at INTEGER",
    "CREATE INDEX domains_channel ON domains (team, channel)",
)

_NOWHERE = ["", "", ""]  #: platform, org, its name

#: States in which a record of the name was not seen in DNS unless the row says so.
_UNSEEN = ("registering", "awaiting_dns", "stalled")

#: Steps after which a record of the name may stand in DNS, whatever its state is now.
_SEEN = frozenset({"imported", "records_changed", "dns_ready", "dns_lost", "provisioned", "activated_outside"})

#: Requests that were decided, where Slack has the text that says so; and what was said of the decision.
_FREEZE = """
    UPDATE posts SET frozen_at = (
        SELECT r.closed_at FROM notices n
        JOIN rounds r ON r.team = n.team AND r.name = n.name AND r.id = json_extract(n.facts, '$.round')
        WHERE n.team = posts.team AND n.key = posts.key)
    WHERE (kind = 'approval' AND stale = 0) OR kind = 'decided'"""


class _Line(NamedTuple):
    """A line of the history."""

    at: int
    event: str
    before: str | None
    after: str | None
    by: str


class _Row(NamedTuple):
    team: str
    name: str
    life: int
    state: str
    owner: str
    channel: str
    body: dict[str, Any]


def org_ids(db: Database) -> None:
    for statement in _COLUMNS:
        db.execute(statement)
    for (number,) in db.execute("SELECT rowid FROM domains").fetchall():
        _upgrade(db, number)
    db.execute("DELETE FROM documents WHERE kind = 'genesys'")
    db.execute(_FREEZE)


def _upgrade(db: Database, number: int) -> None:
    sql = "SELECT team, name, life, state, owner, channel, body FROM domains WHERE rowid = ?"
    team, name, life, state, owner, channel, text = db.execute(sql, (number,)).fetchone()
    row = _Row(team, name, life, state, owner, channel, json.loads(text))
    sql = "SELECT at, event, before, after, by FROM history WHERE team = ? AND name = ? AND life = ? ORDER BY n"
    story = [_Line(*line) for line in db.execute(sql, (row.team, row.name, row.life))]
    body = row.body
    body.pop("deleting", None)  # looked at afresh
    seen = _created(db, row, story) | _published(row, story)
    if row.state == "removing":
        seen |= _wish(db, row, story)
        body |= {"removing_from": _before(story), "next_look_at": body["since"]}
        db.execute("UPDATE domains SET due_at = ? WHERE rowid = ?", (body["since"], number))
    if seen:
        body["observations"] = seen
    db.execute("UPDATE domains SET body = ? WHERE rowid = ?", (_dump(body), number))
    if body.get("round") is not None:
        db.execute(
            "UPDATE rounds SET digest = ?, channel = ? WHERE team = ? AND name = ? AND id = ? AND closed_at IS NULL",
            (digest_007(row.name, body["records"]), row.channel, row.team, row.name, body["round"]),
        )


def _created(db: Database, row: _Row, story: Sequence[_Line]) -> dict[str, Any]:
    """Our own create of this life, or that the name was taken over from somebody else's.

    Version 0.1 took over what it found at the platform, too, without a word in its history: only the platform's own
    note tells that it was asked. What somebody made anew since is not what we created.
    """
    at = {line.event: line.at for line in reversed(story)}
    if "imported" in at:
        return {"approvals": [{"at": at["imported"], "round": 0, "purpose": "import", "org": ""}]}
    if "added" not in at or "records_changed" in at:
        return {}
    sql = "SELECT kind, body FROM documents WHERE team = ? AND key = ? AND kind IN ('genesys', 'embedded')"
    for kind, text in db.execute(sql, (row.team, row.name)):
        note = json.loads(text)
        asked = note.get("asked_at" if kind == "genesys" else "requested_at")
        if asked is None or asked < row.body["added_at"]:
            continue  # of an earlier life
        if kind == "embedded" or note.get("accepted"):
            return {"created": _create(asked, at.get("records_known", asked), lost=False)}
        if "exists_at" in note:
            continue  # the platform had it already: by whom it was made, nobody knows
        return {"created": _create(asked, None, lost=True)}
    return {}


def _create(at: int, answered_at: int | None, *, lost: bool) -> dict[str, Any]:
    return {"at": at, "org": _NOWHERE, "answered_at": answered_at, "lost": lost}


def _published(row: _Row, story: Sequence[_Line]) -> dict[str, Any]:
    """Rather too much than too little: what was published once is deleted with proof only."""
    body = row.body
    known = any(one.event in _SEEN for one in story)
    seen = known or "seen" in body.get("told", ()) or row.state not in _UNSEEN
    return {"published_at": body["since"]} if seen and body["records"] else {}


def _wish(db: Database, row: _Row, story: Sequence[_Line]) -> dict[str, Any]:
    """Who wants it removed, and the approval of that where there was one."""
    at = row.body["since"]
    by = next((line.by for line in reversed(story) if line.event == "removal_started"), row.owner)
    found: dict[str, Any] = {"wish": {"at": at, "by": by}}
    approved = db.execute(
        "SELECT max(id) FROM rounds WHERE team = ? AND name = ? AND life = ? AND purpose = 'removal'"
        " AND outcome = 'approved'",
        (row.team, row.name, row.life),
    ).fetchone()[0]
    if approved is not None:
        imported = _created(db, row, story).get("approvals", [])
        found["approvals"] = [*imported, {"at": at, "round": approved, "purpose": "removal", "org": ""}]
    return found


def _before(story: Sequence[_Line]) -> str | None:
    """Where the removal began."""
    return next((line.before for line in reversed(story) if line.event == "removal_started"), None)


def _dump(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
