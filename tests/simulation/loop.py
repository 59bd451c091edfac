"""An event loop in virtual time: it jumps to the next timer when nothing is ready, and shuffles what is ready.

A process is a context variable: whatever a task or callback begins belongs to the process it runs in. One that was
killed never runs another line, and cleans nothing up.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import random
import selectors
from collections.abc import Callable, Mapping
from typing import Any

#: Which process a callback belongs to; 0 is the world outside, which nobody kills.
PROCESS: contextvars.ContextVar[int] = contextvars.ContextVar("process", default=0)

#: Processes of another bot are numbered from here on: no fuse of the first one burns by what they do.
ELSEWHERE = 1000

#: Rounds of the loop in which no time passes, and callbacks in all, after which something spins.
_SPIN, _BUSY = 50_000, 2_000_000


class Stuck(Exception):
    """Nothing is ready, and nothing ever will be."""


class _Selector(selectors.BaseSelector):
    """No sockets: the loop's own wake-up pipe is registered and never looked at."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        raise KeyError(fileobj)


class VirtualLoop(asyncio.SelectorEventLoop):
    """``loop.time()`` is seconds of virtual time. ``chance`` decides what comes first of what is ready."""

    def __init__(self, chance: random.Random) -> None:
        self._virtual = 1000.0
        self._chance = chance
        self.dead: set[int] = set()
        self.fuse: int | None = None  #: so many callbacks of a process are left before ``burnt`` is called
        self.burnt: Callable[[], None] = lambda: None
        self.steps = self.ran = 0
        super().__init__(_Selector())
        self.slow_callback_duration = 1e9

    def time(self) -> float:
        return self._virtual

    def run_in_executor(  # type: ignore[override]  # inline, whatever the executor
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits
            self.call_soon(_fail, future, error)
        else:
            self.call_soon(_finish, future, result)
        return future

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)  # there are no threads

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        timers: list[Any] = self._scheduled  # type: ignore[attr-defined]
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if not ready:
            if not timers:
                if self._stopping:  # type: ignore[attr-defined]
                    return
                raise Stuck("nothing will ever happen again")
            if timers[0]._when > self._virtual:
                self._virtual = timers[0]._when
                self.steps = 0
        while timers and timers[0]._when <= self._virtual:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            ready.append(timer)
        batch = list(ready)
        ready.clear()
        if len(batch) > 1:
            self._chance.shuffle(batch)
        self.steps += 1
        self.ran += len(batch)
        if self.steps > _SPIN or self.ran > _BUSY:
            raise Stuck("the bot spins")
        for handle in batch:
            if not handle._cancelled:
                self._run(handle)

    def _run(self, handle: Any) -> None:
        process: int = handle._context.get(PROCESS, 0)
        if process:
            if process in self.dead:
                return
            if self.fuse is not None and process < ELSEWHERE:
                self.fuse -= 1
                if self.fuse < 0:
                    self.fuse = None
                    self.burnt()
                    return
        handle._run()


def _finish(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def context_of(process: int) -> contextvars.Context:
    """A context in which everything belongs to ``process``."""
    context = contextvars.copy_context()
    context.run(PROCESS.set, process)
    return context
