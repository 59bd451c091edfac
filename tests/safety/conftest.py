"""Worlds for stories about what cannot be taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot import rebinding
from bot.runtime import logs
from tests.genesys.impatience import impatient
from tests.safety.world import Orgs, OrgWorld
from tests.scenarios.world import SUZUKI, World

__all__ = ["impatient"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as made:
        yield made


@pytest.fixture
async def genesys_world(tmp_path: Path) -> AsyncIterator[OrgWorld]:
    made = OrgWorld(tmp_path)
    async with made:
        yield made
        assert made.genesys.violations == []


@pytest.fixture
async def suzuki_runs_it(tmp_path: Path) -> AsyncIterator[OrgWorld]:
    """The bot has an operator."""
    made = OrgWorld(tmp_path, EMAILDOMAIN_OPERATORS=SUZUKI)
    async with made:
        yield made
        assert made.genesys.violations == []


@pytest.fixture
def org(genesys_world: OrgWorld) -> Orgs:
    return genesys_world.genesys


@pytest.fixture
def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody is there who can be asked; what the command did to the log is undone."""
    monkeypatch.setattr(rebinding, "at_a_terminal", lambda: True)
    yield
    logs.configure("json")
