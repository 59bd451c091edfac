"""What no file of version 0.1 has in it, and an upgrade may meet all the same."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.model.approval import Purpose
from bot.model.lifecycle import State
from bot.model.observations import Approval, Create, Observations, Org, Wish
from storage.migrations import migrations
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.contracts.drafts import NOW, TEAM

NAME, NOWHERE = "sales.xyzcorp.com", Org("", "", "")
RECORDS = [{"type": "CNAME", "host": NAME, "value": "eu.sparkpostmail.com"}]

#: (event, before, after, by), one a minute from ``NOW`` on.
Story = list[tuple[str, str, str, str]]


class Old:
    """A file of version 0.1 with one domain in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as db:
            migrations.apply(Database(db, execute_plugins=False), stop_before="m007_org_ids")

    def domain(self, state: State, story: Story, **body: Any) -> None:
        with closing(sqlite3.connect(self.path)) as db:
            whole = {"added_by": "U0ALEX", "added_at": NOW, "since": NOW, "records": RECORDS} | body
            db.execute(
                "INSERT INTO domains (team, name, life, version, state, owner, channel, due_at, body)"
                " VALUES (?, ?, 2, 3, ?, 'U0ALEX', 'C0MAIL', ?, ?)", (TEAM, NAME, state.value, NOW, json.dumps(whole)),
            )  # fmt: skip
            for n, (event, before, after, by) in enumerate(story):
                db.execute(
                    "INSERT INTO history VALUES (?, ?, 2, ?, ?, ?, ?, ?, ?, '', '{}')",
                    (TEAM, NAME, n + 1, NOW + n * 60_000, event, before, after, by),
                )
            db.commit()

    def sql(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.path)) as db:
            db.execute(statement, values)
            db.commit()

    def note(self, kind: str, **body: Any) -> None:
        self.sql("INSERT INTO documents VALUES (?, ?, ?, ?)", TEAM, kind, NAME, json.dumps(body))

    def round(self, number: int, purpose: str, outcome: str) -> None:
        self.sql(
            "INSERT INTO rounds VALUES (?, ?, ?, 2, ?, 'U0ALEX', 1, 'x', 1, 2, '[]', 5, ?, 'U0SAM', NULL)",
            TEAM, NAME, number, purpose, outcome,
        )  # fmt: skip

    async def upgraded(self) -> Any:
        store = SqliteStore(self.path, HandClock(NOW), TEAM)
        found = await store.domain(TEAM, NAME)
        await store.close()
        assert found is not None
        return found


@pytest.fixture
def before(tmp_path: Path) -> Old:
    return Old(tmp_path / "emaildomain.db")


ADDED: Story = [("added", "registering", "registering", "U0ALEX")]
OPENED: Story = [
    *ADDED,
    ("records_known", "registering", "awaiting_dns", "platform"),
    ("window_opened", "waiting", "open", "clock"),
    ("degraded", "open", "degraded", "dns"),
    ("removal_started", "degraded", "removing", "U0SAM"),
]


@pytest.mark.parametrize("kind", ["genesys", "embedded"])
async def test_a_note_of_an_earlier_life_is_none_of_this(before: Old, kind: str) -> None:
    before.domain(State.REGISTERING, ADDED, records=[])
    before.note(kind, asked_at=NOW - 1, requested_at=NOW - 1, accepted=True, records=RECORDS)
    assert (await before.upgraded()).observations == Observations()


KNOWN: Story = [*ADDED, ("records_known", "registering", "awaiting_dns", "platform")]
CHANGED: Story = [*KNOWN, ("records_changed", "awaiting_dns", "awaiting_dns", "platform")]


@pytest.mark.parametrize(
    ("story", "note", "created"),
    [
        (KNOWN, {"asked_at": NOW + 1, "accepted": True}, Create(NOW + 1, NOWHERE, NOW + 60_000)),
        (KNOWN, {"asked_at": NOW + 1, "accepted": False}, Create(NOW + 1, NOWHERE, None, lost=True)),
        (KNOWN, None, None),
        (KNOWN, {"asked_at": NOW + 1, "accepted": False, "exists_at": NOW + 2}, None),
        (CHANGED, {"asked_at": NOW + 1, "accepted": True}, None),
    ],
    ids=["accepted", "answer lost", "merely found there", "it had it already", "made anew since"],
)
async def test_what_was_merely_found_there_is_not_our_own(
    before: Old, story: Story, note: dict[str, Any] | None, created: Create | None
) -> None:
    """Version 0.1 took over what it found at the platform, and its history reads as if it had made it."""
    before.domain(State.AWAITING_DNS, story)
    if note is not None:
        before.note("genesys", **note)
    assert (await before.upgraded()).observations.created == created


@pytest.mark.parametrize("event", ["dns_ready", "dns_lost", "records_changed", "provisioned", "activated_outside"])
async def test_what_was_published_once_stays_published(before: Old, event: str) -> None:
    """It went back to *awaiting_dns*, and its mark went with that."""
    before.domain(State.AWAITING_DNS, KNOWN)
    assert not (await before.upgraded()).published
    before.sql("INSERT INTO history SELECT team, name, life, n + 1, at, ?, before, after, by, why, evidence"
               " FROM history WHERE event = 'records_known'", event)  # fmt: skip
    before.sql("DELETE FROM _sqlite_migrations WHERE name >= 'm007_org_ids'")
    before.sql("ALTER TABLE rounds DROP COLUMN org_id")
    before.sql("ALTER TABLE rounds DROP COLUMN channel")
    before.sql("ALTER TABLE rounds DROP COLUMN approvers")
    before.sql("ALTER TABLE posts DROP COLUMN frozen_at")
    for column in ("failing_since", "aside", "ended_at"):
        before.sql(f"ALTER TABLE notices DROP COLUMN {column}")
    before.sql("DROP INDEX domains_channel")
    assert (await before.upgraded()).published


async def test_a_removal_before_the_records_were_known(before: Old) -> None:
    """What was created has to be found again and deleted."""
    story = [*ADDED, ("removal_started", "registering", "removing", "U0ALEX")]
    before.domain(State.REMOVING, story, records=[], deleting=True)
    before.note("genesys", asked_at=NOW + 1, accepted=False)
    found = await before.upgraded()
    assert found.observations.created == Create(NOW + 1, NOWHERE, None, lost=True)
    assert found.removing_from is State.REGISTERING
    assert not found.published


async def test_an_approved_removal_keeps_its_approval(before: Old) -> None:
    before.domain(State.REMOVING, OPENED, since=NOW + 500_000, next_look_at=NOW + 900_000, next_platform_at=NOW)
    before.round(1, "activation", "approved")
    before.round(2, "removal", "rejected")
    before.round(3, "removal", "approved")
    found = await before.upgraded()
    assert found.observations.wish == Wish(NOW + 500_000, "U0SAM")
    assert found.observations.approvals == (Approval(NOW + 500_000, 3, Purpose.REMOVAL, ""),)
    assert found.removing_from is State.DEGRADED
    assert found.next_look_at == found.due_at == NOW + 500_000


async def test_an_imported_one_keeps_both(before: Old) -> None:
    story = [("imported", "open", "open", "U0ALEX"), ("removal_started", "open", "removing", "U0ALEX")]
    before.domain(State.REMOVING, story)
    before.round(1, "removal", "approved")
    seen = (await before.upgraded()).observations
    assert [one.purpose for one in seen.approvals] == [Purpose.IMPORT, Purpose.REMOVAL]
    assert seen.created is None


async def test_a_history_that_was_lost_makes_nothing_ours(before: Old) -> None:
    before.domain(State.REMOVING, [])
    found = await before.upgraded()
    assert (found.observations.created, found.removing_from) == (None, None)
    assert found.observations.wish == Wish(NOW, "U0ALEX"), "its owner, where nothing says who"


async def test_a_request_whose_decision_is_not_shown_yet_is_not_frozen(before: Old) -> None:
    """Its buttons are still there: they have to go first."""
    before.domain(State.READY, OPENED[:2])
    before.round(1, "activation", "rejected")
    for n, stale in ((1, 0), (2, 1)):
        key = f"{TEAM}/{NAME}#2/approval/{n}"
        before.sql(
            "INSERT INTO notices (team, key, seq, name, life, kind, n, facts, created_at, state)"
            " VALUES (?, ?, ?, ?, 2, 'approval', ?, '{\"round\": 1}', 1, 'sent')", TEAM, key, n, NAME, n,
        )  # fmt: skip
        before.sql(
            "INSERT INTO posts (team, key, name, life, kind, channel, ts, stale)"
            " VALUES (?, ?, ?, 2, 'approval', 'C0MAIL', '1.0', ?)", TEAM, key, NAME, stale,
        )  # fmt: skip
    await before.upgraded()
    with closing(sqlite3.connect(before.path)) as db:
        assert db.execute("SELECT stale, frozen_at FROM posts ORDER BY key").fetchall() == [(0, 5), (1, None)]
