"""Genesys Cloud on loopback, and worlds that work with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.genesys import client
from tests.genesys.simulator import SimulatedGenesys
from tests.genesys.world import GenesysWorld


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real seconds are for real platforms."""
    monkeypatch.setattr(client, "TIMEOUT", 0.5)
    monkeypatch.setattr(client, "_PAUSE", 0.01)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[GenesysWorld]:
    async with GenesysWorld(tmp_path) as made:
        yield made
        assert made.genesys.violations == []


@pytest.fixture
def genesys(world: GenesysWorld) -> SimulatedGenesys:
    return world.genesys
