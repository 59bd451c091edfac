"""A clock that moves by hand."""

from __future__ import annotations

#: A Monday morning in Tokyo: Mon 2026-11-23 01:00 UTC is 10:00 JST.
START = 1_795_395_600_000


class HandClock:
    """See :class:`bot.ports.Clocks`. Nothing passes by itself, and nothing rings by itself.

    ``wrong`` is by how much the machine's own date is (ms); a machine that is started again has another ``boot``.
    """

    sure = True
    boot = "first boot"
    wrong = 0

    def __init__(self, start: int = START) -> None:
        self.instant = start
        self._start = start
        self.paused = 0  #: ms for which the machine stood still, its clocks with it

    def now(self) -> int:
        return self.instant

    def monotonic(self) -> float:
        return (self.instant - self._start) / 1000

    def machine(self) -> int:
        return self.instant + self.wrong - self.paused

    def boottime(self) -> int:
        return self.instant - self._start - self.paused

    def delay_until(self, instant: int) -> float:
        return 3600.0

    def pause(self, ms: int) -> None:
        """The machine is stopped for ``ms``, and knows nothing of it."""
        self.instant += ms
        self.paused += ms

    def forward(self, ms: int) -> None:
        self.instant += ms
