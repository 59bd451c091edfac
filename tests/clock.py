"""A clock that moves by hand."""

from __future__ import annotations

#: A Monday morning in Tokyo: Mon 2026-11-23 01:00 UTC is 10:00 JST.
START = 1_795_395_600_000


class HandClock:
    """See :class:`bot.ports.Clock`. Nothing passes by itself, and nothing rings by itself."""

    def __init__(self, start: int = START) -> None:
        self.instant = start
        self._start = start

    def now(self) -> int:
        return self.instant

    def monotonic(self) -> float:
        return (self.instant - self._start) / 1000

    def delay_until(self, instant: int) -> float:
        return 3600.0

    def forward(self, ms: int) -> None:
        self.instant += ms
