"""What every test shares: a log that shows no local variables, as the product's own."""

from __future__ import annotations

import pytest

from bot import logs


@pytest.fixture(autouse=True, scope="session")
def _quiet_log() -> None:
    logs.configure("json")
