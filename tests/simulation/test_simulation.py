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
from tests.simulation.mutants import CARELESS, MUTANTS, mutant
from tests.simulation.plan import NAMES, plan
from tests.simulation.rules import RULES, Breach
from tests.simulation.run import Outcome, simulate
from tests.simulation.shrink import shrink

NAME = NAMES[0]

#: Seeds that are lived through at each run.
SEEDS = (range(1, 9), range(9, 17))

#: A seed that catches it. What is marked as sent before it is takes long (`python -m tests.simulation.hunt`).
CAUGHT = {
    "no intention is stored": 4,
    "sent again without looking": 4,
    "looks before it has settled": 4,
    "slack_sdk sends again by itself": 4,
    "the machine's own clock is trusted": 4,
    "saved without comparing": 2,
    "activated before that is on disk": 1,
}

#: Of the bots that are careless about one need of one step: a seed of its own plans that catches each.
CARELESS_CAUGHT = {
    "deleted without delete_answered": 1,
    "deprovision without two_others": 1,
    "delete without two_polls": 1,
    "delete without all_answered": 1,
    "end without three_absences": 1,
    "wait without done": 1,
}

_HELP = [Happening(minutes * 60.0, "people help") for minutes in range(1, 200, 2)]
HONEST = [Happening(5.0, "wish", NAME, ("keep",)), *_HELP]


def digest(hashseed: str) -> str:
    code = "from tests.simulation.run import simulate; print(simulate(3).digest)"
    environment = {**environ(), "PYTHONHASHSEED": hashseed}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return run.stdout.strip()


@pytest.mark.parametrize("seeds", SEEDS)
def test_seeds_hold(seeds: range) -> None:
    for seed in seeds:
        outcome = simulate(seed)
        assert not outcome.breaches, str(outcome)


def test_a_seed_has_the_same_history_in_any_process() -> None:
    """Whatever order Python keeps its sets in there."""
    assert digest("1") == digest("77") == digest("0")


def test_an_honest_world_leads_to_sending_allowed() -> None:
    outcome = simulate(1, HONEST)
    kinds = [line.facts["kind"] for line in outcome.history if line.what == "post"]
    assert kinds == ["records", "ready", "approval", "decided", "activated", "sending_allowed"]
    assert not outcome.breaches


@pytest.mark.parametrize("name", CAUGHT)
def test_a_wrong_bot_is_caught(name: str) -> None:
    with mutant(name):
        assert simulate(CAUGHT[name]).breaches


@pytest.mark.parametrize("name", CARELESS_CAUGHT)
def test_a_careless_bot_is_caught(name: str) -> None:
    seed, (step, _) = CARELESS_CAUGHT[name], CARELESS[name]
    events = plan(seed, step)
    assert not simulate(seed, events).breaches
    with mutant(name):
        assert simulate(seed, events).breaches


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
