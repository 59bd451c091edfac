"""Towns for every test, and worlds in the language that is to be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.told import Said, speak
from tests.faults.town import Town
from tests.scenarios.world import World


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with Town(tmp_path) as made:
        yield made


@pytest.fixture
def said() -> Said:
    """Given by :func:`tests.faults.told.told`."""
    return Said("en", "")


@pytest.fixture
async def world(tmp_path: Path, said: Said) -> AsyncIterator[World]:
    async with World(tmp_path, SLACK_TIMEOUT="0.4", EMAILDOMAIN_LANGUAGE=said.language) as made:
        speak(made, said.language)
        yield made
