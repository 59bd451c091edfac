"""Work that goes on after an acknowledgement: bounded, tracked, and waited for when the bot stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Any

#: At once, and waiting beyond that; more is refused with a word.
AT_ONCE, WAITING = 64, 1000

#: Acknowledgements go first: work begins when nothing new has come in for so long, or at the latest after so long (s).
LULL, AT_LATEST = 0.003, 0.25


class Background:
    """asyncio keeps only weak references to tasks, so they are kept here until they end."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._limit = at_once + waiting
        self._slots = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lull = asyncio.Event()
        self._lull.set()
        self._newest = self._latest = 0.0  #: when work last came in; when what waits begins whatever comes in
        self._arriving = 0

    @property
    def full(self) -> bool:
        return len(self._tasks) >= self._limit

    def __len__(self) -> int:
        return len(self._tasks)

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """Something is on its way to being acknowledged: what waits goes on waiting."""
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1
            self._newest = asyncio.get_running_loop().time()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        self._newest = loop.time()
        if self._lull.is_set():
            self._lull.clear()
            self._latest = self._newest + AT_LATEST
            loop.call_later(LULL, self._look)
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        newest = loop.time() if self._arriving else self._newest
        rest = min(newest + LULL, self._latest) - loop.time()
        if rest > 0:
            loop.call_later(rest, self._look)
        else:
            self._lull.set()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._slots:
                await self._lull.wait()
                await work
        finally:
            work.close()  # where it was cancelled before it began

    async def idle(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, seconds: float) -> int:
        """Wait for what was begun, at most ``seconds``; what is left is cancelled, and resumed at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        left = [task for task in self._tasks if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)
