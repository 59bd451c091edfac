"""What was approved is activated, and only that; what the platform undoes is owed again; what is late is ours."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld
from tests.scenarios.world import ALEX, NAME, SAM

PUT, LOOK = f"PUT {DOMAINS}", f"GET {DOMAINS}/"


async def approved(world: OrgWorld) -> None:
    await world.click(SAM, world.said("approval")[-1], "approve")


# ---- asking the platform


async def test_nothing_is_activated_before_a_look_and_a_reading_after_the_vote(
    genesys_world: OrgWorld, org: Orgs
) -> None:
    await genesys_world.asked()
    await genesys_world.forward(seconds=1)
    for server in genesys_world.zone.servers:
        server.refuse()
    await approved(genesys_world)
    await genesys_world.forward(minutes=5)
    assert org.called(PUT) == [], "DNS says nothing"
    org.fault("503", LOOK, times=10**6)
    for server in genesys_world.zone.servers:
        server.heal()
    await genesys_world.forward(minutes=5)
    assert org.called(PUT) == [], "the platform says nothing"
    org.faults.clear()
    await genesys_world.forward(minutes=2)
    assert org.called(PUT) != []
    await genesys_world.forward(minutes=2)
    assert await genesys_world.state() is State.WAITING


async def test_records_that_were_exchanged_after_the_vote_are_not_activated(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.asked()
    org.fault("503", LOOK, times=10**6)
    await approved(genesys_world)
    org.domains[NAME].target = "eu.sparkpostmail.com"
    org.faults.clear()
    await genesys_world.forward(minutes=5)
    assert org.called(PUT) == []
    assert await genesys_world.state() is State.AWAITING_DNS


# ---- an activation that finishes late


async def test_lost_by_a_look_and_finished_late_it_was_approved(genesys_world: OrgWorld, org: Orgs) -> None:
    org.provision = 30 * 60_000
    await genesys_world.asked()
    await approved(genesys_world)
    await genesys_world.forward(minutes=2)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(minutes=11)
    assert await genesys_world.state() is State.AWAITING_DNS
    await genesys_world.publish()
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.WAITING
    (said,) = genesys_world.said("activated")
    assert "without approval" not in said.text
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN


async def test_the_answer_was_lost_and_a_look_came_between(genesys_world: OrgWorld, org: Orgs) -> None:
    """The platform carried out what it never said it had taken."""
    await genesys_world.asked()
    org.fault("after", PUT)
    await approved(genesys_world)
    while not org.called(PUT):
        await genesys_world.forward(seconds=1)
    org.fault("500", LOOK, times=200)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(minutes=11)
    assert await genesys_world.state() is State.AWAITING_DNS
    org.faults.clear()
    await genesys_world.publish()
    await genesys_world.forward(minutes=50)
    assert len(org.called(PUT)) == 1
    (said,) = genesys_world.said("activated")
    assert "without approval" not in said.text
    assert await genesys_world.state() is State.WAITING


async def test_given_up_after_a_day_and_finished_late_it_was_approved(genesys_world: OrgWorld, org: Orgs) -> None:
    org.provision = 25 * 3_600_000
    await genesys_world.asked()
    await approved(genesys_world)
    await genesys_world.forward(hours=24, minutes=1)
    assert await genesys_world.state() is State.READY
    await genesys_world.forward(hours=3)
    assert "without approval" not in genesys_world.said("activated")[-1].text
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.OPEN


# ---- deprovisioned


@pytest.mark.parametrize("status", ["Deprovisioned", "Error", "RequestReceived"])
async def test_one_reading_is_said_on_the_card_and_checked_again(
    genesys_world: OrgWorld, org: Orgs, status: str
) -> None:
    await genesys_world.opened()
    made = org.domains[NAME]
    made.status, made.verified_at = status, None
    while (await genesys_world.domain()).observations.others is None:
        await genesys_world.forward(minutes=5)
    assert await genesys_world.state() is State.OPEN
    assert "I check again at" in words(genesys_world.card)
    assert genesys_world.said("degraded") == []
    await genesys_world.forward(minutes=11)
    assert await genesys_world.state() in (State.DEGRADED, State.READY)
    assert len(genesys_world.said("degraded")) == 1
    assert (await genesys_world.domain()).unprovisioned


async def test_a_slip_of_the_platforms_costs_nothing(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    made = org.domains[NAME]
    made.status, made.verified_at = "Error", None
    while (await genesys_world.domain()).observations.others is None:
        await genesys_world.forward(minutes=5)
    made.status = "Provisioned"
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.OPEN
    assert "I check again at" not in words(genesys_world.card)
    assert genesys_world.said("degraded") == []


async def test_unknown_words_and_silence_deprovision_nothing(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    org.lenient = True
    for status in ("AwaitingReview", None):
        org.domains[NAME].status = status  # type: ignore[assignment]
        await genesys_world.forward(hours=3)
    org.fault("503", LOOK, times=10**6)
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.OPEN
    assert genesys_world.said("degraded") == []


async def test_while_approval_is_owed_done_at_the_platform_is_no_reason(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    made = org.domains[NAME]
    made.status, made.verified_at = "Deprovisioned", None
    await genesys_world.forward(hours=2)
    made.status = "Provisioned"
    await genesys_world.forward(hours=6)
    assert await genesys_world.state() is State.READY
    assert len(genesys_world.said("activated")) == 1
    await genesys_world.command(ALEX, f"activate {NAME}")
    assert await genesys_world.state() is State.AWAITING_APPROVAL, "approval can be asked for"
    await approved(genesys_world)
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.WAITING
    await genesys_world.forward(hours=1, minutes=2)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("sending_allowed")) == 2
