"""How the bot tells the time: by Slack's clock, and a step of the local one stops nothing."""

from __future__ import annotations

import asyncio
import time

from bot.runtime.clock import SystemClock
from bot.runtime.scheduler import Scheduler
from tests.scenarios.world import HOUR, RealClock


async def test_a_step_of_the_wall_clock_rings_the_bells() -> None:
    """APScheduler goes by the wall clock: set back an hour, it would be silent for an hour."""
    rung: list[float] = []
    ahead = 0.0

    async def work() -> float | None:
        rung.append(time.monotonic())
        return None

    async def nothing() -> None: ...

    jobs = Scheduler({"sweep": work}, nothing, lambda: RealClock().now() / 1000 + ahead, time.monotonic)
    jobs.start()
    await jobs.idle()
    for step in (-3600.0, +7200.0):
        before, ahead = len(rung), ahead + step
        async with asyncio.timeout(10):
            while len(rung) == before:  # noqa: ASYNC110 - the point is that it rings by itself
                await asyncio.sleep(0.05)
    await jobs.stop()


def test_slacks_clock_is_carried_on_the_monotonic_one() -> None:
    near = SystemClock()
    before = near.now()
    near.heard(before + 900)
    assert abs(near.now() - before) < 500, "the Date header counts whole seconds: no step for that"
    clock = SystemClock()
    before = clock.now()
    clock.heard(before + 6 * HOUR)
    assert abs(clock.now() - before - 6 * HOUR) < 2_000
    assert clock.delay_until(before + 6 * HOUR + 60_000) <= 62
