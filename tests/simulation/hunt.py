"""Each mutant is lived with until it is caught: after how many lives, by which seed and rule.

``python -m tests.simulation.hunt [--only WORDS] [--lives 200]``
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import NamedTuple

from tests.simulation.hashing import fix
from tests.simulation.mutants import MUTANTS, mutant
from tests.simulation.run import simulate

LIVES = 200


class Catch(NamedTuple):
    """``seed`` is None where nobody noticed anything within so many lives."""

    name: str
    lives: int
    seed: int | None
    rule: str

    def __str__(self) -> str:
        how = f"seed {self.seed}, after {self.lives} lives: {self.rule}" if self.seed else f"NOT within {self.lives}"
        return f"{self.name}: {how}"


def hunt(name: str, lives: int = LIVES, seeds: Sequence[int] = range(1, 2000)) -> Catch:
    lived = 0
    with mutant(name):
        for seed in seeds:
            outcome = simulate(seed)
            lived += max(1, outcome.lives)
            if outcome.breaches:
                return Catch(name, lived, seed, outcome.breaches[0].rule)
            if lived >= lives:
                break
    return Catch(name, lived, None, "")


def main() -> int:
    parser = argparse.ArgumentParser(description="Catch every bot that is wrong on purpose.")
    parser.add_argument("--only", default="")
    parser.add_argument("--lives", type=int, default=LIVES)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    names = [name for name in MUTANTS if given.only in name]
    caught = []
    with ProcessPoolExecutor(given.workers) as pool:
        for future in as_completed([pool.submit(hunt, name, given.lives) for name in names]):
            catch = future.result()
            sys.stdout.write(f"{catch}\n")
            sys.stdout.flush()
            caught.append(catch)
    found = [catch.lives for catch in caught if catch.seed is not None]
    if found:
        sys.stdout.write(f"{len(found)} of {len(caught)} caught; median after {statistics.median(found):.0f} lives\n")
    return len(found) < len(caught)


if __name__ == "__main__":
    fix()
    sys.exit(main())
