"""*Stop removal* goes to where DNS and the platform show the domain; *Finish anyway* needs another person, and time."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.tryout.slack.message import Message
from tests.safety.world import Orgs, OrgWorld, offered, press_remove
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI


async def approved(world: OrgWorld) -> None:
    await press_remove(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(seconds=5)
    assert await world.state() is State.REMOVING


async def stop(world: OrgWorld, person: str = ALEX) -> None:
    await world.click(person, world.card, "stop_removal")
    await world.forward(seconds=30)


async def test_what_was_open_and_is_right_is_open_again(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await approved(genesys_world)
    await stop(genesys_world)
    assert await genesys_world.state() is State.OPEN
    assert "was stopped" in reads(genesys_world.said("reminder")[-1])
    await genesys_world.forward(days=2)
    assert await genesys_world.state() is State.OPEN
    assert not genesys_world.deleted()


async def test_what_was_open_and_lost_a_record_needs_repair(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await approved(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(minutes=2)
    await stop(genesys_world)
    assert await genesys_world.state() is State.DEGRADED
    assert not genesys_world.deleted()


async def test_the_two_hours_are_not_cut_short(genesys_world: OrgWorld) -> None:
    await genesys_world.activated()
    opens = (await genesys_world.domain()).opens_at
    await approved(genesys_world)
    await genesys_world.forward(minutes=30)
    await stop(genesys_world)
    domain = await genesys_world.domain()
    assert (domain.state, domain.opens_at) == (State.WAITING, opens)
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN


async def test_an_approval_of_before_counts_for_no_later_removal(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await approved(genesys_world)
    await stop(genesys_world)
    await press_remove(genesys_world, ALEX)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=6)
    assert await genesys_world.state() is not State.REMOVED
    assert not genesys_world.deleted()


async def test_what_is_activated_there_meanwhile_needs_approval(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.ready()
    await press_remove(genesys_world, ALEX)
    assert await genesys_world.state() is State.REMOVING
    made = org.domains[NAME]
    made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), made.created_at
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=2)
    assert not genesys_world.deleted()
    (request,) = genesys_world.said("approval")
    await genesys_world.click(SAM, request, "approve")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.REMOVED


async def test_stopped_by_whoever_may_only(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await approved(genesys_world)
    genesys_world.slack.workspace.leave("C0MAIL", SUZUKI)
    await genesys_world.forward(minutes=2)
    await genesys_world.click(SUZUKI, genesys_world.card, "stop_removal", stale=True)
    assert await genesys_world.state() is State.REMOVING


# ---- finishing anyway


async def asked(world: OrgWorld) -> Message:
    """Seven days of waiting for a zone that is gone, and the request to finish without proof."""
    await world.opened()
    await approved(world)
    for server in world.zone.servers:
        server.refuse()
    await world.forward(days=7, hours=1)
    assert await world.state() is State.REMOVING
    await world.click(ALEX, offered(world, "finish_anyway")[-1], "finish_anyway")
    await world.submit(ALEX, {"reason": "The zone was sold"})
    return world.said("approval")[-1]


async def test_another_person_decides_to_finish_it_anyway(genesys_world: OrgWorld) -> None:
    request = await asked(genesys_world)
    said = reads(request)
    assert "The zone was sold" in said and "claimed by others" in said and "no answer" in said
    await genesys_world.click(ALEX, request, "approve")
    await genesys_world.forward(hours=1)
    assert not genesys_world.deleted(), "who asked cannot approve"
    await genesys_world.click(SAM, request, "approve")
    await genesys_world.forward(minutes=10)
    assert await genesys_world.state() is State.REMOVED
    assert genesys_world.deleted()


async def test_not_while_it_is_in_use(genesys_world: OrgWorld) -> None:
    request = await asked(genesys_world)
    for server in genesys_world.zone.servers:
        server.heal()
    genesys_world.genesys.campaign("Weekly newsletter", NAME)
    await genesys_world.click(SAM, request, "approve")
    await genesys_world.forward(hours=9)
    assert not genesys_world.deleted(), "our CNAME is there, and a campaign is on"
    genesys_world.genesys.campaigns.clear()
    await genesys_world.forward(hours=9)
    assert await genesys_world.state() is State.REMOVED
    assert "may still be in DNS" in reads(genesys_world.said("removed")[-1])


@pytest.mark.parametrize("days", [0, 6])
async def test_not_before_seven_days(genesys_world: OrgWorld, days: int) -> None:
    await genesys_world.opened()
    await approved(genesys_world)
    await genesys_world.forward(days=days)
    assert offered(genesys_world, "finish_anyway") == []
