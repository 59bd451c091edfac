"""A minute of the simulation: fixed seeds, the same history twice, and wrong bots that are caught."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.simulation.acts import Happening
from tests.simulation.hashing import environ
from tests.simulation.liars import LIARS
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import NAMES, plan
from tests.simulation.rules import RULES, Breach
from tests.simulation.run import Outcome, simulate
from tests.simulation.shrink import shrink

NAME = NAMES[0]

#: Seeds that are lived through at each run.
SEEDS = ("1-5", "6-10", "11-15", "16-20")

#: A seed that catches it, for each of the wrong bots of before but one: what is marked as sent before it is spins for
#: a minute before it is given up (`python -m tests.simulation.hunt --only marked`).
CAUGHT = {
    "no intention is stored": 1,
    "sent again without looking": 1,
    "looks before it has settled": 1,
    "slack_sdk sends again by itself": 3,
    "the machine's own clock is trusted": 8,
    "saved without comparing": 2,
    "activated before that is on disk": 1,
}

_HELP = [Happening(minutes * 60.0, "people help") for minutes in range(1, 200, 2)]
HONEST = [Happening(5.0, "wish", NAME, ("keep",)), *_HELP]


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """With the order of sets fixed, so that a seed is a seed."""
    folder = Path(__file__).parents[2]
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environ(), cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("seeds", SEEDS)
def test_seeds_hold(seeds: str) -> None:
    run = in_a_process("-m", "tests.simulation", seeds, "--workers", "1")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_seed_has_the_same_history_twice() -> None:
    code = "from tests.simulation.run import simulate; print(simulate(3).digest)"
    told = [in_a_process("-c", code).stdout.strip() for _ in range(2)]
    assert told[0] and told[0] == told[1]


def test_an_honest_world_leads_to_sending_allowed() -> None:
    outcome = simulate(1, HONEST)
    kinds = [line.facts["kind"] for line in outcome.history if line.what == "post"]
    assert kinds == ["records", "ready", "approval", "decided", "activated", "sending_allowed"]
    assert not outcome.breaches


@pytest.mark.parametrize("name", CAUGHT)
def test_a_wrong_bot_is_caught(name: str) -> None:
    code = (
        "from tests.simulation.mutants import mutant; from tests.simulation.run import simulate\n"
        f"with mutant({name!r}): print([b.rule for b in simulate({CAUGHT[name]}).breaches])"
    )
    run = in_a_process("-c", code)
    assert run.stdout.strip() not in ("", "[]"), run.stderr


def test_a_failure_is_made_small() -> None:
    """Of many events those are left without which nothing is wrong."""
    events = plan(1)
    guilty = {events[7], events[len(events) // 2]}

    def attempt(some: Sequence[Happening]) -> Outcome:
        found = (Breach("once", 0, NAME, ""),) if guilty <= set(some) else ()
        return Outcome(1, 0, 1, "", found, {}, {}, 0.0, 0.0, ())

    assert set(shrink(events, ("once", NAME), attempt)) == guilty


def test_plans_name_what_there_is() -> None:
    for seed in range(200):
        for event in plan(seed):
            assert event.what != "lie" or event.more[0] in LIARS
    assert all(rule.says for rule in RULES.values())
    assert len(MUTANTS) > 50
