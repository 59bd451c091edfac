"""A copy taken while the bot is busy is whole, and what the manual says about going back to it works."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from tests.faults.town import Town
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI
from tests.test_docs import read
from tests.test_main import _environ

pytestmark = pytest.mark.timeout(200)


async def test_backup_under_load_and_restore_as_documented(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        typing = asyncio.create_task(_type(town))
        copies = [tmp_path / f"copy{n}.db" for n in range(3)]
        for copy in copies:
            await asyncio.to_thread(_backup, town, copy)
        await typing
        for copy in copies:
            with closing(sqlite3.connect(copy)) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
                count = db.execute("SELECT count(*) FROM domains").fetchone()[0]
                notices = db.execute(
                    "SELECT count(*) FROM notices WHERE (team, name) NOT IN (SELECT team, name FROM domains)"
                )
                assert notices.fetchone() == (0,), "no message without its domain"
                assert count >= 1
        await town.quiet()
        copy = tmp_path / "emaildomain-2026-11-24.db"
        await asyncio.to_thread(_backup, town, copy)
        town.publish()
        await town.said("ready")
        await town.kill()
        _restore(town)
        assert town.ledger.state(NAME) == State.AWAITING_DNS, "as it was when the copy was taken"
        await town.start()
        await town.state_is(State.READY)
        await town.quiet()
        assert town.ledger.one("PRAGMA integrity_check") == "ok"
        assert (tmp_path / "emaildomain.db").stat().st_mode & 0o777 == 0o600


async def _type(town: Town) -> None:
    for n in range(12):
        await town.slack.command((ALEX, SAM, SUZUKI)[n % 3], CHANNEL, f"add n{n}.sales.xyzcorp.com")


def _backup(town: Town, copy: Path) -> None:
    command = [sys.executable, "-m", "bot", "backup", str(copy)]
    done = subprocess.run(command, env=_environ(town.environ), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _restore(town: Town) -> None:
    """The commands of the manual, but for those that stop and start the service."""
    (block,) = re.findall(r"To restore:\n\n```\n(.*?)```", read("docs/operations.md"), re.DOTALL)
    commands = [line for line in block.splitlines() if not line.startswith("systemctl")]
    assert len(commands) == 3
    for command in commands:
        subprocess.run(command.split(), cwd=town.path, check=True)
