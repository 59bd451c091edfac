"""Each bot that is wrong on purpose is lived with until it is caught: after how many lives, by which seed and rule.

``python -m tests.simulation.hunt [--only WORDS] [--lives 200]``
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import NamedTuple

from bot.model.needs import Need
from bot.model.permits import NEEDS, Step
from tests.simulation.hashing import fix
from tests.simulation.mutants import BOTS, mutant, watched
from tests.simulation.plan import plan
from tests.simulation.run import simulate

LIVES = 200
_SEEDS = range(1, 2000)
_TRIES, _MORE = 12, 6  #: seeds in which a careless bot may go unnoticed; and where more was missing than its need


class Catch(NamedTuple):
    """``seed`` is None where nobody noticed anything within so many lives.

    ``chances``: seeds in which its need alone was in the way; ``missed``: in which it was missing at all. Where that is
    none the bot does what the right one does.
    """

    name: str
    lives: int
    seed: int | None = None
    rule: str = ""
    chances: int | None = None
    missed: int | None = None

    def __str__(self) -> str:
        if self.seed is not None:
            return f"{self.name}: seed {self.seed}, after {self.lives} lives: {self.rule}"
        if self.missed == 0:
            return f"{self.name}: never missing within {self.lives} lives"
        if self.chances == 0:
            return (
                f"{self.name}: never the only thing missing within {self.lives} lives, in {self.missed} seeds missing"
            )
        return f"{self.name}: NOT within {self.lives} lives, {self.chances or 'any number of'} chances"


class Lived(NamedTuple):
    """One seed with the right bot: lives up to its end, and what alone stood in the way of a step."""

    seed: int
    lives: int
    alone: frozenset[tuple[Step, Need]]
    missed: frozenset[tuple[Step, Need]]
    right: bool


def bot(name: str, lives: int = LIVES, seeds: Sequence[int] = _SEEDS) -> list[Catch]:
    """One of the wrong bots of before."""
    lived = 0
    for seed in seeds:
        with mutant(name):
            outcome = simulate(seed)
        lived += outcome.lives
        if outcome.breaches and not simulate(seed).breaches:
            return [Catch(name, lived, seed, outcome.breaches[0].rule)]
        if lived >= lives:
            break
    return [Catch(name, lived)]


def careless(step: Step, lives: int = LIVES, seeds: Sequence[int] = _SEEDS) -> list[Catch]:
    """Every bot that is careless about one need of ``step``, in lives that turn on it.

    Such a bot differs from the right one only where this need was missing, so it is met there.
    """
    world = list(_lived(step, lives, seeds))
    return [_careless(step, need, world) for need in NEEDS[step]]


def _lived(step: Step, lives: int, seeds: Sequence[int]) -> Iterable[Lived]:
    lived = 0
    for n, seed in enumerate(seeds):
        with watched() as (alone, missed):
            outcome = simulate(seed, plan(seed, step))
        lived += outcome.lives
        yield Lived(seed, lived, frozenset(alone), frozenset(missed), not outcome.breaches)
        if lived >= lives or n >= lives:
            return


def _careless(step: Step, need: Need, world: Sequence[Lived]) -> Catch:
    name = f"{step.value} without {need.value}"
    chances = [one for one in world if (step, need) in one.alone and one.right]
    missed = [one for one in world if (step, need) in one.missed and one.right and one not in chances]
    for one in (*chances[:_TRIES], *missed[:_MORE]):
        with mutant(name):
            outcome = simulate(one.seed, plan(one.seed, step))
        if outcome.breaches:
            return Catch(name, one.lives, one.seed, outcome.breaches[0].rule, len(chances), len(missed))
    return Catch(name, world[-1].lives, chances=len(chances), missed=len(chances) + len(missed))


def main() -> int:
    parser = argparse.ArgumentParser(description="Catch every bot that is wrong on purpose.")
    parser.add_argument("--only", default="", help="bots or steps of which the name contains this")
    parser.add_argument("--lives", type=int, default=LIVES)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    caught: list[Catch] = []
    with ProcessPoolExecutor(given.workers) as pool:
        bots = [pool.submit(bot, name, given.lives) for name in BOTS if given.only in name]
        steps = [pool.submit(careless, step, given.lives) for step in Step if given.only in step.value]
        for future in as_completed([*bots, *steps]):
            for catch in future.result():
                sys.stdout.write(f"{catch}\n")
                sys.stdout.flush()
                caught.append(catch)
    found_after = [catch.lives for catch in caught if catch.seed is not None]
    free = [catch for catch in caught if catch.seed is None and catch.chances != 0]
    if found_after:
        median = statistics.median(found_after)
        sys.stdout.write(f"{len(found_after)} of {len(caught)} caught, median after {median:.0f} lives;")
        sys.stdout.write(f" {len(caught) - len(found_after) - len(free)} never differ from the right bot\n")
    return bool(free)


if __name__ == "__main__":
    fix()
    sys.exit(main())
