"""Rate limits: Slack's, kept before Slack has to ask, and ours, for people who click faster than people do."""

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

    def try_take(self) -> float:
        """Take a turn at once: 0; where there is none, the seconds until there is, and nothing is taken."""
        self._refill()
        if self._left < 1:
            return (1 - self._left) / self.rate
        self._left -= 1
        return 0.0

    @property
    def full(self) -> bool:
        """Whether it is as if it had never been used."""
        self._refill()
        return self._left >= self.burst

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


class PerUserLimiter:
    """A bucket for each of many: whoever comes too often is told how long to wait. Nobody else notices.

    Buckets that are full again are forgotten when there are many, so that strangers fill no memory.
    """

    def __init__(self, rate: float, burst: float, monotonic: Callable[[], float], many: int = 10_000) -> None:
        self._rate, self._burst, self._monotonic, self._many = rate, burst, monotonic, many
        self._buckets: dict[str, Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def try_acquire(self, who: str) -> float:
        """0 where ``who`` may pass, else the seconds until they may."""
        bucket = self._buckets.get(who)
        if bucket is None:
            if len(self._buckets) >= self._many:
                self._buckets = {name: one for name, one in self._buckets.items() if not one.full}
            bucket = self._buckets[who] = Bucket(self._rate, self._burst, self._monotonic)
        return bucket.try_take()
