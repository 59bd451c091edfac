"""A name is ours where we made it: what Genesys Cloud has already is imported, and deleted by nobody but approvers."""

from __future__ import annotations

import asyncio

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, offers, ours, press_remove
from tests.scenarios.world import ALEX, NAME, SUZUKI

LIVE = pytest.mark.parametrize("provisioned", [True, False], ids=["provisioned", "not yet verified"])


@LIVE
async def test_what_is_there_already_is_not_registered_as_ours(
    genesys_world: OrgWorld, org: Orgs, provisioned: bool
) -> None:
    for record in org.add(NAME, provisioned=provisioned).records:
        genesys_world.zone.publish(record)
    await genesys_world.command(ALEX, f"add {NAME}")
    await genesys_world.forward(minutes=1)
    assert not await ours(genesys_world)
    assert genesys_world.kinds() == []
    assert org.called(f"(PUT|POST|DELETE) {DOMAINS}") == [], "nothing is changed there"


@LIVE
async def test_whoever_adds_it_can_ask_to_import(genesys_world: OrgWorld, org: Orgs, provisioned: bool) -> None:
    org.add(NAME, provisioned=provisioned)
    await genesys_world.command(ALEX, f"add {NAME}")
    await genesys_world.forward(minutes=1)
    told = [*genesys_world.slack.private(ALEX), *genesys_world.slack.dms(ALEX)]
    assert any(NAME in shown.text and offers(shown, "ask_import") for shown in told)


async def test_adding_a_live_domain_gives_no_right_to_remove_it(genesys_world: OrgWorld) -> None:
    genesys_world.live()
    await genesys_world.command(SUZUKI, f"add {NAME}")
    await genesys_world.forward(seconds=30)
    await press_remove(genesys_world, SUZUKI)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=2)
    assert not genesys_world.deleted()


async def test_a_live_domain_survives_add_and_remove_during_an_outage(genesys_world: OrgWorld, org: Orgs) -> None:
    genesys_world.live()
    org.fault("503", "GET .*/activation", times=12)
    await genesys_world.command(SUZUKI, f"add {NAME}")
    await press_remove(genesys_world, SUZUKI)
    await genesys_world.forward(minutes=10)
    assert not genesys_world.deleted()


async def test_a_live_domain_survives_an_old_button_pressed_while_it_is_added(
    genesys_world: OrgWorld, org: Orgs
) -> None:
    await genesys_world.added(by=SUZUKI)
    await genesys_world.command(SUZUKI, f"remove {NAME}")
    old = genesys_world.slack.private(SUZUKI)[-1]
    await genesys_world.click(SUZUKI, old, "remove_anyway")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.REMOVED
    genesys_world.live()
    presses = iter(range(30))

    async def press(method: str, path: str) -> None:
        if path.startswith(DOMAINS) and next(presses, None) is not None:
            await genesys_world.slack.click(SUZUKI, old, "remove_anyway", stale=True)
            await asyncio.sleep(0.1)

    org.upon = press
    await genesys_world.command(SUZUKI, f"add {NAME}")
    await genesys_world.forward(minutes=10)
    assert next(presses, None) != 0, "it was pressed"
    assert not genesys_world.deleted()


async def test_an_imported_domain_is_removed_only_with_approval(genesys_world: OrgWorld, org: Orgs) -> None:
    org.add(NAME)
    genesys_world.slack.workspace.people[ALEX].is_admin = True
    await genesys_world.command(ALEX, "import")
    assert await genesys_world.state() is State.AWAITING_DNS
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(hours=1)
    assert not genesys_world.deleted()
    assert "approval" in genesys_world.kinds()


async def test_what_was_activated_in_genesys_cloud_meanwhile_is_removed_only_with_approval(
    genesys_world: OrgWorld, org: Orgs
) -> None:
    await genesys_world.ready()
    there = org.domains[NAME]
    there.verified, there.verified_at = dict.fromkeys(RecordType, "Verified"), genesys_world.clock.now() - 60_000
    await press_remove(genesys_world, ALEX)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=1)
    assert not genesys_world.deleted()


async def test_a_name_that_we_deleted_is_made_anew_once_it_is_gone(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.added()
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(seconds=30)
    assert await genesys_world.state() is State.REMOVED
    org.gone_after = 180_000  # not every server of theirs has heard of it
    await genesys_world.command(ALEX, f"add {NAME}")
    await genesys_world.forward(minutes=14)
    assert org.created == [NAME, NAME]
    assert not genesys_world.deleted()
    assert (await genesys_world.domain()).records == org.domains[NAME].records


@pytest.mark.parametrize("trouble", ["before", "after"])
async def test_our_own_creation_is_ours_though_its_answer_was_lost(
    genesys_world: OrgWorld, org: Orgs, trouble: str
) -> None:
    org.fault(trouble, f"POST {DOMAINS}$")
    await genesys_world.command(ALEX, f"add {NAME}")
    await genesys_world.forward(minutes=5)
    assert await genesys_world.state() is State.AWAITING_DNS
    assert org.created == [NAME]
