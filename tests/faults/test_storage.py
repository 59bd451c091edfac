"""The database is locked, the disk is full, the file is somebody else's: a clear word, and nothing half done."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from tests.faults.ledger import Ledger
from tests.faults.town import PATIENCE, Town
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, TEAM, World

pytestmark = pytest.mark.timeout(200)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


async def test_a_locked_database_takes_no_wish_and_says_so(tmp_path: Path) -> None:
    """Within Slack's three seconds; and what was not accepted is not carried out later either."""
    async with World(tmp_path) as world:
        with locked(tmp_path / "emaildomain.db"):
            delivery = await world.slack.command(ALEX, CHANNEL, f"add {NAME}")
        assert delivery.problem is None
        assert delivery.seconds < 3
        assert "not accepted" in str(delivery.body).lower() or "was not" in str(delivery.body).lower(), delivery.body
        await world.restart()
        await world.forward(seconds=10)
        assert await world.bot.store.domain(TEAM, NAME) is None
        assert Ledger(tmp_path / "emaildomain.db").one("SELECT count(*) FROM inbox") == 0
        await world.command(ALEX, f"add {NAME}")
        await world.forward(seconds=5)
        assert world.kinds() == ["records"], "the next try works"


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


async def test_a_full_disk_takes_no_wish_and_loses_none(tmp_path: Path) -> None:
    """The file may not grow: wishes are refused with a word; with room again, everything goes on where it was."""
    async with Town(tmp_path) as town:
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.quiet()
        _room(town, small=True)
        town.publish()
        for word in ("one", "two"):
            delivery = await town.slack.command(ALEX, CHANNEL, f"add {word}.{NAME}")
            assert delivery.problem is None
            assert "not" in str(delivery.body), "told that it was not accepted"
        assert not town.messages("ready"), "what cannot be written down does not happen"
        _room(town, small=False)
        await town.said("ready")
        await town.command(ALEX, f"activate {NAME}")
        await town.click(SAM, await town.said("approval"), "approve")
        await town.said("sending_allowed")
        await town.quiet()
        town.judge()
        assert town.ledger.state(f"one.{NAME}") is None


def _room(town: Town, *, small: bool) -> None:
    """A limit on the size of files, set from outside on the running process."""
    assert town.process is not None
    now = resource.prlimit(town.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(town.process.pid, resource.RLIMIT_FSIZE, (1 if small else now[1], now[1]))


async def test_a_second_bot_on_the_same_file_is_refused(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        await town.start()
        status, said = await _run(town)
        assert status == 2
        assert "another" in said.lower()
        assert "Traceback" not in said
        await town.kill()
        await town.start()  # the lock of a dead process is no lock


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        await town.start()
        await town.terminate()
        with closing(sqlite3.connect(town.database)) as db:
            db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
                       ("emaildomain", "m999_from_the_future", "2030-01-01"))  # fmt: skip
            db.commit()
        status, said = await _run(town)
        assert status == 2
        assert "newer" in said
        assert "Traceback" not in said


async def _run(town: Town) -> tuple[int, str]:
    """A bot that is expected to refuse: its exit status and what it said."""
    process = await town.spawn()
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        said = (await process.stderr.read()).decode()
        return await process.wait(), said


async def test_nobody_else_can_read_the_database(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        modes = {f.name: oct(f.stat().st_mode & 0o777) for f in tmp_path.glob("emaildomain.db*")}  # noqa: ASYNC240
        assert {"emaildomain.db", "emaildomain.db-wal", "emaildomain.db-shm"} <= set(modes)
        assert set(modes.values()) == {"0o600"}


async def test_sigterm_finishes_what_was_acknowledged(tmp_path: Path) -> None:
    """Slack is slow to say who somebody is, so the wish is still under way when the signal comes."""
    async with Town(tmp_path, SLACK_TIMEOUT="5") as town:
        await town.start()
        town.slack.faults.add("users.info", "slow", seconds=0.5)
        await town.command(ALEX, f"add {NAME}")
        assert town.ledger.state(NAME) is None
        assert await town.terminate() == 0
        assert town.ledger.state(NAME) is not None
        assert town.ledger.one("SELECT count(*) FROM inbox WHERE answered_at IS NULL") == 0
        assert len(town.slack.private(ALEX)) == 1
        await town.start()
        await town.said("records")
        assert town.ledger.state(NAME) == State.AWAITING_DNS
        await town.quiet()
        town.judge()
