"""The plan of a seed: how people mean each name to go, and who lies to them and to the bot on the way."""

from __future__ import annotations

from bot.model.permits import Step
from tests.simulation.acts import Happening
from tests.simulation.liars import LIARS
from tests.simulation.planner import HOUR, MINUTE, Planner
from tests.simulation.turns import TURNS
from tests.simulation.world import ALEX

NAMES = ("sales.xyzcorp.com", "news.xyzcorp.com", "shop.xyzcorp.com")

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
    "activated from outside",
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


#: What people may mean a name to become.
_STORIES = ("keep", "keep", "remove", "remove", "remove", "mistaken", "owned", "stranger", "release")

#: Of so many plans one is of long stories with lies at any time; the others turn on one step each.
_LONG = 3

#: Steps whose lives take days: seldom, in plans that could turn on any.
_SLOW = (Step.DELETE_FORCED,)


def plan(seed: int, step: Step | None = None, liar: str = "") -> list[Happening]:
    """Everything that happens before the world is made honest.

    ``step``: what all lives of it turn on; ``liar``: who lies in it some times, whoever else does.
    """
    planner = Planner(seed, "plan" if step is None else f"plan {step.value}")
    dice = planner.dice
    if step is None and dice.randrange(_LONG) == 0:
        _long(planner)
    else:
        _turning(planner, step)
    for _ in range(3 if liar else 0):
        when = max(one.at for one in planner.found) * dice.random() ** 2
        planner.lie(when, dice.choice(NAMES[:2]), liar)
    return sorted(planner.found)


def _turning(p: Planner, step: Step | None) -> None:
    """Up to three names one after another or beside each other, and perhaps a second life of the first."""
    steps = [one for one in TURNS if one not in _SLOW or p.dice.random() < 0.2]
    ends = 0.0
    for n, name in enumerate(NAMES[: p.dice.choice((2, 3, 3))]):
        turn = p.dice.choice(TURNS[step or p.dice.choice(steps)])
        ends = max(ends, turn(p, name, 10 + n * 400 + p.dice.random() * 200))
    if p.dice.random() < 0.06:
        p.lie(p.dice.random() * min(ends, 4000.0), p.dice.choice(NAMES[:2]), "a second bot")
    for _ in range(p.dice.choice((0, 0, 1, 2))):
        p.lie(p.dice.random() * min(ends, 8 * HOUR), p.dice.choice(NAMES[:2]), p.dice.choice(sorted(LIARS)))
    p.every(p.dice.choice((9.0, 20.0)) * MINUTE if ends < 20 * HOUR else 6 * HOUR, 600.0, ends)


def _long(p: Planner) -> None:
    dice = p.dice
    hours = dice.choice((3, 4, 5, 5, 8, 12, 28))
    names = NAMES[: dice.choice((1, 2, 2, 3, 3))]
    for name in names:
        _story(p, name, hours * HOUR)
    p.every(dice.choice((2.0, 5.0, 9.0)) * MINUTE, 0.0, hours * HOUR)
    kinds = sorted(LIARS)
    favourite = dice.sample(kinds, 4)
    for _ in range(dice.choice((1, 2, 4, 7))):
        kind = dice.choice(favourite) if dice.random() < 0.5 else dice.choice(kinds)
        at = dice.random() * hours * HOUR if dice.random() < 0.6 else dice.random() * 1200
        p.lie(at, dice.choice(names), kind)


def _story(p: Planner, name: str, ends: float) -> None:
    """How people mean a name to go."""
    dice = p.dice
    begins = 5 + dice.random() * 300
    kind = dice.choice(_STORIES)
    if dice.random() < 0.12:
        p.hold(begins + dice.choice((0.0, 5.0, 600.0, ends * dice.random())))
    match kind:
        case "owned" | "stranger":
            _owned(p, name, begins, ends, stranger=kind == "stranger")
            return
        case "mistaken":
            p.event(begins, "say", name, ALEX, "add")
            p.wish(begins + dice.choice((1.0, 5.0, 40.0)), name, "remove")
            p.some(begins, name, (*_ADDING, *_REMOVING), 60, 0.3)
            return
    p.wish(begins, name, "keep")
    p.some(begins + dice.random() * dice.choice((0.0, 5.0, 300.0)), name, _ADDING, 400, 0.15)
    p.some(begins + 900, name, _WAITING, 1.8 * HOUR, 0.2)
    p.some(begins + 2.5 * HOUR, name, _OPEN, ends, 0.3)
    for _ in range(3):
        if dice.random() < 0.5:
            p.lie(begins + dice.random() * 3 * HOUR, name, "a call of Slack is lost", 5 * HOUR)
    if kind == "release":
        p.wish(begins + dice.random() * ends * 0.8, name, "release")
    if kind == "remove":
        _removal(p, name, begins + dice.random() * ends * 0.8)


def _owned(p: Planner, name: str, begins: float, ends: float, *, stranger: bool) -> None:
    """The org has had it for long."""
    dice = p.dice
    p.event(1.0, "owned", name, dice.choice(("live", "live", "made")))
    if stranger:
        p.event(begins, "say", name, ALEX, "add")
        p.event(begins + 20, "press", name, ALEX, dice.choice(("ask_import", "remove_anyway")))
        p.some(begins - 2, name, _ADDING, 10, 0.3)
    p.wish(begins + 60, name, "keep")
    p.some(begins + 1200, name, _OPEN, ends, 0.3)
    if dice.random() < 0.5:
        _removal(p, name, begins + 1800 + dice.random() * ends * 0.6)


def _removal(p: Planner, name: str, at: float) -> None:
    dice = p.dice
    p.wish(at, name, "remove")
    p.some(at, name, _REMOVING, dice.choice((300.0, 2000.0)), 0.4)
    if dice.random() < 0.2:
        p.hold(at + dice.random() * 1500)
    if dice.random() < 0.3:  # and wanted again, in another life perhaps
        p.wish(at + dice.random() * 3 * HOUR, name, "keep")
