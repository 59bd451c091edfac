"""The schema, one function a step. A step that has shipped is never edited; a new one goes at the end.

Every table has the team in its key, so that several workspaces can share a file.
"""

from __future__ import annotations

import json

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from storage.frozen import key_006
from storage.org_ids import org_ids

migrations = Migrations("emaildomain")


@migrations()
def m001_first_tables(db: Database) -> None:
    """Intentions, domains with their history and rounds, messages owed and shown, and what is remembered."""
    for statement in (
        """CREATE TABLE inbox (
            team TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, received_at INTEGER NOT NULL,
            done_at INTEGER, answered_at INTEGER,
            PRIMARY KEY (team, key)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX inbox_open ON inbox (received_at) WHERE answered_at IS NULL",
        """CREATE TABLE domains (
            team TEXT NOT NULL, name TEXT NOT NULL, life INTEGER NOT NULL, version INTEGER NOT NULL,
            state TEXT NOT NULL, owner TEXT NOT NULL, channel TEXT NOT NULL, due_at INTEGER, body TEXT NOT NULL,
            PRIMARY KEY (team, name)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX domains_due ON domains (due_at) WHERE due_at IS NOT NULL",
        """CREATE TABLE history (
            team TEXT NOT NULL, name TEXT NOT NULL, life INTEGER NOT NULL, n INTEGER NOT NULL,
            at INTEGER NOT NULL, event TEXT NOT NULL, before TEXT, after TEXT, by TEXT NOT NULL,
            why TEXT NOT NULL, evidence TEXT NOT NULL,
            PRIMARY KEY (team, name, life, n)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE rounds (
            team TEXT NOT NULL, name TEXT NOT NULL, id INTEGER NOT NULL, life INTEGER NOT NULL, purpose TEXT NOT NULL,
            asked_by TEXT NOT NULL, asked_at INTEGER NOT NULL, digest TEXT NOT NULL, quorum INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, remind_at TEXT NOT NULL,
            closed_at INTEGER, outcome TEXT, decided_by TEXT, reason TEXT,
            PRIMARY KEY (team, name, id)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE votes (
            team TEXT NOT NULL, name TEXT NOT NULL, round INTEGER NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (team, name, round, user)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE notices (
            team TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, life INTEGER NOT NULL,
            kind TEXT NOT NULL, n INTEGER NOT NULL, facts TEXT NOT NULL, created_at INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'sending', 'sent')),
            attempt INTEGER NOT NULL DEFAULT 0, owner TEXT, anchor INTEGER, channel TEXT,
            not_before INTEGER NOT NULL DEFAULT 0, problem TEXT,
            PRIMARY KEY (team, key)) STRICT, WITHOUT ROWID""",
        "CREATE UNIQUE INDEX notices_seq ON notices (seq)",
        "CREATE INDEX notices_owed ON notices (team, name, seq) WHERE state <> 'sent'",
        """CREATE TABLE posts (
            team TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, life INTEGER NOT NULL, kind TEXT NOT NULL,
            channel TEXT NOT NULL, ts TEXT NOT NULL, shown TEXT, version INTEGER NOT NULL DEFAULT 0,
            stale INTEGER NOT NULL DEFAULT 0, retry_at INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (team, key)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX posts_of ON posts (team, name, life)",
        "CREATE INDEX posts_stale ON posts (retry_at) WHERE stale = 1 AND lost = 0",
        """CREATE TABLE people (
            team TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (team, id)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE identity (
            team TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID""",
        """CREATE TABLE documents (
            team TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (team, kind, key)) STRICT, WITHOUT ROWID""",
    ):
        db.execute(statement)


@migrations()
def m002_threads_of_attempts(db: Database) -> None:
    """Where an unclear message is looked for is written down with the attempt: its card may be gone by then.

    And indexes for every question that is asked often, so that no answer takes longer the more there is.
    """
    for statement in (
        "ALTER TABLE notices ADD COLUMN thread TEXT",
        "CREATE INDEX notices_unsent ON notices (seq) WHERE state <> 'sent'",
        "CREATE INDEX notices_of ON notices (team, name, life, kind)",
        "DROP INDEX posts_stale",
        "CREATE INDEX posts_stale ON posts (kind, retry_at) WHERE stale = 1 AND lost = 0",
        "CREATE INDEX posts_again ON posts (retry_at) WHERE retry_at > 0",
    ):
        db.execute(statement)


@migrations()
def m003_many_domains(db: Database) -> None:
    """A domain on one page, and what is due found without reading domains.

    Rows are too long for a table without rowid: they spilled over, two pages a domain. Looks are written more tightly;
    the old ones are forgotten, the next look makes new ones.
    """
    for statement in (
        """CREATE TABLE domains_3 (
            team TEXT NOT NULL, name TEXT NOT NULL, life INTEGER NOT NULL, version INTEGER NOT NULL,
            state TEXT NOT NULL, owner TEXT NOT NULL, channel TEXT NOT NULL, due_at INTEGER, body TEXT NOT NULL,
            PRIMARY KEY (team, name)) STRICT""",
        """INSERT INTO domains_3 SELECT team, name, life, version, state, owner, channel, due_at,
            json_remove(body, '$.look') FROM domains""",
        "DROP TABLE domains",
        "ALTER TABLE domains_3 RENAME TO domains",
        "CREATE INDEX domains_due ON domains (due_at, team, name) WHERE due_at IS NOT NULL",
    ):
        db.execute(statement)


@migrations()
def m004_what_waits_for_people(db: Database) -> None:
    """For the App Home: somebody's domains by state, and the open rounds, however many domains there are."""
    for statement in (
        "CREATE INDEX domains_of_owner ON domains (team, owner, state, name)",
        "CREATE INDEX rounds_open ON rounds (team, expires_at, name) WHERE closed_at IS NULL",
    ):
        db.execute(statement)


@migrations()
def m005_who_acts_next(db: Database) -> None:
    """``list`` reads a page instead of every domain, and a scrape counts states without reading one."""
    for statement in (
        "ALTER TABLE domains ADD COLUMN turn TEXT NOT NULL DEFAULT ''",
        """UPDATE domains SET turn = CASE
            WHEN json_extract(body, '$.round') IS NOT NULL THEN 'awaiting_approval'
            WHEN state = 'waiting' AND json_extract(body, '$.held_by') IS NOT NULL
                AND json_extract(body, '$.hold_until') IS NOT NULL THEN 'degraded'
            ELSE state END""",
        "CREATE INDEX domains_turn ON domains (team, turn, name, state)",
        "CREATE INDEX domains_state ON domains (state)",
    ):
        db.execute(statement)


@migrations()
def m006_whose_key(db: Database) -> None:
    """Somebody published the key of another domain: of which one, the digest tells."""
    db.execute("ALTER TABLE domains ADD COLUMN dkim TEXT")
    found = db.execute("SELECT rowid, json_extract(body, '$.records') FROM domains").fetchall()
    keys = ((row, key_006(json.loads(records or "[]"))) for row, records in found)
    db.conn.executemany("UPDATE domains SET dkim = ? WHERE rowid = ?", ((key, row) for row, key in keys if key))
    db.execute("CREATE INDEX domains_dkim ON domains (team, dkim) WHERE dkim IS NOT NULL")


@migrations()
def m007_org_ids(db: Database) -> None:
    """Whose each domain is, what steps that cannot be taken back rest on, and what stays as it was decided."""
    org_ids(db)


@migrations()
def m008_what_was_approved(db: Database) -> None:
    """An activation that goes on rests on its approval, which is observed from here on like every other.

    Without a digest: where what was asked changed, the version that decided it had made the request void.
    """
    sql = """SELECT d.rowid, d.body, r.id, r.closed_at FROM domains d JOIN rounds r
        ON r.team = d.team AND r.name = d.name AND r.life = d.life
        WHERE d.state = 'activating' AND r.purpose = 'activation' AND r.outcome = 'approved' ORDER BY r.id"""
    for row, text, number, at in db.execute(sql).fetchall():
        body = json.loads(text)
        seen = body.setdefault("observations", {})
        kept = [one for one in seen.get("approvals", ()) if one["purpose"] != "activation"]
        org = body.get("org_id", "")
        seen["approvals"] = [*kept, {"at": at, "round": number, "purpose": "activation", "org": org, "digest": ""}]
        db.execute("UPDATE domains SET body = ? WHERE rowid = ?", (json.dumps(body, ensure_ascii=False), row))


@migrations()
def m009_messages_that_end(db: Database) -> None:
    """Since when a message could not be sent, whether others may pass it, and when it was given up."""
    for column in ("failing_since INTEGER", "aside INTEGER NOT NULL DEFAULT 0", "ended_at INTEGER"):
        db.execute(f"ALTER TABLE notices ADD COLUMN {column}")
