"""The database is locked, the disk is full, the file is somebody else's: a clear word, and nothing half done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.faults.town import Town
from tests.scenarios.world import ALEX, CHANNEL, NAME, World

pytestmark = pytest.mark.timeout(200)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


async def test_what_was_accepted_is_carried_out_once_the_lock_is_gone(tmp_path: Path) -> None:
    """Locked between the acknowledgement and the first effect: it is kept, not answered with "try again"."""
    path = tmp_path / "emaildomain.db"
    async with World(tmp_path) as world:
        world.slack.faults.add("users.info", "slow", seconds=0.3)
        delivery = await world.slack.command(ALEX, CHANNEL, f"add {NAME}")
        assert delivery.problem is None
        assert Ledger(path).one("SELECT count(*) FROM inbox") == 1
        with locked(path):
            await asyncio.sleep(2.5)
        async with asyncio.timeout(30):
            while Ledger(path).state(NAME) is None:  # noqa: ASYNC110 - tried again by itself
                await asyncio.sleep(0.05)
        await world.forward(seconds=10)
        assert world.kinds() == ["records"]
        assert Ledger(path).faults(world.said()) == []


async def test_a_message_whose_success_could_not_be_written_down_is_not_sent_again(tmp_path: Path) -> None:
    """Slack has it, the database was locked at that moment: it is found there once it has settled."""
    path = tmp_path / "emaildomain.db"
    async with World(tmp_path) as world:
        await world.added()
        await world.publish()
        world.slack.faults.add("chat.postMessage", "slow", seconds=0.3)
        lock = asyncio.create_task(_lock_when_posting(world, path))
        await world.forward(seconds=40)
        await lock
        for _ in range(4):
            await world.forward(seconds=5)
        assert world.kinds() == ["records", "ready"]
        assert Ledger(path).faults(world.said()) == []


async def _lock_when_posting(world: World, path: Path) -> None:
    """From the moment a post is under way, for longer than the bot waits for the lock."""
    while not Ledger(path).one("SELECT count(*) FROM notices WHERE state = 'sending'"):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    with locked(path):
        await asyncio.sleep(1.8)


async def test_nobody_else_can_read_the_database(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        modes = {f.name: oct(f.stat().st_mode & 0o777) for f in tmp_path.glob("emaildomain.db*")}  # noqa: ASYNC240
        assert {"emaildomain.db", "emaildomain.db-wal", "emaildomain.db-shm"} <= set(modes)
        assert set(modes.values()) == {"0o600"}
