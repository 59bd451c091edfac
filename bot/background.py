"""Work that goes on after an acknowledgement: bounded, tracked, and waited for when the bot stops."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

#: At once, and waiting beyond that; more is refused with a word.
AT_ONCE, WAITING = 64, 1000


class Background:
    """asyncio keeps only weak references to tasks, so they are kept here until they end."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._limit = at_once + waiting
        self._slots = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        return len(self._tasks) >= self._limit

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        async with self._slots:
            await work

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
