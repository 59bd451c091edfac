"""Activated in Genesys Cloud itself: its owner is asked how long ago, and nothing passes on before that is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.tryout.slack.simulated import Message, words
from tests.safety.world import Orgs, OrgWorld, offered, offers, press_remove
from tests.scenarios.world import ALEX, HOUR, NAME, SAM, SUZUKI, actions

OVER, UNSURE = "outside_over", "outside_unsure"


@pytest.fixture
def genesys_world(suzuki_runs_it: OrgWorld) -> OrgWorld:
    return suzuki_runs_it


@pytest.fixture
def org(genesys_world: OrgWorld) -> Orgs:
    return genesys_world.genesys


def activate(world: OrgWorld) -> None:
    """Somebody presses *Activate* in the admin's pages."""
    made = world.genesys.domains[NAME]
    made.verified = dict.fromkeys(made.verified, "Verified")
    made.status, made.verified_at = "Provisioned", None


async def found(world: OrgWorld, state: State = State.READY) -> Message:
    """The question, as it stands in the channel."""
    await world.ready() if state is State.READY else await world.asked()
    activate(world)
    await world.forward(hours=1, minutes=1)
    assert await world.state() is state
    (asked,) = world.said("activated")
    return replace(asked)  # what is on somebody's screen, whatever becomes of it


async def test_its_owner_is_asked_and_nothing_passes_on(genesys_world: OrgWorld) -> None:
    asked = await found(genesys_world)
    assert asked.text.startswith(f"<@{ALEX}>") and "without approval here" in asked.text and asked.broadcast
    assert offers(asked, OVER) and offers(asked, UNSURE)
    assert offers(genesys_world.card, OVER), "the card asks, too"
    assert "more than two hours ago?" in words(genesys_world.card)
    await genesys_world.forward(hours=30)
    assert await genesys_world.state() is State.READY
    assert genesys_world.said("sending_allowed") == []
    assert len(genesys_world.said("activated")) == 1, "asked once"


async def test_more_than_two_hours_ago_it_is_open(genesys_world: OrgWorld) -> None:
    asked = await found(genesys_world)
    await genesys_world.click(ALEX, asked, OVER)
    assert await genesys_world.state() is State.OPEN
    (said,) = genesys_world.said("sending_allowed")
    assert "more than two hours ago" in said.text and "without approval here" in said.text
    await genesys_world.forward(minutes=1)
    (now,) = genesys_world.said("activated")
    assert actions(now) == [] and "says: more than two hours ago" in words(now)
    await genesys_world.click(ALEX, asked, UNSURE, stale=True)
    assert await genesys_world.state() is State.OPEN


async def test_not_sure_is_two_hours_from_now(genesys_world: OrgWorld) -> None:
    asked = await found(genesys_world)
    await genesys_world.forward(hours=5)
    await genesys_world.click(ALEX, genesys_world.card, UNSURE)
    assert await genesys_world.state() is State.WAITING
    began = genesys_world.clock.now()
    await genesys_world.forward(minutes=118)
    assert genesys_world.said("sending_allowed") == []
    await genesys_world.forward(minutes=4)
    (said,) = genesys_world.said("sending_allowed")
    assert float(said.ts) * 1000 - began >= 2 * HOUR
    assert actions(next(m for m in genesys_world.said("activated") if m.ts == asked.ts)) == []


@pytest.mark.parametrize("answer", [OVER, UNSURE])
async def test_the_open_request_ends_with_the_answer(genesys_world: OrgWorld, answer: str) -> None:
    asked = await found(genesys_world, State.AWAITING_APPROVAL)
    await genesys_world.click(ALEX, asked, answer)
    assert await genesys_world.state() in (State.OPEN, State.WAITING)
    assert "activated in Genesys Cloud in the meantime" in words(genesys_world.said("decided")[-1])


async def test_approved_before_it_is_answered_it_is_approved_here(genesys_world: OrgWorld) -> None:
    asked = await found(genesys_world, State.AWAITING_APPROVAL)
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(minutes=1)
    assert await genesys_world.state() is State.WAITING
    assert "without approval" not in genesys_world.said("activated")[-1].text
    await genesys_world.click(ALEX, asked, OVER, stale=True)
    assert await genesys_world.state() is State.WAITING, "the two hours are not cut short by an old question"


@pytest.mark.parametrize(("who", "may"), [(ALEX, True), (SUZUKI, True), (SAM, False)])
async def test_for_its_owner_and_operators(genesys_world: OrgWorld, who: str, may: bool) -> None:
    asked = await found(genesys_world)
    await genesys_world.click(who, asked, OVER)
    assert (await genesys_world.state() is State.OPEN) is may
    if not may:
        assert "the domain's owner and the bot's administrators" in genesys_world.last(who)


async def test_what_is_wrong_in_dns_opens_once_it_is_right(genesys_world: OrgWorld) -> None:
    asked = await found(genesys_world)
    (cname,) = [r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME]
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.click(ALEX, asked, OVER)
    assert await genesys_world.state() is not State.OPEN
    assert "once both records are right" in genesys_world.last(ALEX)
    await genesys_world.forward(hours=2)
    assert genesys_world.said("sending_allowed") == []
    genesys_world.zone.publish(cname)
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("sending_allowed")) == 1


async def test_undone_there_it_is_asked_no_longer(genesys_world: OrgWorld, org: Orgs) -> None:
    asked = await found(genesys_world)
    org.domains[NAME].status = "Deprovisioned"
    await genesys_world.click(ALEX, asked, OVER)
    assert await genesys_world.state() is State.READY
    await genesys_world.forward(hours=1, minutes=1)
    assert actions(genesys_world.said("activated")[0]) == []
    assert "more than two hours ago?" not in words(genesys_world.card)
    activate(genesys_world)
    await genesys_world.forward(hours=1, minutes=1)
    assert offers(genesys_world.said("activated")[1], OVER), "and anew, once it is there again"
    await genesys_world.click(ALEX, asked, OVER, stale=True)
    assert await genesys_world.state() is State.READY, "the old question's answer is none to this one"


async def test_on_hold_no_answer_is_taken(genesys_world: OrgWorld) -> None:
    asked = await found(genesys_world)
    await genesys_world.command(SUZUKI, "hold")
    for answer in (OVER, UNSURE):
        await genesys_world.click(ALEX, asked, answer)
        assert await genesys_world.state() is State.READY
        assert "on hold" in genesys_world.last(ALEX)
    await genesys_world.command(SUZUKI, "hold off")
    await genesys_world.click(ALEX, asked, OVER)
    assert await genesys_world.state() is State.OPEN


async def test_a_removal_that_is_stopped_gets_round_no_question(genesys_world: OrgWorld) -> None:
    """Being removed it is activated there; then the removal is stopped: its owner is asked, as always."""
    await genesys_world.ready()
    await press_remove(genesys_world, ALEX)
    activate(genesys_world)
    await genesys_world.click(ALEX, offered(genesys_world, "stop_removal")[-1], "stop_removal")
    assert await genesys_world.state() is State.READY
    await genesys_world.forward(minutes=1)
    assert await genesys_world.state() is State.READY
    (asked,) = genesys_world.said("activated")
    await genesys_world.click(ALEX, asked, UNSURE)
    assert await genesys_world.state() is State.WAITING


async def test_records_exchanged_since_are_another_matter(genesys_world: OrgWorld, org: Orgs) -> None:
    asked = await found(genesys_world)
    org.domains[NAME].target = "eu.sparkpostmail.com"
    await genesys_world.click(ALEX, asked, OVER)
    await genesys_world.forward(hours=2)
    assert genesys_world.said("sending_allowed") == []
    assert await genesys_world.state() is State.AWAITING_DNS


async def test_found_again_what_nobody_activated_here_is_asked_about(genesys_world: OrgWorld, org: Orgs) -> None:
    """Imported as open, gone for hours, and there again: who knows what was done there meanwhile."""
    genesys_world.live()
    await genesys_world.command(SUZUKI, "import")
    await genesys_world.click(SUZUKI, genesys_world.slack.private(SUZUKI)[-1], "adopt_open")
    assert await genesys_world.state() is State.OPEN
    made = org.domains.pop(NAME)
    await genesys_world.forward(hours=4)
    assert await genesys_world.state() is State.REMOVED
    org.domains[NAME] = made
    await genesys_world.forward(hours=1, minutes=5)
    assert await genesys_world.state() is State.READY
    (asked,) = genesys_world.said("activated")
    await genesys_world.click(SUZUKI, asked, UNSURE)
    assert await genesys_world.state() is State.WAITING
