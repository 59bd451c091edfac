"""What every test shares: a log without local variables, as the product's own; files of earlier versions; how much to
torture, and its record."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.runtime import logs
from tests.storage.written import Kind, WrittenBefore, restored


@pytest.fixture(autouse=True, scope="session")
def _quiet_log() -> None:
    logs.configure("json")


@pytest.fixture
def written_before(tmp_path: Path) -> WrittenBefore:
    """``written_before("embedded")``: a database as version 0.1 left it, with domains in every state."""

    def restore(kind: Kind) -> Path:
        return restored(kind, tmp_path)

    return restore


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=400, help="how often `make torture` kills the bot")
    parser.addoption("--looks", type=int, default=10_000, help="how many spoilt looks at DNS `make torture` takes")
    parser.addoption("--seed", type=int, default=1, help="the first seed of `make torture`")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What storms have shown, also where tests ran in several processes."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    told = [str(text) for r in reports if r.when == "call" for name, text in r.user_properties if name == "tally"]
    for line in sorted(told):
        terminalreporter.write_line(line)
