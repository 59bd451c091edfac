"""Another registration of the same name: nothing of what the former one was, and since when, holds for it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.genesys.simulator import DOMAINS
from tests.genesys.test_upgraded import Upgraded
from tests.safety.rebinds import typed
from tests.safety.test_one_witness import agreed
from tests.safety.world import SANDBOX, Orgs, OrgWorld, offered
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, NAME
from tests.storage.written import full


def anew(world: OrgWorld, org: Orgs) -> None:
    """Deleted there, made again and activated by somebody, who also publishes its records."""
    for record in org.add(NAME, provisioned=True, age=60_000).records:
        world.zone.remove(record.host, record.type.value)
        world.zone.publish(record)


async def stopped(world: OrgWorld) -> None:
    await world.click(ALEX, offered(world, "stop_removal")[-1], "stop_removal")
    await world.forward(seconds=30)


async def test_stop_removal_does_not_open_what_somebody_made(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await agreed(genesys_world)
    anew(genesys_world, org)
    await genesys_world.forward(minutes=20)
    await stopped(genesys_world)
    assert await genesys_world.state() in (State.READY, State.AWAITING_DNS)
    assert "You can send" not in reads(genesys_world.card)
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.READY, "nobody here has approved it"
    assert len(genesys_world.said("sending_allowed")) == 1


async def test_stop_removal_does_not_keep_the_old_end_of_the_wait(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.activated()
    await agreed(genesys_world)
    await genesys_world.forward(minutes=80)
    anew(genesys_world, org)
    await genesys_world.forward(minutes=20)
    await stopped(genesys_world)
    await genesys_world.forward(hours=3)
    assert not genesys_world.said("sending_allowed")


@pytest.mark.usefixtures("_at_a_terminal")
async def test_rebind_to_an_org_with_other_records(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await genesys_world.bot.stop()
    org.add(NAME, provisioned=True)
    genesys_world.genesys.org, genesys_world.genesys.org_id = "XYZ Sandbox", SANDBOX
    result = await typed(genesys_world, "--org", SANDBOX, answers="y\nXYZ Sandbox\n", stop=False)
    assert "other DNS records there" in result.output
    assert "has to be approved and activated again" in result.output
    org.fault("503", f"GET {DOMAINS}", times=100_000)
    await genesys_world.start()
    await genesys_world.forward(hours=5)
    assert "You can send" not in genesys_world.card.text


@pytest.mark.usefixtures("_at_a_terminal")
async def test_rebind_while_it_is_being_removed(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await agreed(genesys_world)
    await genesys_world.bot.stop()
    made = org.domains[NAME]
    made.verified, made.verified_at = dict.fromkeys(RecordType, "Pending"), None
    genesys_world.genesys.org, genesys_world.genesys.org_id = "XYZ Sandbox", SANDBOX
    await typed(genesys_world, "--org", SANDBOX, answers="y\nXYZ Sandbox\n", stop=False)
    await genesys_world.start()
    await genesys_world.forward(minutes=5)
    made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), genesys_world.clock.now()
    await genesys_world.forward(minutes=1)
    await stopped(genesys_world)
    assert await genesys_world.state() is not State.OPEN


class OpenOnce(Upgraded):
    """A file of 0.1: open once, then its records changed there; ready again, and being removed."""

    def _furnish(self) -> None:
        name = full("removing")
        story = [
            ("asked", "ready", "awaiting_approval"), ("approved", "awaiting_approval", "activating"),
            ("provisioned", "activating", "waiting"), ("window_opened", "waiting", "open"),
            ("records_changed", "open", "awaiting_dns"), ("dns_ready", "awaiting_dns", "ready"),
        ]  # fmt: skip
        with closing(sqlite3.connect(self.path / "emaildomain.db")) as db:
            db.execute("UPDATE history SET n = n + 10 WHERE name = ? AND event = 'removal_started'", (name,))
            for n, (event, before, after) in enumerate(story, 4):
                db.execute(
                    "INSERT INTO history VALUES ('T0XYZCORP', ?, 1, ?, ?, ?, ?, ?, 'U0ALEX', '', '{}')",
                    (name, n, 1_795_671_720_000 + n, event, before, after),
                )
            db.commit()
        super()._furnish()


async def test_a_removal_of_version_0_1_began_where_it_began(tmp_path: Path) -> None:
    world, name = OpenOnce(tmp_path), full("removing")
    async with world:
        await world.forward(minutes=2)
        made = world.genesys.domains[name]
        made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), world.clock.now() - 10_000
        await world.forward(minutes=1)
        shown = [m for m in offered(world, "stop_removal") if name in json.dumps(m.metadata) or name in reads(m)]
        await world.click(ALEX, shown[-1], "stop_removal")
        await world.forward(seconds=10)
        assert (await world.domain(name)).state is not State.OPEN
