"""What time it is: one wrong word moves nothing, and a machine that was away finds out by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.tryout.slack.simulated import Forgery
from tests.safety.clocks import ClockWorld
from tests.scenarios.world import ALEX, CHANNEL, HOUR, MINUTE, NAME


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ClockWorld]:
    made = ClockWorld(tmp_path)
    async with made:
        await made.heard()
        yield made


async def asked(world: ClockWorld) -> int:
    """How often Slack was asked who we are, which says what time it is."""
    await world.settle()
    return len([call for call in world.slack.calls if call.method == "auth.test"])


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("hours", [-30, -1, 1, 30 * 24])
async def test_a_wrong_date_of_an_error_moves_nothing(world: ClockWorld, status: int, hours: int) -> None:
    world.slack.faults.wrong_date = lambda answered: 0 if answered == 200 else hours * HOUR
    world.slack.faults.add("conversations.*", "status", 5, status=status)
    world.slack.faults.add("conversations.*", "ratelimited", 1)
    for _ in range(8):
        await world.command(ALEX, f"add {NAME}")
        await world.forward(minutes=2)
    assert abs(world.wrong) < 2
    assert len(world.said("records")) == 1


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_single_wrong_date_says_nothing_twice_and_lets_requests_in(world: ClockWorld, hours: int) -> None:
    """The answer to the post itself is lost, and carries a wrong Date: it is looked for where it is."""
    world.slack.faults.add("chat.postMessage", "drop_after", 1, where=lambda call: call["channel"] == CHANNEL)
    await world.command(ALEX, f"add {NAME}")
    world.slack.faults.wrong_date = lambda _: hours * HOUR
    await world.bot.messenger.call("auth.test")
    world.slack.faults.clear()
    assert abs(world.wrong) < 2
    await world.forward(minutes=5)
    assert (await world.command(ALEX, "help")).status == 200
    assert len(world.said("records")) == 1


async def test_a_message_owed_before_the_clock_went_wrong_is_looked_for_from_then_on(world: ClockWorld) -> None:
    """For a minute all of Slack's answers are an hour ahead; the post that is tried then is lost on its way back."""
    world.slack.faults.add("conversations.info", "status", None)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    world.slack.faults.clear()
    world.slack.faults.wrong_date = lambda _: HOUR
    world.slack.faults.add("chat.postMessage", "drop_after", 1, where=lambda call: call["channel"] == CHANNEL)
    await world.heard(3)
    assert world.wrong > 3500
    world.slack.faults.clear()
    await world.heard(3)
    assert abs(world.wrong) < 2
    await world.forward(minutes=15)
    assert len(world.said("records")) == 1


async def test_a_clock_that_drifts_by_fifty_seconds_an_answer(world: ClockWorld) -> None:
    drift = iter(range(50, 10**6, 50))
    world.slack.faults.wrong_date = lambda _: next(drift) * 1000
    await world.heard(50)
    assert abs(world.wrong) <= 62
    assert (await world.command(ALEX, "help")).status == 200, "near enough for every request of Slack's"


async def test_a_paused_machine_finds_out_by_itself(world: ClockWorld) -> None:
    """Its clocks stood still for an hour; then its own date is set right, which shows, and it asks."""
    before = await asked(world)
    world.clock.pause(HOUR)
    world.bot.slack_time.ask()
    assert await asked(world) == before + 1
    assert abs(world.wrong) > 3000, "one answer alone is not believed"
    world.clock.forward(MINUTE)
    assert await asked(world) == before + 2, "so a second one is asked for"
    assert abs(world.wrong) < 2
    world.clock.forward(10 * MINUTE)
    assert await asked(world) == before + 2, "and then there is no doubt"


async def test_a_request_that_is_rightly_signed_makes_it_ask(world: ClockWorld) -> None:
    world.clock.pause(HOUR)
    before = await asked(world)
    assert (await world.command(ALEX, "help")).status == 401
    assert (await world.command(ALEX, "help")).status == 401
    assert await asked(world) == before + 1, "at most once a minute"
    world.clock.forward(MINUTE)
    await world.settle()
    assert (await world.command(ALEX, "help")).status == 200


@pytest.mark.parametrize(
    "forgery",
    [
        pytest.param(Forgery(secret="not ours", timestamp="1700000000"), id="another secret"),
        pytest.param(Forgery(signature="v0=00", timestamp="1700000000"), id="no signature of Slack's"),
        pytest.param(Forgery(timestamp="yesterday"), id="no number"),
    ],
)
async def test_nobody_else_makes_it_ask(world: ClockWorld, forgery: Forgery) -> None:
    before = await asked(world)
    world.clock.forward(10 * MINUTE)
    assert (await world.command(ALEX, "help", forgery=forgery)).status == 401
    assert await asked(world) == before


async def test_an_old_copy_of_a_request_is_refused_and_asks_once_a_minute(world: ClockWorld) -> None:
    before = await asked(world)
    old = Forgery(timestamp=str(world.clock.now() // 1000 - 3600))
    for _ in range(20):
        assert (await world.command(ALEX, f"add {NAME}", forgery=old)).status == 401
    assert await asked(world) == before + 1
    assert world.said() == []


async def test_what_was_stored_while_it_was_ahead_comes_when_it_should(world: ClockWorld) -> None:
    """Two of Slack's answers, a minute apart, were a day ahead and agreed; then all are right again."""
    await world.opened()
    world.slack.faults.wrong_date = lambda _: 24 * HOUR
    await world.heard(3)
    assert world.wrong > 80_000
    await world.forward(minutes=1)
    world.slack.faults.clear()
    await world.heard(3)
    assert abs(world.wrong) < 2
    world.zone.remove(NAME, "CNAME")
    for _ in range(2):
        world.clock.forward(HOUR)
        await world.settle()
    assert len(world.said("degraded")) == 1, "it is looked at within the hour, not a day later"


async def test_what_another_process_left_ahead_comes_when_it_should(world: ClockWorld) -> None:
    await world.opened()
    world.slack.faults.wrong_date = lambda _: 24 * HOUR
    await world.heard(3)
    await world.bot.stop()
    world.slack.faults.clear()
    world.clock.boot = "another boot"
    await world.start()
    assert abs(world.wrong) < 2
    world.zone.remove(NAME, "CNAME")
    for _ in range(2):
        world.clock.forward(HOUR)
        await world.settle()
    assert len(world.said("degraded")) == 1
