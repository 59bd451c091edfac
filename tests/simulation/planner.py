"""What plans are made with: wishes of people, lies, holds, and people who do the next thing."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.simulation.acts import Happening
from tests.simulation.world import ALEX

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

#: How long a lie lasts (s).
LASTS = (1.0, 120.0, 900.0, 3600.0, 4 * HOUR, 13 * HOUR, 26 * HOUR)

#: Whoever wants something does the first things for it at once (s).
_SOON = (30.0, 75.0, 130.0)


class Planner:
    """``dice`` is the seed's own. Everything is in seconds from the beginning."""

    def __init__(self, seed: int, what: str = "plan") -> None:
        self.dice = random.Random(f"{seed} {what}")
        self.found: list[Happening] = []
        self._lies = 0

    def event(self, at: float, what: str, name: str, *more: str) -> None:
        self.found.append(Happening(max(0.0, at), what, name, more))

    def helps(self, at: float, *after: float) -> None:
        self.found += (Happening(at + one, "people help") for one in after)

    def every(self, step: float, begins: float, ends: float) -> None:
        """People look again each ``step`` seconds, roughly."""
        for n in range(1, int((ends - begins) / step)):
            self.helps(begins, n * step + self.dice.random() * 30)

    def lie(self, at: float, name: str, kind: str, lasts: float | None = None) -> None:
        lasts = self.dice.choice(LASTS) if lasts is None else lasts
        self._lies += 1
        self.event(at, "lie", name, kind, str(lasts), f"lie {self._lies}")

    def some(self, at: float, name: str, kinds: Sequence[str], within: float, share: float) -> None:
        for _ in range(3):
            if self.dice.random() < share:
                self.lie(at + self.dice.random() * within, name, self.dice.choice(kinds))

    def hold(self, at: float) -> None:
        """Everything that cannot be taken back waits for some hours."""
        lasts = self.dice.choice((1200.0, 5000.0, 9000.0))
        self.event(at, "say", "", ALEX, "hold")
        self.event(at + lasts, "say", "", ALEX, "hold off")

    def wish(self, at: float, name: str, wish: str) -> float:
        self.event(at, "wish", name, wish)
        self.helps(at, *_SOON)
        return at
