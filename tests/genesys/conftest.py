"""Genesys Cloud on loopback, and worlds that work with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.genesys.impatience import impatient
from tests.genesys.simulator import SimulatedGenesys
from tests.genesys.world import GenesysWorld

__all__ = ["impatient"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[GenesysWorld]:
    async with GenesysWorld(tmp_path) as made:
        yield made
        assert made.genesys.violations == []


@pytest.fixture
def genesys(world: GenesysWorld) -> SimulatedGenesys:
    return world.genesys
