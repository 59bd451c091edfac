"""What failed rests and is tried again, ever more rarely, so that nothing else waits for it. Held in memory only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

#: Seconds: the first rest, doubled with each further failure, and the longest one.
FIRST, LONGEST = 30.0, 1800.0


class Rest(NamedTuple):
    until: float  #: monotonic seconds
    failures: int


class Resting:
    """Entries that failed, by whose they are; ``monotonic`` in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._rests: dict[Hashable, dict[Hashable, Rest]] = {}

    def __len__(self) -> int:
        """Of how many something rests now."""
        now = self._monotonic()
        return sum(any(rest.until > now for rest in kept.values()) for kept in self._rests.values())

    def failed(self, whose: Hashable, entry: Hashable, *, patient: bool = False) -> None:
        """It rests. ``patient``: what is in its way is known and passes, so it is never left for long."""
        self._tidy()
        kept = self._rests.setdefault(whose, {})
        failures = kept[entry].failures if entry in kept else 0
        seconds = FIRST if patient else min(LONGEST, FIRST * 2.0 ** min(failures, 10))
        kept[entry] = Rest(self._monotonic() + seconds, failures + 1)

    def succeeded(self, whose: Hashable, entry: Hashable) -> None:
        kept = self._rests.get(whose)
        if kept is not None and kept.pop(entry, None) is not None and not kept:
            del self._rests[whose]

    def of(self, whose: Hashable) -> Mapping[Hashable, float]:
        """What rests now, and for how many seconds more."""
        kept = self._rests.get(whose)
        if kept is None:
            return {}
        now = self._monotonic()
        return {entry: rest.until - now for entry, rest in kept.items() if rest.until > now}

    def _tidy(self) -> None:
        """What failed once and was not tried again for long is not there any more."""
        past = self._monotonic() - LONGEST
        for whose, kept in tuple(self._rests.items()):
            for entry in [entry for entry, rest in kept.items() if rest.until < past]:
                del kept[entry]
            if not kept:
                del self._rests[whose]
