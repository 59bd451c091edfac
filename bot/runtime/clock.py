"""The one place that reads this machine's clocks: Slack's time, carried on the clock that never steps."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Slack's Date header counts whole seconds; only a larger difference (ms) moves our clock.
_TOLERANCE = 2_000

#: The machine's own date, in seconds since 1970; it may be wrong, and it may jump.
wall_clock = time.time


class SystemClock:
    """Slack's clock carried on the monotonic one; the local clock (``wall``, in s) until Slack first answered."""

    def __init__(self, wall: Callable[[], float] = wall_clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._base = round(wall() * 1000) - round(monotonic() * 1000)

    def now(self) -> int:
        return self._base + round(self._monotonic() * 1000)

    def monotonic(self) -> float:
        return self._monotonic()

    def delay_until(self, instant: int) -> float:
        return max(0.0, (instant - self.now()) / 1000)

    def heard(self, instant: int) -> None:
        """Slack said what time it is (UTC ms, cut to the second)."""
        difference = instant + 500 - self.now()
        if abs(difference) > _TOLERANCE:
            import structlog  # a look from a terminal hears nothing, and need not wait for it

            structlog.get_logger(__name__).warning("clock differs from Slack's", seconds=round(difference / 1000, 1))
            self._base += difference
