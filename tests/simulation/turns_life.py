"""Lives that turn on a step on the way to *sending allowed*, or on one that takes it back."""

from __future__ import annotations

from tests.simulation.planner import DAY, HOUR, MINUTE, Planner
from tests.simulation.turning import (
    ACTIVATED,
    AGREED,
    ASKED,
    OPEN,
    PLATFORM,
    VOTERS,
    about,
    added,
    imported,
    perhaps_hold,
    removed,
)
from tests.simulation.world import ALEX, GUEST, SAM, SUZUKI


def take(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    added(p, name, at)
    about(p, name, at + 30, 40, ("made by somebody before", "another org has it", *PLATFORM))
    if dice.random() < 0.5:  # what is made shows late, and meanwhile somebody says stop
        p.lie(max(0.5, at - 5), name, "the platform is slow", HOUR)
        p.hold(at + 60 + dice.random() * 300)
    return at + 2 * HOUR


def import_(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    p.event(1.0, "owned", name, dice.choice(("live", "made")))
    if dice.random() < 0.7:  # by a vote
        person = dice.choice((ALEX, SUZUKI))
        p.event(at, "say", name, person, "add")
        p.event(at + 20, "press", name, person, dice.choice(("ask_import", "ask_import", "remove_anyway")))
    p.wish(at + 40, name, "keep")
    p.helps(at, 90.0, 130.0, 200.0, 300.0)
    about(p, name, at + 60, 60, (*PLATFORM, *VOTERS, "the process dies"))
    perhaps_hold(p, at + 60, 60)
    return at + HOUR


def refuse(p: Planner, name: str, at: float) -> float:
    added(p, name, at)
    p.lie(max(0.5, at - 10 + p.dice.random() * 60), name, "another org has it", p.dice.choice((60.0, 900.0, 2 * HOUR)))
    p.lie(max(0.5, at - 5), name, "a call of the platform is lost", 300.0)
    about(p, name, at + 40, 60, ("the process dies", *PLATFORM))
    perhaps_hold(p, at + 60, 120, 0.6)
    return at + HOUR


def vote(p: Planner, name: str, at: float) -> float:
    """Requests of every kind; whoever may not answer does, and lists and people change meanwhile."""
    dice = p.dice
    if dice.random() < 0.5:
        asked = added(p, name, at) + ASKED
    else:
        imported(p, name, at)
        asked = removed(p, name, at + 300) + AGREED - 30
    for _ in range(dice.randint(1, 3)):
        kind = dice.choice(VOTERS)
        p.lie(asked + (dice.random() - 0.4) * 90, name, kind, dice.choice((60.0, 240.0, 900.0, HOUR)))
    for _ in range(3):
        person, verb = dice.choice((GUEST, GUEST, ALEX, SUZUKI, SAM)), dice.choice(("approve", "reject"))
        p.event(asked + dice.random() * 80, "press", name, person, verb)
    if dice.random() < 0.4:  # and asked anew, with the buttons of before on the screen
        p.event(asked + 60, "press", name, ALEX, "withdraw")
        p.helps(asked + 60, 5.0, 20.0, 60.0)
        p.lie(asked + 85, name, "people press old buttons", 1.0)
        p.lie(asked + 95, name, "a record is mistyped", 600.0)
    perhaps_hold(p, asked, 30, 0.25)
    p.helps(asked, 300.0, 700.0, 1300.0)
    return asked + HOUR


def late_vote(p: Planner, name: str, at: float) -> float:
    """Nobody answers for days; somebody does in the second in which it is too late."""
    asked = _added_silently(p, name, at)
    for n in range(24):
        p.event(asked + 3 * DAY + n * 0.5 - 4, "press", name, SAM, "approve")
    p.helps(asked + 3 * DAY, HOUR, 1.1 * HOUR, 1.2 * HOUR, 1.3 * HOUR)
    return asked + 3 * DAY + 2 * HOUR


def _added_silently(p: Planner, name: str, at: float) -> float:
    p.wish(at, name, "ask only")
    p.helps(at, 170.0, 215.0, 260.0)
    return at + ASKED


def activate(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    added(p, name, at)
    when = at + dice.choice((ASKED, 180.0, 225.0, ACTIVATED))
    about(
        p,
        name,
        when,
        90,
        (
            *PLATFORM,
            "a server loses a record",
            "a record is mistyped",
            "a rotated key",
            "activated from outside",
            "the process dies",
            "the process dies at work",
            "deprovisioned",
            "the platform is slow",
            *VOTERS[:5],
        ),
        4,
    )
    perhaps_hold(p, when, 30, 0.35)
    return at + 1.5 * HOUR


def send(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    added(p, name, at)
    p.every(30 * MINUTE, at + 900, at + 3 * HOUR)
    about(
        p,
        name,
        at + OPEN,
        dice.choice((120.0, 1500.0)),
        (
            "a server loses a record",
            "deprovisioned",
            "the machine's clock is wrong",
            "Slack's Date is wrong",
            "a rotated key",
            "the machine sleeps",
            "the process dies",
            "a record is mistyped",
            *PLATFORM,
        ),
        4,
    )
    if dice.random() < 0.3:
        p.lie(
            at + dice.choice((600.0, 2000.0, 6000.0)),
            name,
            dice.choice(("Slack's Date is wrong", "deprovisioned")),
            900.0,
        )
    perhaps_hold(p, at + OPEN, 1000, 0.35)
    return at + 3.5 * HOUR


def deprovision(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    imported(p, name, at)
    for _ in range(3):  # seen once, or again and again
        p.lie(at + 300 + dice.random() * 3 * HOUR, name, "deprovisioned", dice.choice((60.0, 500.0, 900.0, HOUR)))
    p.every(15 * MINUTE, at + 300, at + 4 * HOUR)
    for n in range(6):
        p.event(at + 500 + n * 1700 + dice.random() * 900, "say", name, ALEX, dice.choice(("check", "activate")))
    return at + 5 * HOUR


def recover(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    imported(p, name, at)
    broke = at + 400
    for _ in range(2):
        p.lie(
            broke + dice.random() * 600,
            name,
            dice.choice(("a server loses a record", "a record is mistyped", "a rotated key", "deprovisioned")),
            dice.choice((1300.0, HOUR, 2.2 * HOUR)),
        )
    about(
        p, name, broke + 2 * HOUR, 2 * HOUR, (*PLATFORM, "deprovisioned", "an unknown word", "a server loses a record")
    )
    perhaps_hold(p, broke + dice.choice((0.6, 1.1, 2.3)) * HOUR, HOUR, 0.5)
    p.every(15 * MINUTE, broke, broke + 4 * HOUR)
    return broke + 5 * HOUR
