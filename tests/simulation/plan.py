"""The plan of a seed: how people mean each name to go, and who lies to them and to the bot on the way."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.simulation.acts import Happening
from tests.simulation.liars import LIARS
from tests.simulation.world import ALEX

NAMES = ("sales.xyzcorp.com", "news.xyzcorp.com", "shop.xyzcorp.com")

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_LASTS = (1.0, 120.0, 900.0, 3600.0, 4 * _HOUR, 13 * _HOUR, 26 * _HOUR)

#: Lies that hurt most at a turn of a life.
_ADDING = (
    "made by somebody before",
    "404 for what is there",
    "a part of the API fails",
    "the process dies",
    "a call of the platform is lost",
    "the platform is slow",
    "another org's token",
    "another org has it",
)
_REMOVING = (
    "a server is silent",
    "a server loses a record",
    "the zone moves",
    "an alias hides the CNAME",
    "a server lags",
    "404 for what is there",
    "a campaign is on",
    "a second bot",
    "deleted by somebody",
    "the registry holds the domain",
    "fields are missing",
    "another org's token",
    "the process dies",
    "a part of the API fails",
    "people press old buttons",
    "two CNAMEs",
)
_WAITING = (
    "the machine's clock is wrong",
    "the process dies",
    "the process dies at work",
    "people race",
    "deprovisioned",
    "a server loses a record",
)
_OPEN = (
    "404 for what is there",
    "deleted by somebody",
    "deprovisioned",
    "a server loses a record",
    "another org's token",
    "a rotated key",
    "fields are missing",
    "an unknown word",
    "a record is mistyped",
)


class Planner:
    """``dice`` is the seed's own."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(f"{seed} plan")
        self.found: list[Happening] = []
        self._lies = 0

    def plan(self) -> list[Happening]:
        dice = self.dice
        hours = dice.choice((3, 4, 5, 5, 8, 12, 28))
        if dice.random() < 0.03:
            self._left(NAMES[0])
            hours = 24 * 8
        names = NAMES[: dice.choice((1, 2, 2, 3, 3))]
        for name in names[len(self.found) > 0 :]:
            self._story(name, hours * _HOUR)
        step = dice.choice((2.0, 5.0, 9.0)) * _MINUTE * (4 if hours > 100 else 1)
        for n in range(1, int(hours * _HOUR / step)):
            self.found.append(Happening(n * step + dice.random() * 30, "people help"))
        kinds = sorted(LIARS)
        favourite = dice.sample(kinds, 4)
        for _ in range(dice.choice((1, 2, 4, 7))):
            kind = dice.choice(favourite) if dice.random() < 0.5 else dice.choice(kinds)
            at = dice.random() * min(hours, 30) * _HOUR if dice.random() < 0.6 else dice.random() * 1200
            self._lie(at, dice.choice(names), kind)
        return sorted(self.found)

    def _lie(self, at: float, name: str, kind: str, lasts: float | None = None) -> None:
        lasts = self.dice.choice(_LASTS) if lasts is None else lasts
        self._lies += 1
        self.found.append(Happening(at, "lie", name, (kind, str(lasts), f"lie {self._lies}")))

    def _some(self, at: float, name: str, kinds: Sequence[str], within: float, share: float) -> None:
        for _ in range(3):
            if self.dice.random() < share:
                self._lie(at + self.dice.random() * within, name, self.dice.choice(kinds))

    def _hold(self, at: float) -> None:
        """Everything that cannot be taken back waits for some hours."""
        lasts = self.dice.choice((1200.0, 5000.0, 9000.0))
        self.found.append(Happening(at, "say", "", (ALEX, "hold")))
        self.found.append(Happening(at + lasts, "say", "", (ALEX, "hold off")))

    def _wish(self, at: float, name: str, wish: str) -> float:
        self.found.append(Happening(at, "wish", name, (wish,)))
        return at

    def _story(self, name: str, ends: float) -> None:
        """How people mean a name to go."""
        dice = self.dice
        begins = 5 + dice.random() * 300
        kind = dice.choice(("keep", "keep", "remove", "remove", "remove", "mistaken", "owned", "stranger", "release"))
        if dice.random() < 0.12:
            self._hold(begins + dice.choice((0.0, 5.0, 600.0, ends * dice.random())))
        match kind:
            case "owned" | "stranger":
                self._owned(name, begins, ends, stranger=kind == "stranger")
                return
            case "mistaken":
                self.found.append(Happening(begins, "say", name, (ALEX, "add")))
                self._wish(begins + dice.choice((1.0, 5.0, 40.0)), name, "remove")
                self._some(begins, name, (*_ADDING, *_REMOVING), 60, 0.3)
                return
        self._wish(begins, name, "keep")
        self._some(begins + dice.random() * step_of(dice), name, _ADDING, 400, 0.15)
        self._some(begins + 900, name, _WAITING, 1.8 * _HOUR, 0.2)
        self._some(begins + 2.5 * _HOUR, name, _OPEN, ends, 0.3)
        for _ in range(3):
            if dice.random() < 0.5:
                self._lie(begins + dice.random() * 3 * _HOUR, name, "a call of Slack is lost", 5 * _HOUR)
        if kind == "release":
            self._wish(begins + dice.random() * ends * 0.8, name, "release")
        if kind == "remove":
            self._removal(name, begins + dice.random() * ends * 0.8)

    def _owned(self, name: str, begins: float, ends: float, *, stranger: bool) -> None:
        """The org has had it for long."""
        dice = self.dice
        self.found.append(Happening(1.0, "owned", name, (dice.choice(("live", "live", "made")),)))
        if stranger:
            verb = dice.choice(("ask_import", "remove_anyway"))
            self.found.append(Happening(begins, "say", name, (ALEX, "add")))
            self.found.append(Happening(begins + 20, "press", name, (ALEX, verb)))
            self._some(begins - 2, name, _ADDING, 10, 0.3)
        self._wish(begins + 60, name, "keep")
        self._some(begins + 1200, name, _OPEN, ends, 0.3)
        if dice.random() < 0.5:
            self._removal(name, begins + 1800 + dice.random() * ends * 0.6)

    def _removal(self, name: str, at: float) -> None:
        dice = self.dice
        self._wish(at, name, "remove")
        self._some(at, name, _REMOVING, dice.choice((300.0, 2000.0)), 0.4)
        if dice.random() < 0.2:
            self._hold(at + dice.random() * 1500)
        if dice.random() < 0.15:  # and wanted again
            self._wish(at + dice.random() * 3 * _HOUR, name, "keep")

    def _left(self, name: str) -> None:
        """Nobody takes the records out, and after a week somebody wants to be rid of it anyway."""
        self._wish(10.0, name, "keep")
        self._wish(2 * _HOUR, name, "left")


def step_of(dice: random.Random) -> float:
    """Shortly after the beginning, or at it."""
    return dice.choice((0.0, 5.0, 300.0))


def plan(seed: int) -> list[Happening]:
    """Everything that happens before the world is made honest."""
    return Planner(seed).plan()
