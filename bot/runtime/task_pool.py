"""Work that goes on after an acknowledgement: bounded, tracked, and waited for when the bot stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine, Iterator
from typing import Any

from bot.runtime.tasks import report

#: At once, and waiting beyond that; more is refused with a word.
AT_ONCE, WAITING = 64, 1000

#: And so many words to those who were refused: what answers a flood must not become one.
WORDS = 64

#: Acknowledgements go first: work begins when nothing new has come in for so long, or at the latest after so long (s).
QUIET_PERIOD, MAX_DELAY = 0.003, 0.25

Work = Coroutine[Any, Any, None]


class TaskPool:
    """asyncio keeps only weak references to tasks, so they are kept here until they end."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._at_once, self._limit = at_once, at_once + waiting
        self._waiting: deque[Work] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._look_again: asyncio.TimerHandle | None = None
        self._newest = self._latest = 0.0  #: when something last came in; when what waits begins whatever comes in
        self._arriving = 0

    @property
    def full(self) -> bool:
        return len(self) >= self._limit

    @property
    def takes_words(self) -> bool:
        """Whether somebody can still be told that it is full; beyond that they are not."""
        return len(self) < self._limit + WORDS

    def __len__(self) -> int:
        return len(self._tasks) + len(self._waiting)

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """Something is on its way to being acknowledged: what waits goes on waiting."""
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1
            self._newest = asyncio.get_running_loop().time()

    def start(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        self._waiting.append(work)
        self._newest = loop.time()
        if self._look_again is None:
            self._latest = self._newest + MAX_DELAY
            self._look_again = loop.call_later(QUIET_PERIOD, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        newest = loop.time() if self._arriving else self._newest
        rest = min(newest + QUIET_PERIOD, self._latest) - loop.time()
        self._look_again = loop.call_later(rest, self._look) if rest > 0 else None
        self._begin()

    def _begin(self) -> None:
        """What waits, as far as there is room, unless acknowledgements go first."""
        while self._look_again is None and self._waiting and len(self._tasks) < self._at_once:
            task = asyncio.create_task(self._waiting.popleft())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            report("background work", error)
        self._begin()

    async def idle(self) -> None:
        while len(self):
            await asyncio.wait(self._tasks) if self._tasks else await asyncio.sleep(QUIET_PERIOD)

    async def drain(self, seconds: float) -> int:
        """Wait for what was begun, at most ``seconds``; what is left is cancelled, and resumed at the next start."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.idle()
        left = len(self)
        while self._waiting:
            self._waiting.popleft().close()
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return left
