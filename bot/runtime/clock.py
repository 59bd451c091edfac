"""The one place that reads this machine's clocks: Slack's time, carried on the clock that goes on while it sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

#: Slack's Date header counts whole seconds; only a larger difference (ms) moves our clock, and two answers that differ
#: by less agree.
_TOLERANCE = 2_000

#: So far (ms) a single answer of Slack's may move our clock from where two answers last agreed, and so far apart on
#: BOOTTIME those two have to be. A minute of the world: never divided by the pace.
STEP = 60_000

#: Where Linux keeps a name for each boot.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

#: The machine's own date, in seconds since 1970; it may be wrong, and it may jump.
wall_clock = time.time


def boottime() -> float:
    """Seconds that never step and go on while the machine sleeps (BOOTTIME); where there is none, MONOTONIC."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def boot_id() -> str:
    """Names this boot of the machine; empty where it has no name, and BOOTTIME cannot be compared with another's."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:  # not Linux
        return ""


class Anchor(NamedTuple):
    """What two witnesses agreed on: Slack's time less BOOTTIME (``base``, ms) in the boot of this name."""

    boot: str
    base: int


class SystemClock:
    """Slack's clock carried on BOOTTIME; the machine's date (``wall``, in s) until Slack first answered.

    One answer moves it by at most :data:`STEP` from its anchor: where two answers, a minute apart, last agreed. What is
    further off is not believed until a second answer agrees with it, a minute later.

    ``sure`` is False after a start until a second witness agrees with an answer: the anchor that an earlier process of
    this boot left, else the machine's date, else another answer a minute later. It stays True from then on. Where
    ``nothing_waits`` for time to pass, a first answer has nothing to be wrong about, and is enough.
    """

    def __init__(
        self, wall: Callable[[], float] = wall_clock, boottime: Callable[[], float] = boottime, boot: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._wall, self._boottime, self._monotonic = wall, boottime, monotonic
        self.boot = boot_id() if boot is None else boot
        self._base = self.machine() - self.boottime()  # Slack's time less BOOTTIME (ms), as is everything below
        self._anchor: int | None = None
        self._recalled = False  # an earlier process of this boot left the anchor
        self._put_back = False
        self.sure = self.nothing_waits = False
        self._row: tuple[int, int] | None = None  # the first of answers that agree, and when on BOOTTIME it came

    def now(self) -> int:
        return self._base + self.boottime()

    def monotonic(self) -> float:
        return self._monotonic()

    def machine(self) -> int:
        return round(self._wall() * 1000)

    def boottime(self) -> int:
        return round(self._boottime() * 1000)

    def delay_until(self, instant: int) -> float:
        return max(0.0, (instant - self.now()) / 1000)

    @property
    def doubtful(self) -> bool:
        """Slack's last answer was not believed: another one has to agree with it first."""
        return self._row is not None and abs(self._row[0] - self._base) > _TOLERANCE

    @property
    def anchor(self) -> Anchor | None:
        """What another process of this boot may begin with."""
        if not self.sure or self._anchor is None or not self.boot:
            return None
        return Anchor(self.boot, self._anchor)

    def recall(self, kept: Anchor) -> None:
        """What an earlier process agreed with Slack on, before this one hears anything. Of another boot: nothing."""
        if self.boot and kept.boot == self.boot and self._row is None:
            self._base = self._anchor = kept.base
            self._recalled = True

    def was_put_back(self) -> bool:
        """Whether it was put back by more than :data:`STEP` since this was last asked: instants may lie ahead."""
        was, self._put_back = self._put_back, False
        return was

    def heard(self, instant: int) -> None:
        """Slack said what time it is (UTC ms, cut to the second)."""
        at = self.boottime()
        said = instant + 500 - at
        first, self._row = self._row, self._row if self._agrees(said) else (said, at)
        if first is not None and self._row is first and at - first[1] >= STEP:
            self._agree(said)
            self._row = said, at
        elif self._anchor is not None and abs(said - self._anchor) <= STEP:
            self._move(said)
            self.sure = True
        elif not self.sure and not self._recalled and abs(said - (self.machine() - at)) <= STEP:
            self._agree(said)
        elif first is None and self._anchor is None:  # it is nearer than the machine's own date
            self._agree(said) if self.nothing_waits else self._move(said)
        elif abs(said - self._base) > _TOLERANCE:
            _log().warning("Slack's time not believed yet", seconds=round((said - self._base) / 1000, 1))

    def _agree(self, said: int) -> None:
        self._move(said)
        self._anchor, self.sure = said, True

    def _agrees(self, said: int) -> bool:
        return self._row is not None and abs(said - self._row[0]) <= _TOLERANCE

    def _move(self, said: int) -> None:
        difference = said - self._base
        if abs(difference) > _TOLERANCE:
            _log().warning("clock differs from Slack's", seconds=round(difference / 1000, 1))
            self._base = said
            self._put_back = self._put_back or difference < -STEP


def _log() -> Any:
    import structlog  # a look from a terminal hears nothing, and need not wait for it

    return structlog.get_logger(__name__)
