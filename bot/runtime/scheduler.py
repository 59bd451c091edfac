"""The only module that knows APScheduler: it rings, it remembers nothing.

``heartbeat`` comes every 15 s whatever happens, ``wake`` when the earliest thing is due, ``nightly`` once a night.
What is due is read from the store, so a restart forgets nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.errors import Problem
from bot.runtime.clock import boottime
from bot.runtime.tasks import lasting

log = structlog.get_logger(__name__)

HEARTBEAT = 15
_AFTER_FAILURE = 5.0
_STEP = 2.0  #: clocks that part by more than this (s) within a second make the scheduler ring at once
_SOONEST = 0.01
_LAGS = 60  #: one a second

#: Does everything that is due; returns the seconds until more will be, or None.
Work = Callable[[], Awaitable[float | None]]


class JobScheduler(Protocol):
    """What is used of APScheduler's own class; a test may put one in its place that goes by another time."""

    @property
    def running(self) -> bool: ...

    def add_job(self, func: Callable[..., Any], trigger: str, **options: Any) -> Any: ...

    def modify_job(self, job_id: str, **changes: Any) -> Any: ...

    def add_listener(self, callback: Callable[[Any], None], mask: int) -> Any: ...

    def start(self) -> Any: ...

    def shutdown(self, wait: bool = ...) -> Any: ...


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often the heartbeat comes and the clocks are compared (s)."""

    heartbeat: float = HEARTBEAT
    clocks: float = 1.0


class Runner:
    """One kind of work: run whenever it is rung, never twice at the same time."""

    def __init__(self, name: str, work: Work, arm: Callable[[str, float], None]) -> None:
        self.name, self._work, self._arm = name, work, arm
        self._rung = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def trigger(self) -> None:
        self._idle.clear()
        self._rung.set()

    async def idle(self) -> None:
        """Until nothing is rung or running."""
        await self._idle.wait()

    async def run(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            try:
                delay = await self._work()
            except Exception as error:  # logged and tried again: the runner must not fall silent
                known = isinstance(error, Problem)
                log.error("job failed", job=self.name, error=str(error), exc_info=None if known else error)
                delay = _AFTER_FAILURE
            if delay is not None:
                self._arm(self.name, delay)
            if not self._rung.is_set():
                self._idle.set()


class Scheduler:
    """``wall`` is the local clock (seconds since 1970), which is the one APScheduler goes by.

    ``boottime`` goes on while the machine sleeps; ``stepped`` is called when it and ``wall`` part: the machine was
    paused, or somebody set its clock.
    """

    def __init__(
        self, works: dict[str, Work], nightly: Callable[[], Awaitable[None]], wall: Callable[[], float],
        monotonic: Callable[[], float], boottime: Callable[[], float] = boottime,
        stepped: Callable[[], None] = lambda: None, scheduler: JobScheduler | None = None,
        intervals: Intervals = Intervals(),
    ) -> None:  # fmt: skip
        self._wall, self._monotonic, self._boottime, self._stepped = wall, monotonic, boottime, stepped
        self._intervals = intervals
        self._scheduler: JobScheduler = scheduler or AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._runners = [Runner(name, work, self._arm) for name, work in works.items()]
        self._nightly = nightly
        self._tasks: list[asyncio.Task[None]] = []
        self.pulsed_at = monotonic()
        self._lags: deque[float] = deque([0.0], maxlen=_LAGS)

    @property
    def lag(self) -> float:
        """The longest the loop kept a timer waiting in the last minute (s)."""
        return max(self._lags)

    @property
    def silence(self) -> float:
        """Seconds since the pulse last rang."""
        return self._monotonic() - self.pulsed_at

    def wake(self) -> None:
        """Something changed or became due."""
        for runner in self._runners:
            runner.trigger()

    async def idle(self) -> None:
        """Until all work that was rung for is done."""
        for _ in range(2):  # work on one runner may ring another
            for runner in self._runners:
                await runner.idle()

    async def _heartbeat(self) -> None:
        self.pulsed_at = self._monotonic()
        self.wake()

    def _arm(self, name: str, delay: float) -> None:
        runner = next(b for b in self._runners if b.name == name)
        if not self._scheduler.running:
            return
        at = datetime.fromtimestamp(self._wall() + max(_SOONEST, delay), UTC)
        self._scheduler.add_job(_trigger, "date", run_date=at, args=[runner], id=f"wake-{name}", replace_existing=True)

    def start(self) -> None:
        self._scheduler.add_job(self._heartbeat, "interval", seconds=self._intervals.heartbeat, id="heartbeat")
        self._scheduler.add_job(self._nightly, "cron", hour=3, id="nightly")
        self._scheduler.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._scheduler.start()
        self._tasks = [lasting(runner.name, runner.run) for runner in self._runners]
        self._tasks.append(lasting("clock watchdog", self._watch_clock))
        self.wake()

    async def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch_clock(self) -> None:
        """APScheduler goes by the wall clock: set back an hour, an interval job would be silent for an hour.

        And the loop's timers go by a clock that stands still while the machine sleeps.
        """
        ahead, slept = self._wall() - self._boottime(), self._boottime() - self._monotonic()
        while True:
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(self._intervals.clocks)
            self._lags.append(max(0.0, asyncio.get_running_loop().time() - began - self._intervals.clocks))
            now_ahead, now_slept = self._wall() - self._boottime(), self._boottime() - self._monotonic()
            stepped, asleep = now_ahead - ahead, now_slept - slept
            silent = self.silence > 3 * self._intervals.heartbeat
            if max(abs(stepped), abs(asleep)) > _STEP or silent:
                log.warning("clock stepped", seconds=round(stepped, 1), slept=round(asleep, 1), silent=silent)
                self._scheduler.modify_job("heartbeat", next_run_time=datetime.fromtimestamp(self._wall(), UTC))
                self.wake()
            if max(abs(stepped), abs(asleep)) > _STEP:
                self._stepped()
            ahead, slept = now_ahead, now_slept


async def _trigger(runner: Runner) -> None:
    runner.trigger()


def _report(event: Any) -> None:
    log.warning(
        "scheduler", job=getattr(event, "job_id", ""), code=event.code, error=str(getattr(event, "exception", ""))
    )
