"""No test waits as long as for a real platform. Imported into a conftest, it holds for every test there."""

from __future__ import annotations

import pytest

from bot.platforms.genesys import client

__all__ = ["impatient"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real seconds are for real platforms."""
    monkeypatch.setattr(client, "TIMEOUT", 0.5)
    monkeypatch.setattr(client, "_PAUSE", 0.01)
