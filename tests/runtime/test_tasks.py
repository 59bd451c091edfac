"""No task ends in silence: what it raises has a number in the log, and what is to last begins anew."""

from __future__ import annotations

import asyncio

import pytest

from bot.runtime import tasks
from bot.runtime.clock import wall_clock
from bot.runtime.scheduler import Intervals, Scheduler
from bot.runtime.task_pool import TaskPool
from tests.clock import HandClock


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PAUSE", 0.01)


async def test_work_that_fails_begins_anew_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tried = 0

    async def work() -> None:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise LookupError("nobody thought of this")

    await asyncio.wait_for(tasks.lasting("work", work), 5)
    assert tried == 3
    bugs = [r for r in caplog.records if "bug" in r.getMessage()]
    assert len(bugs) == 2
    assert all("Traceback" in r.getMessage() and "reference" in r.getMessage() for r in bugs)


async def test_a_lasting_task_can_be_stopped_while_it_works_and_while_it_rests() -> None:
    async def works() -> None:
        await asyncio.Event().wait()

    async def fails() -> None:
        raise LookupError

    for work in (works, fails):
        task = tasks.lasting("work", work)
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait({task}, timeout=2)
        assert task.cancelled()


async def test_background_work_that_raises_is_in_the_log_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    pool, done = TaskPool(at_once=1), 0

    async def fails() -> None:
        raise LookupError("nobody thought of this")

    async def works() -> None:
        nonlocal done
        done += 1

    for work in (fails, works, fails, works):
        pool.start(work())
    await asyncio.wait_for(pool.idle(), 5)
    assert done == 2
    assert len([r for r in caplog.records if "Traceback" in r.getMessage() and "reference" in r.getMessage()]) == 2


async def test_a_watchdog_that_fails_goes_on_watching(caplog: pytest.LogCaptureFixture) -> None:
    """What it calls when the clock was set may fail: it looks again at the next step."""
    clock, wall, stepped = HandClock(), [wall_clock()], 0

    async def nothing() -> None: ...

    def fails() -> None:
        nonlocal stepped
        stepped += 1
        raise LookupError("nobody thought of this")

    boot = 0.0
    jobs = Scheduler({}, nothing, lambda: wall[0] + boot, clock.monotonic, lambda: boot, fails)
    jobs._intervals = Intervals(clocks=0.02)
    jobs.start()
    try:
        for _ in range(2):
            await asyncio.sleep(0.1)
            wall[0] += 3_600
            await asyncio.sleep(0.1)
        assert stepped >= 2
    finally:
        await jobs.stop()
