"""``make simulate SEEDS=1-1000``, or ``SEED=17`` for one, told in full: ``python -m tests.simulation 1-1000``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.simulation.hashing import fix
from tests.simulation.liars import LIARS
from tests.simulation.plan import plan
from tests.simulation.rules import RULES
from tests.simulation.run import Outcome, simulate
from tests.simulation.shrink import shrink, story
from tests.simulation.sometimes import SOMETIMES, never

_MANY = 200  #: from so many seeds on everything that should happen sometimes has to


def lean(seed: int, liar: str = "") -> Outcome:
    """Without the history, which is long."""
    return dataclasses.replace(simulate(seed, plan(seed, liar=liar)), history=())


def outcomes(seeds: range, workers: int, liar: str) -> Iterator[Outcome]:
    live = partial(lean, liar=liar)
    if workers < 2 or len(seeds) < 4:
        yield from map(live, seeds)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(live, seeds, chunksize=4)


def report(failed: Outcome, liar: str) -> None:
    """How it failed, as short as it can be told, and how to see it again."""
    rule, events = failed.breaches[0].rule, plan(failed.seed, liar=liar)
    small = shrink(events, (rule, failed.breaches[0].name), lambda events: simulate(failed.seed, events))
    say(f"\nseed {failed.seed} breaks '{rule}': {RULES[rule].says}")
    for breach in failed.breaches[:5]:
        say(f"  after {(breach.at - failed.began) / 60_000:.1f} min: {breach}")
    say(f"of {len(events)} events these are enough:\n{story(small)}")
    again = f' LIAR="{liar}"' if liar else ""
    say(f"again: make simulate SEED={failed.seed}{again}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(seed: int, liar: str) -> int:
    """One seed, every line of its history."""
    events = plan(seed, liar=liar)
    outcome = simulate(seed, events)
    say("the plan:\n" + story(events) + "\nwhat happened:")
    for line in outcome.history:
        said = str(line).partition(" ")[2]
        say(f"{(line.at - outcome.began) / 60_000:9.2f} min  {said}")
    say(str(outcome))
    if outcome.breaches:
        report(outcome, liar)
    return bool(outcome.breaches)


def main() -> int:
    parser = argparse.ArgumentParser(description="Live many lives in a world that lies.")
    parser.add_argument("seeds", help="17, or 1-1000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--liar", default="", choices=["", *LIARS], metavar="NAME", help="who lies in every one of them"
    )
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    if not last:
        return tell(int(first), given.liar)
    seeds = range(int(first), int(last) + 1)
    began, failures = time.monotonic(), []
    lives = checks = 0
    seconds = 0.0
    met: Counter[str] = Counter()
    gaps: Counter[str] = Counter()
    for outcome in outcomes(seeds, given.workers, given.liar):
        say(str(outcome))
        lives, checks, seconds = lives + outcome.lives, checks + outcome.checks, seconds + outcome.seconds
        met.update(outcome.met)
        gaps.update(outcome.gaps)
        if outcome.breaches:
            failures.append(outcome)
    say(
        f"\n{len(seeds)} seeds, {lives} lives, {checks} checks,"
        f" {seconds:.0f} s of CPU in {time.monotonic() - began:.0f} s"
    )
    say("\nsometimes:")
    for name, count in SOMETIMES.items():
        say(f"  {count(met):7}  {name}")
    for name, rule in RULES.items():
        if rule.not_yet:
            say(f"not kept yet, and therefore only counted: {gaps[name]:7}  {rule.says} (needs: {rule.not_yet})")
    for failed in failures[:3]:
        report(failed, given.liar)
    lacking = never(met) if len(seeds) >= _MANY else []
    for name in lacking:
        say(f"never happened: {name}")
    say(f"\n{len(failures)} of {len(seeds)} seeds failed")
    return bool(failures or lacking)


if __name__ == "__main__":
    fix()
    sys.exit(main())
