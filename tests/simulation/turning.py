"""What lives that turn on one step have in common: their moments, the lies that hurt then, and what people do fast."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.planner import HOUR, Planner

#: When, after somebody wants a new name, it is decided, activated, and two hours old (s); after somebody wants one
#: removed, it is asked, agreed to, and gone from DNS for ten minutes.
ASKED, ACTIVATED, OPEN = 135.0, 330.0, 7600.0
AGREED, GONE = 110.0, 900.0

PLATFORM = (
    "404 for what is there",
    "another org's token",
    "a part of the API fails",
    "a call of the platform is lost",
    "the platform's Date is wrong",
    "deleted by somebody",
)
DNS = (
    "a server loses a record",
    "a server is silent",
    "a server lags",
    "an alias hides the CNAME",
    "two CNAMEs",
    "the zone moves",
    "the registry holds the domain",
)
VOTERS = (
    "an approver leaves",
    "the approvers are changed",
    "people race",
    "a stranger answers",
    "people press old buttons",
    "Slack knows nobody",
    "people change their minds",
    "the process dies at work",
)


def about(p: Planner, name: str, at: float, within: float, kinds: Sequence[str], most: int = 3) -> None:
    """One to ``most`` lies in the moments before and after ``at``."""
    for _ in range(p.dice.randint(1, most)):
        when = max(0.5, at + (p.dice.random() - 0.6) * within)
        p.lie(when, name, p.dice.choice(kinds), p.dice.choice((1.0, 120.0, 700.0, 900.0, HOUR, 4 * HOUR)))


def perhaps_hold(p: Planner, at: float, within: float, share: float = 0.4) -> None:
    if p.dice.random() < share:
        p.hold(max(1.0, at - 125 - p.dice.random() * within))


def added(p: Planner, name: str, at: float) -> float:
    """Somebody adds it, publishes, asks and votes as fast as can be."""
    p.wish(at, name, "keep")
    p.helps(at, 170.0, 215.0, 260.0, 310.0, 420.0)
    return at


def imported(p: Planner, name: str, at: float, state: str = "live") -> float:
    p.event(1.0, "owned", name, state)
    p.wish(at, name, "keep")
    p.helps(at, 170.0)
    return at


def removed(p: Planner, name: str, at: float) -> float:
    p.wish(at, name, "remove")
    p.helps(at, 180.0, 240.0, 400.0, 700.0, 950.0, 1200.0)
    return at
