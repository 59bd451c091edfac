"""Time in the simulation: what it truly is, and what the machine, Slack and the platform say it is."""

from __future__ import annotations

import asyncio
import email.utils

from tests.clock import START


class Clocks:
    """``error`` is what each says beyond the truth (s); ``slept`` how long the machine stood still."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: int = START) -> None:
        self._loop, self._start = loop, start
        self._zero = loop.time()
        self.slept = 0.0
        self.error = {"machine": 0.0, "slack": 0.0, "platform": 0.0}
        self.ever_wrong = False  #: what is said of instants is not to be relied on

    def now(self) -> int:
        """The truth, in UTC ms; what Slack's own people and servers go by."""
        return self._start + round((self._loop.time() - self._zero + self.slept) * 1000)

    def monotonic(self) -> float:
        """True seconds that have passed."""
        return self._loop.time() + self.slept

    def delay_until(self, instant: int) -> float:
        return max(0.0, (instant - self.now()) / 1000)

    def wall(self) -> float:
        """The machine's clock, in s."""
        return self.now() / 1000 + self.error["machine"]

    def date(self, whose: str) -> str:
        """A Date header."""
        return email.utils.formatdate(self.now() // 1000 + self.error[whose], usegmt=True)

    @property
    def honest(self) -> bool:
        return not any(self.error.values())
