"""Time in the try-out: what the simulated Slack asks of a clock, and a clock that can run faster or be moved on."""

from __future__ import annotations

from bot.tryout.slack.clock import Clock


class MovableClock:
    """See :class:`bot.ports.Clock`: ``real`` time, ``pace`` times as fast, and moved on at will; never back.

    Only the dates move. ``monotonic`` stays real, because it measures what is real here as well: how long an answer
    over the network may take, how soon a form must be opened, how long DNS data are kept.
    """

    sure = True
    boot = ""  #: a bot that is started again begins with another clock

    def __init__(self, real: Clock, pace: float = 1.0) -> None:
        self._real = real
        self._at, self._since = real.now(), real.monotonic()
        self.pace = pace

    def now(self) -> int:
        return self._at + round((self._real.monotonic() - self._since) * 1000 * self.pace)

    def monotonic(self) -> float:
        return self._real.monotonic()

    def machine(self) -> int:
        return self.now()

    def boottime(self) -> int:
        return self.now()

    def delay_until(self, instant: int) -> float:
        """Real seconds until ``instant`` if the pace stays as it is; 0 where it is past."""
        return max(0.0, (instant - self.now()) / 1000 / self.pace)

    def run(self, pace: float) -> None:
        """From now on time passes ``pace`` times as fast."""
        self._at, self._since, self.pace = self.now(), self._real.monotonic(), pace

    def move_to(self, instant: int) -> None:
        """It is ``instant`` (UTC ms) now, unless it is later already."""
        self._at += max(0, instant - self.now())
