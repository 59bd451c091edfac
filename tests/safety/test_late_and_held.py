"""Slack comes back late, a hold comes between, an old reading lies about: no better than the truth is ever said."""

from __future__ import annotations

import asyncio

import pytest

from bot.model.lifecycle import State
from bot.model.permits import Permit
from bot.model.records import RecordType
from bot.services import holding
from tests.genesys.simulator import DOMAINS
from tests.safety.test_one_witness import agreed
from tests.safety.world import OrgWorld, offered, press_remove
from tests.scenarios.world import ALEX, CHANNEL, HOUR, MINUTE, NAME, SAM, SUZUKI


@pytest.fixture
def genesys_world(suzuki_runs_it: OrgWorld) -> OrgWorld:
    return suzuki_runs_it


async def passes(world: OrgWorld, *minutes: int) -> None:
    """Time passes in steps while Slack takes no posts."""
    for one in minutes:
        world.clock.forward(one * MINUTE)
        await world.settle()


@pytest.mark.parametrize("trouble", ["dns", "deprovisioned"])
async def test_you_can_send_is_not_said_of_what_broke_meanwhile(genesys_world: OrgWorld, trouble: str) -> None:
    await genesys_world.activated()
    await genesys_world.forward(minutes=115)
    genesys_world.slack.faults.add("chat.*", "fatal_error", times=None)
    await passes(genesys_world, 6, 1)
    assert await genesys_world.state() is State.OPEN
    (cname,) = [r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME]
    if trouble == "dns":
        genesys_world.zone.remove(NAME, "CNAME")
    else:
        genesys_world.genesys.domains[NAME].status = "Deprovisioned"
    await passes(genesys_world, 20, 20, 20)
    genesys_world.slack.faults.clear()
    await genesys_world.forward(minutes=10)
    assert not genesys_world.said("sending_allowed")
    genesys_world.zone.publish(cname)
    if trouble == "dns":
        await genesys_world.forward(hours=2)
        assert len(genesys_world.said("recovered")) == 1, "said once it is so"


async def test_one_odd_word_only_puts_it_off(genesys_world: OrgWorld) -> None:
    await genesys_world.activated()
    await genesys_world.forward(minutes=115)
    genesys_world.slack.faults.add("chat.*", "fatal_error", times=None)
    await passes(genesys_world, 6, 1)
    genesys_world.genesys.domains[NAME].status = "Error"
    await passes(genesys_world, 61)
    genesys_world.genesys.domains[NAME].status = "RequestReceived"
    genesys_world.slack.faults.clear()
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("sending_allowed")) == 1


async def test_the_last_broadcast_is_not_better_than_the_truth(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    (cname,) = [r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME]
    for _ in range(2):
        genesys_world.zone.remove(NAME, "CNAME")
        await genesys_world.forward(minutes=90)
        assert await genesys_world.state() is State.DEGRADED
        last = [m for m in genesys_world.said() if m.broadcast][-1]
        assert "You can send" not in last.text
        genesys_world.zone.publish(cname)
        await genesys_world.forward(minutes=70)
        assert await genesys_world.state() is State.OPEN


async def test_what_was_read_before_the_two_hours_deprovisions_nothing(genesys_world: OrgWorld) -> None:
    """*Pending* was read during a removal that was stopped; one *Error* afterwards is one reading."""
    await genesys_world.ready()
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(minutes=45)
    await genesys_world.click(ALEX, offered(genesys_world, "stop_removal")[-1], "stop_removal")
    await genesys_world.forward(minutes=1)
    await genesys_world.command(ALEX, f"activate {NAME}")
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(hours=2, minutes=1)
    assert await genesys_world.state() is State.OPEN
    genesys_world.genesys.domains[NAME].status = "Error"
    while (await genesys_world.domain()).observations.others is None:
        await genesys_world.forward(minutes=1)
    assert not (await genesys_world.domain()).unprovisioned


# ---- on hold


async def test_on_hold_nothing_that_was_activated_elsewhere_begins_to_wait(genesys_world: OrgWorld) -> None:
    await genesys_world.ready()
    await genesys_world.command(SUZUKI, "hold")
    made = genesys_world.genesys.domains[NAME]
    made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), genesys_world.clock.now()
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.READY
    (asked,) = genesys_world.said("activated")
    await genesys_world.click(ALEX, asked, "outside_unsure")
    assert await genesys_world.state() is State.READY
    await genesys_world.command(SUZUKI, "hold off")
    await genesys_world.click(ALEX, asked, "outside_unsure")
    assert await genesys_world.state() is State.WAITING


async def test_on_hold_a_removal_that_is_stopped_begins_no_two_hours(genesys_world: OrgWorld) -> None:
    await genesys_world.ready()
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(minutes=1)
    await genesys_world.command(SUZUKI, "hold")
    made = genesys_world.genesys.domains[NAME]
    made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), genesys_world.clock.now() - HOUR
    await genesys_world.click(ALEX, offered(genesys_world, "stop_removal")[-1], "stop_removal")
    assert await genesys_world.state() is State.READY


async def test_a_hold_that_comes_while_slack_is_asked_about_the_voter(genesys_world: OrgWorld) -> None:
    await genesys_world.asked()
    await genesys_world.command(SUZUKI, "list")
    request = genesys_world.said("approval")[-1]
    genesys_world.slack.faults.add("users.info", "hang", times=None, where=lambda call: call.get("user") == SAM)
    voting = asyncio.create_task(genesys_world.slack.click(SAM, request, "approve", stale=True))
    await asyncio.sleep(0.15)
    await genesys_world.slack.command(SUZUKI, CHANNEL, "hold")
    while await genesys_world.bot.store.document("binding", "hold") is None:  # noqa: ASYNC110 - no event for it
        await asyncio.sleep(0.02)
    genesys_world.slack.faults.clear()
    await voting
    await asyncio.sleep(0.3)
    await genesys_world.settle()
    assert await genesys_world.state() is State.AWAITING_APPROVAL


async def test_a_deletion_that_was_put_off_asks_for_the_hold_again(
    genesys_world: OrgWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await genesys_world.opened()
    await agreed(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    genesys_world.genesys.fault("429", f"DELETE {DOMAINS}", Retry_After=2)

    delete = genesys_world.bot.platform.delete

    async def held(permit: Permit) -> bool:
        await holding.begin(genesys_world.bot.ports, SUZUKI, "asked")
        return await delete(permit)

    monkeypatch.setattr(genesys_world.bot.platform, "delete", held)
    await genesys_world.forward(hours=1)
    assert len(genesys_world.genesys.called("DELETE")) == 1
    assert not genesys_world.deleted()
