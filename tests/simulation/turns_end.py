"""Lives that turn on a step by which something ends."""

from __future__ import annotations

from tests.simulation.planner import DAY, HOUR, MINUTE, Planner
from tests.simulation.turning import (
    AGREED,
    DNS,
    GONE,
    PLATFORM,
    VOTERS,
    about,
    imported,
    perhaps_hold,
    removed,
)
from tests.simulation.world import ALEX, SAM


def delete(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    imported(p, name, at)
    wish = removed(p, name, at + 400 + dice.random() * 200)
    if dice.random() < 0.08:
        p.lie(wish + 100, name, "a server is silent", 1.2 * DAY)
    about(
        p,
        name,
        wish + dice.choice((AGREED, GONE)),
        dice.choice((120.0, 900.0)),
        (*PLATFORM, *DNS, *DNS, "a campaign is on", "a campaign is on", "people press old buttons"),
        4,
    )
    perhaps_hold(p, wish + GONE, 500)
    return wish + 2 * HOUR


def mistyped(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    p.event(at, "say", name, ALEX, "add")
    if dice.random() < 0.5:
        p.lie(at + dice.random() * 8, name, "the records are published at once", 1.0)
    wish = at + dice.choice((6.0, 12.0, 30.0))
    p.wish(wish, name, "remove")
    p.helps(wish, 3.0, 60.0, 100.0, 200.0)
    about(
        p,
        name,
        wish + 40,
        90,
        (
            *PLATFORM,
            *DNS,
            "a campaign is on",
            "activated from outside",
            "the records are published at once",
            "made by somebody before",
            "the platform is slow",
        ),
        4,
    )
    perhaps_hold(p, wish + 80, 100)
    return wish + HOUR


def forced(p: Planner, name: str, at: float) -> float:
    imported(p, name, at)
    p.wish(at + 600, name, "left")
    p.helps(at + 600, 150.0)
    week = at + 600 + 7 * DAY
    p.every(12 * HOUR, at + HOUR, week)
    p.helps(week, 600.0, 900.0, 1500.0, 2400.0, 3600.0, 7200.0)
    about(p, name, week + 900, 1800, ("a campaign is on", *PLATFORM, *VOTERS, "people press old buttons"), 4)
    perhaps_hold(p, week + 900, 1200, 0.3)
    return week + 3 * HOUR


def gone(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    imported(p, name, at)
    begins = at + 300
    p.lie(
        begins + dice.random() * 600,
        name,
        dice.choice(("404 for what is there", "deleted by somebody")),
        dice.choice((900.0, 1.1 * HOUR, 2.5 * HOUR, 4 * HOUR, 5 * HOUR)),
    )
    about(
        p,
        name,
        begins + dice.choice((HOUR, 2 * HOUR, 3 * HOUR)),
        HOUR,
        (*PLATFORM, *PLATFORM, "activated from outside"),
    )
    for _ in range(2):
        perhaps_hold(p, begins + dice.random() * 5 * HOUR, HOUR, 0.35)
    p.every(20 * MINUTE, begins, begins + 6 * HOUR)
    return begins + 7 * HOUR


def stop(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    fresh = dice.random() < 0.5
    if fresh:
        p.event(at, "say", name, ALEX, "add")
        wish = at + dice.choice((5.0, 30.0))
        p.wish(wish, name, "remove")
    else:
        imported(p, name, at)
        wish = removed(p, name, at + 400)
    until = wish + dice.choice((75.0, 100.0, 200.0, GONE, 1100.0))
    for n in range(8):  # somebody has second thoughts, again and again
        p.event(until + n * dice.choice((4.0, 12.0, 60.0)), "press", name, dice.choice((ALEX, SAM)), "stop_removal")
    p.helps(until, 200.0, 400.0)
    about(p, name, until, 60, ("a call of the platform is lost", *PLATFORM, *DNS, "the platform is slow"), 4)
    perhaps_hold(p, until, 100, 0.2)
    return until + HOUR


def release(p: Planner, name: str, at: float) -> float:
    dice = p.dice
    imported(p, name, at)
    wish = removed(p, name, at + 400) if dice.random() < 0.5 else at + 400
    late = wish + dice.choice((60.0, 300.0, GONE, 1000.0))
    p.wish(late, name, "release")
    p.helps(late, 30.0, 90.0, 180.0)
    about(p, name, late + 60, 60, (*VOTERS, "a call of the platform is lost", "a call of Slack is lost"))
    return late + HOUR
