"""Named work side by side: each name once at a time, none waiting for another, until there is no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any

Work = Callable[[], Coroutine[Any, Any, object]]

#: New work by name, none of it for a name that is busy.
More = Callable[[Collection[str]], Awaitable[Mapping[str, Work]]]


#: Seconds. Where much happens at once the bell rings all the time: looking so often is often enough.
_LULL = 0.02


class KeyedPool:
    """``notify`` says that there may be more to do. After a failure nothing new is begun."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.failed: BaseException | None = None

    def notify(self) -> None:
        self._rung.set()

    async def run(self, next_jobs: More, housekeeping: Mapping[str, Work]) -> None:
        """Until all is done; raises the first failure after everybody has ended.

        ``housekeeping`` is done at the beginning, and again after other work and when the bell rang.
        """
        self.failed = None
        busy: dict[str, asyncio.Task[object]] = {}
        wanted = set(housekeeping)
        try:
            while True:
                self._rung.clear()
                if self.failed is None:
                    begun = dict(await self._look(next_jobs, busy.keys() - housekeeping.keys()))
                    # In the order of the table: that of a set changes from one process to the next.
                    begun |= {n: work for n, work in housekeeping.items() if n in wanted and n not in busy}
                    wanted -= begun.keys()
                    busy |= {name: asyncio.create_task(work()) for name, work in begun.items()}
                if not busy:
                    break
                ended = await self._ended(busy)
                if not ended:
                    await asyncio.sleep(_LULL)
                if set(ended) - housekeeping.keys() or self._rung.is_set():
                    wanted = set(housekeeping)
        finally:
            for task in busy.values():
                task.cancel()
            await asyncio.gather(*busy.values(), return_exceptions=True)
        if self.failed is not None:
            raise self.failed

    async def _look(self, more: More, busy: Collection[str]) -> Mapping[str, Work]:
        try:
            return await more(busy)
        except Exception as error:  # noqa: BLE001 - raised in the end; those who are busy are not cut off
            self.failed = error
            return {}

    async def _ended(self, busy: dict[str, asyncio.Task[object]]) -> list[str]:
        """Wait until somebody has ended or the bell rings; who has ended."""
        bell = asyncio.create_task(self._rung.wait())
        try:
            await asyncio.wait({bell, *busy.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            bell.cancel()
        ended = [name for name, task in busy.items() if task.done()]
        for name in ended:
            failed = busy.pop(name).exception()
            self.failed = self.failed or failed
        return ended
