"""Worlds for stories, over HTTP and over Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path) as made:
        yield made


@pytest.fixture(params=["http", "socket"])
async def either(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The same story through signed HTTP and through Socket Mode."""
    async with World(tmp_path, socket=request.param == "socket") as made:
        yield made
