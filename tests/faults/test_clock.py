"""Clocks that jump or are wrong: timers go by Slack's clock, and a step of the local one stops nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bot.app import SystemClock
from bot.jobs import Jobs
from tests.faults.town import PATIENCE, Town
from tests.scenarios.world import ALEX, HOUR, NAME, SAM, RealClock


class SteppedClock(RealClock):
    """A clock that is wrong by a fixed time (ms)."""

    def __init__(self, wrong_by: int) -> None:
        self._wrong_by = wrong_by

    def now(self) -> int:
        return super().now() + self._wrong_by


async def test_a_step_of_the_wall_clock_rings_the_bells() -> None:
    """APScheduler goes by the wall clock: set back an hour, it would be silent for an hour."""
    rung: list[float] = []
    ahead = 0.0

    async def work() -> float | None:
        rung.append(time.monotonic())
        return None

    async def nothing() -> None: ...

    jobs = Jobs({"sweep": work}, nothing, lambda: RealClock().now() / 1000 + ahead, time.monotonic)
    jobs.start()
    await jobs.idle()
    for step in (-3600.0, +7200.0):
        before, ahead = len(rung), ahead + step
        async with asyncio.timeout(10):
            while len(rung) == before:  # noqa: ASYNC110 - the point is that it rings by itself
                await asyncio.sleep(0.05)
    await jobs.stop()


def test_slacks_clock_is_carried_on_the_monotonic_one() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.heard(before + 900)
    assert abs(clock.now() - before) < 500, "the Date header counts whole seconds: no step for that"
    clock.heard(before + 6 * HOUR)
    assert abs(clock.now() - before - 6 * HOUR) < 2_000
    assert clock.delay_until(before + 6 * HOUR + 60_000) <= 62


async def test_a_local_clock_hours_off_harms_nothing(tmp_path: Path) -> None:
    """Slack is six hours ahead. Lost answers are looked for by Slack's time; the record is written in it."""
    async with Town(tmp_path) as town:
        town.slack.workspace.clock = SteppedClock(6 * HOUR)
        town.slack._api._clock = town.slack.workspace.clock
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.restart()
        town.slack.faults.add("chat.postMessage", "drop_after", 2)
        town.publish()
        await town.click(ALEX, await town.said("ready"), "activate")
        request = await town.said("approval")
        town.slack.faults.add("chat.postMessage", "drop_after")
        await town.click(SAM, request, "approve")
        await town.said("sending_allowed")
        await town.quiet()
        town.judge()
        ahead = town.ledger.one("SELECT max(at) FROM history") - RealClock().now()
        assert abs(ahead - 6 * HOUR) < PATIENCE * 1000
