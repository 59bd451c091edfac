"""Thousands of kills at random moments of whole lives; and bots that are wrong on purpose, which must be caught.

``make torture KILLS=3000``; the record of a run is in docs/reliability.md. Any finding fails.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.mutants import MUTANTS
from tests.faults.storm import Storm, Tally

Record = Callable[[str, object], None]

#: Storms side by side: half of them with the embedded platform, half with the simulated Genesys Cloud.
STORMS = 8

#: Where a finding is sure to show: the platform sees only what Genesys Cloud's simulator writes down.
SEEDS = {"activated before that is on disk": 12}


async def blown(path: Path, seed: int, kills: int, mutant: str = "") -> Tally:
    async with Storm(path, seed, mutant=mutant, worse=2 if mutant else 1) as storm:
        return await storm.blow(kills)


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("storm", range(STORMS))
async def test_nothing_is_lost_and_nothing_comes_twice(
    tmp_path: Path, storm: int, pytestconfig: pytest.Config, record_property: Record
) -> None:
    kills, seed = pytestconfig.getoption("kills"), pytestconfig.getoption("seed")
    tally = await blown(tmp_path, seed + storm, -(-kills // STORMS))
    record_property("tally", str(tally))
    assert not tally.wrong, "\n".join([str(tally), *tally.wrong])
    assert tally.lives > 0


@pytest.mark.torture
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutant", [name for name in MUTANTS if name])
async def test_a_wrong_bot_is_caught(tmp_path: Path, mutant: str, record_property: Record) -> None:
    """Without this, a quiet harness would prove nothing."""
    await caught(tmp_path, mutant, record_property)


async def test_one_wrong_bot_is_caught(tmp_path: Path, record_property: Record) -> None:
    """Of the wrong bots above, the one that is caught soonest: with every change."""
    await caught(tmp_path, "sent again without looking", record_property)


async def caught(path: Path, mutant: str, record: Record) -> None:
    first = SEEDS.get(mutant, 11)
    for seed in range(first, first + 8, 2):
        (path / str(seed)).mkdir()
        tally = await blown(path / str(seed), seed, 20, mutant)
        found = [wrong for wrong in tally.wrong if not wrong.startswith("never over")]
        if found:
            record("tally", f"caught: {mutant}, by {found[0][:100]!r}; {tally}")
            return
    raise AssertionError(f"not caught: {mutant}")
