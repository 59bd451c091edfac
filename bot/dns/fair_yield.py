"""So that many looks at once do not hold the loop: those that have come equally far go on a few at a time."""

from __future__ import annotations

import asyncio
from collections import deque

#: How many go on in one turn of the loop; the dearest part of a look takes a third of a millisecond.
_FEW = 2


class FairYield:
    """Who comes first goes on first; who gives up holds up nobody."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Until it is the caller's turn; at once, in the loop's next turn, where nobody else waits."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._next, loop)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        for _ in range(min(_FEW, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            loop.call_soon(self._next, loop)
