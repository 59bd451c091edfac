"""Clocks, descriptors and signals: what people read then."""

from __future__ import annotations

import asyncio
import resource
import time
from datetime import datetime
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from tests.faults.forked import ForkedTown
from tests.faults.stepped import SteppedWorld
from tests.faults.test_duplicates import judge
from tests.faults.told import Said, once, speak, told
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, RealClock, World

DAY = 24 * 3600

ALLOWED = {"en": "You can now send from `sales.xyzcorp.com`", "ja": "`sales.xyzcorp.com` から送信可能になりました"}


# ---- clocks


#: Seconds that the machine's clock is moved by, one after the other.
STEPS = (-3600, +3600, -30 * DAY, +30 * DAY)


@told("the machine's clock is stepped by ±1 h and ±30 days while the bot runs", **ALLOWED)
async def test_the_clock_is_stepped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    async with SteppedWorld(tmp_path, monkeypatch, EMAILDOMAIN_LANGUAGE=said.language) as world:
        speak(world, said.language)
        await world.until_waiting()
        for step in STEPS:
            world.ahead = step
            await asyncio.sleep(0.5)
        await world.until_open()
        once(world, said)
        judge(world)


@told("the bot is started while the machine's clock is wrong by ±1 h and ±30 days", **ALLOWED)
async def test_started_with_a_wrong_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    """Time passes by Slack's clock, from the first moment on: the two hours are not shortened."""
    async with SteppedWorld(tmp_path, monkeypatch, EMAILDOMAIN_LANGUAGE=said.language) as world:
        speak(world, said.language)
        await world.until_waiting()
        began = time.monotonic()
        for step in STEPS:
            world.ahead = step
            world.slack.faults.add("auth.test", "slow", seconds=0.3)
            await world.restart()
            await asyncio.sleep(0.3)
            assert not world.said("sending_allowed") or time.monotonic() - began > world.two_hours - 2.5
        world.slack.faults.add("chat.postMessage", "drop_after")  # what is lost is looked for by Slack's time, too
        await world.until_open()
        once(world, said)
        judge(world)
        assert abs(world.ledger.one("SELECT max(at) FROM history") - RealClock().now()) < 30_000


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        pytest.param("2026-10-25T02:10:00+02:00", "2026-10-25 03:10 CET (UTC+1)", id="the hour that comes twice"),
        pytest.param("2027-03-28T01:10:00+01:00", "2027-03-28 04:10 CEST (UTC+2)", id="the hour that is left out"),
    ],
)
@told(
    "clocks change to or from summer time in the two hours",
    en="and both records are still right",
    ja="に終了し、DNSも正常です",
)
async def test_summer_time(tmp_path: Path, said: Said, began: str, ended: str) -> None:
    """Two hours are two hours; the time that is shown is the one on the wall."""
    world = World(tmp_path, EMAILDOMAIN_LANGUAGE=said.language, EMAILDOMAIN_TIMEZONE="Europe/Berlin")
    world.clock.instant = world.clock._start = round(datetime.fromisoformat(began).timestamp() * 1000) - 120_000
    async with world:
        speak(world, said.language)
        await world.asked()
        world.clock.instant = round(datetime.fromisoformat(began).timestamp() * 1000)
        await world.click(SAM, world.said("approval")[-1], "approve")
        await world.forward(seconds=30)
        assert await world.state() is State.WAITING
        await world.forward(hours=1, minutes=59)
        assert not world.said("sending_allowed")
        await world.forward(minutes=1)
        assert await world.state() is State.OPEN
        (allowed,) = world.said("sending_allowed")
        assert said.sentence in reads(allowed)
        assert ended in allowed.text


# ---- descriptors, signals


@told(
    "no file descriptor is left: Slack says so in its own words",
    en="/emaildomain failed with the error",
    ja="/emaildomain failed with the error",
)
async def test_out_of_descriptors(tmp_path: Path, said: Said) -> None:
    """The bot cannot be reached, and Slack says so; with descriptors again, everything goes on where it was."""
    async with ForkedTown(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.quiet()
        town.limit(resource.RLIMIT_NOFILE, 3)  # what is open stays so; nothing new can be opened
        town.publish()
        delivery = await town.slack.command(ALEX, CHANNEL, f"add one.{NAME}")
        assert delivery.problem is not None
        assert said.among(town.slack.private(ALEX)) == 1
        await asyncio.sleep(1)
        town.limit(resource.RLIMIT_NOFILE, None)
        await town.said("ready")
        await town.command(ALEX, f"activate {NAME}")
        await town.click(SAM, await town.said("approval"), "approve")
        await town.said("sending_allowed")
        await town.quiet()
        town.judge()


@told(
    "SIGTERM while a wish is carried out",
    en="`sales.xyzcorp.com` is being prepared",
    ja="`sales.xyzcorp.com` を準備しています",
)
async def test_sigterm_in_the_middle(tmp_path: Path, said: Said) -> None:
    """What was acknowledged is finished and answered before the process ends."""
    async with ForkedTown(tmp_path, SLACK_TIMEOUT="5", EMAILDOMAIN_LANGUAGE=said.language) as town:
        for person in town.slack.workspace.people.values():
            person.locale = said.language
        await town.start()
        town.slack.faults.add("users.info", "slow", seconds=0.5)
        await town.command(ALEX, f"add {NAME}")
        assert town.ledger.state(NAME) is None
        assert await town.terminate() == 0
        assert said.among(town.slack.private(ALEX)) == 1
        await town.start()
        await town.said("records")
        await town.quiet()
        town.judge()


@told("SIGTERM at any moment of a life, again and again", **ALLOWED)
async def test_sigterm_everywhere(tmp_path: Path, said: Said) -> None:
    async with ForkedTown(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:

        async def again() -> None:
            assert await town.terminate() == 0
            await town.start()

        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await again()
        await town.said("records")
        town.publish()
        await again()
        await town.click(ALEX, await town.said("ready"), "activate")
        await again()
        await town.click(SAM, await town.said("approval"), "approve")
        await again()
        allowed = await town.said("sending_allowed")
        await again()
        await town.quiet()
        town.judge()
        assert said.sentence in reads(allowed)
        assert town.kinds().count("sending_allowed") == 1
