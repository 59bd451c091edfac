"""The scheduler's double in virtual time: as APScheduler it goes by the machine's clock, which may be wrong or step."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_DAY = 86_400.0


@dataclass
class _Job:
    func: Callable[..., Any]
    args: list[Any]
    at: float  #: by the machine's clock (s)
    every: float | None


class VirtualScheduler:
    """See :class:`bot.runtime.scheduler.Scheduler`. ``wall``: the machine's clock (s)."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._jobs: dict[str, _Job] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Future[Any]] = set()
        self.running = False

    def add_job(self, func: Callable[..., Any], trigger: str, **options: Any) -> None:
        now = self._wall()
        if trigger == "interval":
            job = _Job(func, [], now + options["seconds"], options["seconds"])
        elif trigger == "cron":
            at = now - now % _DAY + options["hour"] * 3600
            job = _Job(func, [], at if at > now else at + _DAY, _DAY)
        else:
            job = _Job(func, options.get("args", []), options["run_date"].timestamp(), None)
        self._jobs[options["id"]] = job
        self._wake()

    def modify_job(self, job_id: str, **changes: Any) -> None:
        at: datetime = changes["next_run_time"]
        self._jobs[job_id].at = at.timestamp()
        self._wake()

    def add_listener(self, callback: Callable[[Any], None], mask: int) -> None:
        """Nothing here is ever missed or late."""

    def start(self) -> None:
        self.running = True
        self._wake()

    def shutdown(self, wait: bool = True) -> None:
        self.running = False
        if self._timer is not None:
            self._timer.cancel()

    def _wake(self) -> None:
        if not self.running:
            return
        if self._timer is not None:
            self._timer.cancel()
        if self._jobs:
            wait = max(0.0, min(job.at for job in self._jobs.values()) - self._wall())
            self._timer = asyncio.get_running_loop().call_later(wait, self._run)

    def _run(self) -> None:
        now = self._wall()
        for name, job in list(self._jobs.items()):
            if job.at > now + 1e-6:
                continue
            if job.every is None:
                del self._jobs[name]
            else:  # what was missed meanwhile is one run
                job.at += job.every * (1 + max(0, int((now - job.at) / job.every)))
            result = job.func(*job.args)
            if inspect.isawaitable(result):
                task = asyncio.ensure_future(result)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._wake()
