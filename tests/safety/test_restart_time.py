"""A wrong word about the time at a start proves nothing: no step is taken on it, and nothing ends by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.model.lifecycle import State
from tests.safety.clocks import ClockWorld
from tests.safety.world import offers, press_remove
from tests.scenarios.world import ALEX, HOUR, NAME, SAM


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ClockWorld]:
    made = ClockWorld(tmp_path)
    async with made:
        await made.heard()
        yield made


async def started_wrong(world: ClockWorld, hours: float, *, boot: str = "", machine: float = 0) -> None:
    """A new process, perhaps after a boot; Slack's first answers are wrong, the machine's date perhaps as well."""
    await world.bot.stop()
    world.clock.boot = boot or world.clock.boot
    world.clock.wrong = round(machine * HOUR)
    world.slack.faults.wrong_date = lambda _: round(hours * HOUR)
    await world.start()
    await pass_(world, 30)


async def pass_(world: ClockWorld, seconds: int) -> None:
    """So many seconds in which the bot does what is due, but Slack is asked nothing more than the bot asks it."""
    for _ in range(seconds // 5):
        world.clock.forward(5000)
        await world.settle()


#: How a process begins: in the same boot, in another one, and there with a machine whose own date is wrong.
STARTS = [
    pytest.param({}, id="the same boot"),
    pytest.param({"machine": 30}, id="the same boot, and the machine agrees with Slack"),
    pytest.param({"boot": "second"}, id="another boot"),
    pytest.param({"boot": "second", "machine": -700}, id="another boot, and the machine is wrong otherwise"),
]


@pytest.mark.parametrize("start", STARTS)
async def test_a_removal_waits_its_day_for_a_server_that_refuses(world: ClockWorld, start: dict[str, Any]) -> None:
    await world.ready()
    await press_remove(world, ALEX)
    one = world.zone.servers[0]
    one.refuse()
    world.zone.remove(NAME, "CNAME")
    await world.forward(minutes=30)
    assert (await world.domain()).observations.first is not None, "the day has begun"
    await started_wrong(world, 30, **start)
    assert await world.state() is State.REMOVING
    assert not world.deleted()
    world.slack.faults.clear()
    await world.heard(3)
    assert abs(world.wrong) < 2
    await world.forward(hours=20)
    assert not world.deleted(), "nor does what was seen meanwhile count"
    await world.heard()
    await world.forward(hours=5)
    assert world.deleted()


@pytest.mark.parametrize("start", STARTS)
async def test_two_readings_seconds_apart_deprovision_nothing(world: ClockWorld, start: dict[str, Any]) -> None:
    await world.opened()
    made = world.genesys.domains[NAME]
    made.status, made.verified_at = "Error", None
    while (await world.domain()).observations.others is None:
        await world.forward(minutes=5)
    await started_wrong(world, 30, **start)
    assert await world.state() is State.OPEN
    assert world.said("degraded") == []
    made.status = "Provisioned"
    world.slack.faults.clear()
    await world.heard(3)
    await world.forward(hours=2)
    assert await world.state() is State.OPEN
    assert world.said("degraded") == []


@pytest.mark.parametrize("hours", [80, 1000])
@pytest.mark.parametrize("start", STARTS)
async def test_a_round_does_not_expire(world: ClockWorld, start: dict[str, Any], hours: int) -> None:
    await world.asked()
    await started_wrong(world, hours, **start)
    assert await world.state() is State.AWAITING_APPROVAL
    world.slack.faults.clear()
    await world.heard(3)
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(minutes=5)
    assert await world.state() is State.WAITING


async def test_a_vote_waits_until_it_is_sure_and_then_counts(world: ClockWorld) -> None:
    await world.asked()
    await started_wrong(world, -0.05, boot="second", machine=50)
    await world.slack.click(SAM, world.said("approval")[-1], "approve")
    await pass_(world, 5)
    assert await world.state() is State.AWAITING_APPROVAL
    assert "making sure what time it is" in world.last(SAM)
    world.slack.faults.clear()
    await world.heard(3)
    for _ in range(50):
        if await world.state() is not State.AWAITING_APPROVAL:
            break
        await asyncio.sleep(0.1)  # it is tried again after seconds
    assert await world.state() in (State.ACTIVATING, State.WAITING)


async def test_a_machine_that_is_wrong_costs_no_time_where_something_was_agreed_on(world: ClockWorld) -> None:
    """Whatever its own date is: the anchor of this boot and Slack's first answer are two."""
    await world.asked()
    for wrong in (3.0, -30 * 24.0, 400 * 24.0):
        await started_wrong(world, 0, machine=wrong)
        assert world.told.sure
        assert abs(world.wrong) < 2
    await world.click(SAM, world.said("approval")[-1], "approve")
    await pass_(world, 30)
    assert await world.state() is State.WAITING


async def test_a_first_start_on_a_machine_that_is_wrong_costs_no_time(world: ClockWorld) -> None:
    """Nothing in the database waits for time to pass, so there is nothing to be wrong about."""
    await started_wrong(world, 0, boot="second", machine=50)
    assert world.told.sure
    assert abs(world.wrong) < 2


async def test_an_idle_bot_makes_sure_by_itself(world: ClockWorld) -> None:
    await world.added()
    await started_wrong(world, 5, boot="second", machine=50)
    doubt = world.told.sure
    world.slack.faults.clear()
    for _ in range(3):
        world.clock.forward(61_000)
        await world.settle()
    assert (doubt, world.told.sure) == (False, True)
    assert abs(world.wrong) < 2


async def test_somebody_who_wants_what_cannot_be_taken_back_is_told_to_wait(world: ClockWorld) -> None:
    await world.added()
    world.live("old.xyzcorp.com")
    world.slack.workspace.people[ALEX].is_admin = True
    await started_wrong(world, 0.05, boot="second", machine=50)
    await world.command(ALEX, "import")
    question = world.slack.private(ALEX)[-1]
    assert offers(question, "adopt_open")
    await world.click(ALEX, question, "adopt_open")
    assert "making sure what time it is" in world.last(ALEX)
    assert "Try again then" in world.last(ALEX) and "vote" not in world.last(ALEX)
    assert "hold" not in world.last(ALEX), "no administrator can end this"
