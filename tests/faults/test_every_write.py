"""Dead at the n-th write of a life, before or after it is on disk: the life is finished, everything exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.ledger import Ledger, payload
from tests.faults.mortal import MortalWorld, Side
from tests.scenarios.world import NAME

#: Writes of a whole life from *add* to *removed*, a few more or less: some share a commit.
WRITES = 200

WHOLE = [
    "records", "ready", "approval", "decided", "activated", "sending_allowed", "degraded", "recovered",
    "approval", "decided", "removing", "removed",
]  # fmt: skip


async def survive(path: Path, n: int | None, side: Side) -> MortalWorld:
    async with MortalWorld(path, n, side) as world:
        await world.live()
        await world.restart()
        assert world.deaths == 1 or n is None or n > 0.75 * WRITES, "it did die"
        assert world.kinds() == WHOLE
        wrong = Ledger(path / "emaildomain.db").faults(world.said())
        assert not wrong, "\n".join(wrong)
        assert [payload(m)["key"] for m in world.said("decided")] == [f"T0XYZCORP/{NAME}#1/decided/{i}" for i in (1, 2)]
        assert world.ledger.passages(NAME) == 1
        return world


async def test_how_many_writes_a_life_has(tmp_path: Path) -> None:
    """The tests below cover it; where a life has become longer, they must, too."""
    world = await survive(tmp_path, None, "before")
    assert world.writer is not None
    assert world.deaths == 0
    assert 0.7 * WRITES < world.writer.commits <= WRITES


#: By default a spread, chosen so that over the two sides no two are the same; `make torture` takes every one.
@pytest.mark.parametrize("n", range(1, WRITES, 34))
async def test_dead_before_the_nth_write(tmp_path: Path, n: int) -> None:
    await survive(tmp_path, n, "before")


@pytest.mark.parametrize("n", range(18, WRITES, 34))
async def test_dead_after_the_nth_write(tmp_path: Path, n: int) -> None:
    await survive(tmp_path, n, "after")


@pytest.mark.torture
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("n", range(1, WRITES + 1))
async def test_dead_at_every_write(tmp_path: Path, n: int, side: Side) -> None:
    await survive(tmp_path, n, side)
