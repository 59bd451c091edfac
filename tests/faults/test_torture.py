"""Hundreds of kills at random moments, many domains, a bad network; and bots that are wrong, which must be caught.

``make torture``; the record of a run is in docs/durability.md. More kills are more seeds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.mutants import MUTANTS
from tests.faults.storm import Storm

pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

KILLS = 150


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path, seed: int) -> None:
    async with Storm(tmp_path, seed) as storm:
        tally = await storm.blow(KILLS)
    print(f"\nseed {seed}: {tally.kills} kills, {tally.lives} whole lives, {tally.messages} messages")  # noqa: T201
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.lives > 0


@pytest.mark.parametrize("mutant", [name for name in MUTANTS if name])
async def test_a_wrong_bot_is_caught(tmp_path: Path, mutant: str) -> None:
    """Without this, a quiet harness would prove nothing."""
    for seed in range(11, 15):
        path = tmp_path / str(seed)
        path.mkdir()
        async with Storm(path, seed, mutant=mutant, worse=2) as storm:
            tally = await storm.blow(20)
        if any(word in wrong for wrong in tally.wrong for word in ("times:", "lost:")):
            print(f"\n{mutant}: {tally.kills} kills, {tally.messages} messages, {len(tally.wrong)} wrong")  # noqa: T201
            return
    raise AssertionError(f"not caught: {mutant}")
