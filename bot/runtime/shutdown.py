"""Stopping what was started: every part, in the reverse order, whatever one of them raises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import structlog

log = structlog.get_logger(__name__)

#: How long a graceful stop waits for what was acknowledged (s); what is left is resumed at the next start.
SHUTDOWN_TIMEOUT = 8.0

#: How long one part may take to stop (s): the longest has the time-out above. What hangs is left where it is.
PART_TIMEOUT = SHUTDOWN_TIMEOUT + 4.0

Stop = Callable[[], Awaitable[object]]


class Shutdown:
    """``add`` each part as it is built, ``run`` once at the end; a second run finds nothing left to stop."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._failed: list[Exception] = []

    def add(self, part: str, stop: Stop) -> None:
        self._stack.push_async_callback(self._stop, part, stop)

    async def run(self) -> None:
        """Stops the part that was added last first. Raises the first error, once every part was stopped."""
        await self._stack.aclose()
        if self._failed:
            failed, self._failed = self._failed, []
            raise failed[0]

    async def _stop(self, part: str, stop: Stop) -> None:
        stopping = asyncio.ensure_future(stop())
        try:
            await asyncio.wait({stopping}, timeout=PART_TIMEOUT)
            if not stopping.done():
                stopping.cancel()  # it may not listen; nobody waits for it any more
                raise TimeoutError(f"{part} did not stop within {PART_TIMEOUT:g} s")
            await stopping
        except asyncio.CancelledError:
            stopping.cancel()
            raise
        except Exception as error:
            log.error("part not stopped", part=part, exc_info=error)
            self._failed.append(error)
