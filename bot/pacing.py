"""Slack's rate limits kept before Slack has to ask: a bucket for each method and each channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """``burst`` calls at once, then ``rate`` a second. ``monotonic`` is in seconds."""

    rate: float
    burst: float
    monotonic: Callable[[], float]
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = self.burst, self.monotonic()

    def _refill(self) -> None:
        now = self.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now

    async def take(self) -> None:
        """Wait for a turn; turns are given in the order they were asked for."""
        self._refill()
        self._left -= 1
        if self._left < 0:
            try:
                await asyncio.sleep(-self._left / self.rate)
            except asyncio.CancelledError:
                self._left += 1  # whoever gives up before the turn has not taken it
                raise
