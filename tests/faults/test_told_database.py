"""The disk and the database file, while the bot runs and at its start: what whoever asks or starts it reads."""

from __future__ import annotations

import asyncio
import ctypes
import resource
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.faults.forked import ForkedTown
from tests.faults.ledger import Ledger
from tests.faults.test_storage import locked
from tests.faults.told import Said, once, told
from tests.faults.town import PATIENCE, Town
from tests.scenarios.world import ALEX, CHANNEL, NAME, World

NOT_ACCEPTED = {
    "en": "Not accepted, and nothing was changed: my database cannot take it now. Try again in a minute",
    "ja": "受け付けできませんでした。データベースに保存できないため、変更は行っていません",
}


async def refused(world: World, said: Said) -> None:
    """A wish that is not on disk is not accepted, nor carried out later; it is said at once."""
    delivery = await world.slack.command(ALEX, CHANNEL, f"add {NAME}")
    assert delivery.problem is None
    assert delivery.seconds < 3
    once(world, said)


# ---- the database while the bot runs


@told("the disk is full", **NOT_ACCEPTED)
async def test_the_disk_is_full(tmp_path: Path, said: Said) -> None:
    async with ForkedTown(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:
        for person in town.slack.workspace.people.values():
            person.locale = said.language
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.quiet()
        town.limit(resource.RLIMIT_FSIZE, 1)
        town.publish()
        delivery = await town.slack.command(ALEX, CHANNEL, f"add one.{NAME}")
        assert delivery.problem is None
        assert said.among(town.slack.private(ALEX)) == 1
        assert not town.messages("ready"), "what cannot be written down does not happen"
        town.limit(resource.RLIMIT_FSIZE, None)
        await town.said("ready")
        await town.quiet()
        town.judge()
        assert town.ledger.state(f"one.{NAME}") is None


@told("another process holds the database's lock", **NOT_ACCEPTED)
async def test_the_database_is_locked(world: World, said: Said) -> None:
    with locked(world.path / "emaildomain.db"):
        await refused(world, said)
    await world.restart()
    assert Ledger(world.path / "emaildomain.db").one("SELECT count(*) FROM inbox") == 0
    await world.added()
    assert world.kinds() == ["records"]


@told("the file becomes read-only", **NOT_ACCEPTED)
async def test_the_file_becomes_read_only(world: World, said: Said) -> None:
    writer = world.bot.store._writer
    await writer.run(lambda db: db.execute("PRAGMA query_only = ON").close())
    await refused(world, said)
    writer._queue.put(None)
    await world.bot.stop()
    await world.start()
    await world.added()
    assert world.kinds() == ["records"]


@told("the file is replaced by another one", **NOT_ACCEPTED)
async def test_the_file_is_replaced(world: World, said: Said) -> None:
    """SQLite would go on writing into the file that is no longer there, and all of it would be lost."""
    path = world.path / "emaildomain.db"
    shutil.copy(path, world.path / "copy")
    (world.path / "copy").replace(path)
    await refused(world, said)
    assert "database" in await world.bot.ready()
    await world.restart()
    await world.added()
    assert world.kinds() == ["records"]


@told("the file is deleted", **NOT_ACCEPTED)
async def test_the_file_is_deleted(world: World, said: Said) -> None:
    (world.path / "emaildomain.db").unlink()
    await refused(world, said)
    assert "database" in await world.bot.ready()


@told("the file is damaged while the bot runs", **NOT_ACCEPTED)
async def test_the_file_is_damaged(world: World, said: Said) -> None:
    path = world.path / "emaildomain.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    world.bot.store._reader.execute("PRAGMA shrink_memory")
    await world.bot.store._writer.run(_forget)
    await refused(world, said)


def _forget(db: Database) -> None:
    """What SQLite holds in memory of the file."""
    db.execute("PRAGMA shrink_memory").close()
    db.execute("PRAGMA cache_size = 0").close()


# ---- the database at the start


@pytest.fixture
async def stopped(tmp_path: Path, said: Said) -> AsyncIterator[Town]:
    """A bot that does not run, and its database."""
    async with Town(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:
        await SqliteStore(town.database, HandClock()).close()
        yield town


async def not_started(town: Town, said: Said, before: Callable[[], None] | None = None) -> None:
    """It ends at once, with a sentence and no traceback."""
    process = await town.spawn(before)
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        spoken = (await process.stderr.read()).decode()
        assert await process.wait() == 2
    assert said.sentence in spoken, spoken
    assert "Traceback" not in spoken


@told(
    "started while another process holds the database's lock",
    en="another program has locked the database",
    ja="を、別のプログラムがロックしています",
)
async def test_started_while_locked(stopped: Town, said: Said) -> None:
    with locked(stopped.database):
        await not_started(stopped, said)
    await stopped.start()


@told(
    "started twice on the same file",
    en="I did not start: another copy of me is already running on the database",
    ja="は、すでに動いている別のBotが使っています",
)
async def test_started_twice(stopped: Town, said: Said) -> None:
    await stopped.start()
    await not_started(stopped, said)


@told(
    "started on a file it may not write",
    en="for writing (Permission denied)",
    ja="に書き込めません（Permission denied）",
)
async def test_started_on_a_read_only_file(stopped: Town, said: Said) -> None:
    stopped.database.chmod(0o400)
    await not_started(stopped, said, _ordinary)
    stopped.database.chmod(0o600)


def _ordinary() -> None:
    """Give up root's right to ignore modes (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE); fails harmlessly for others."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@told(
    "started on a damaged file",
    en="is damaged, or is not my database (file is not a database)",
    ja="が壊れているか、このBotのデータベースではありません（file is not a database）",
)
async def test_started_on_a_damaged_file(stopped: Town, said: Said) -> None:
    for file in stopped.path.glob("emaildomain.db-*"):
        file.unlink()
    stopped.database.write_bytes(b"\xff" * 8192)
    await not_started(stopped, said)


@told(
    "started on a file of a newer version",
    en="was written by a newer version of me (m999_from_the_future)",
    ja="は、より新しいバージョンのBotで書かれています（m999_from_the_future）",
)
async def test_started_on_a_newer_file(stopped: Town, said: Said) -> None:
    with closing(sqlite3.connect(stopped.database)) as db:
        db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
                   ("emaildomain", "m999_from_the_future", "2030-01-01"))  # fmt: skip
        db.commit()
    await not_started(stopped, said)


@told(
    "started with a full disk",
    en="the disk does not take what I write into the database",
    ja="をディスクに書き込めません",
)
async def test_started_with_a_full_disk(tmp_path: Path, said: Said) -> None:
    async with Town(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:
        await not_started(town, said, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)))


@told(
    "started on an address that is taken",
    en="(Address already in use). Stop what is using this address",
    ja="このアドレスを使っているプログラムを停止するか",
)
async def test_started_on_a_taken_address(stopped: Town, said: Said) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    stopped._environ["PORT"] = str(server.sockets[0].getsockname()[1])
    try:
        await not_started(stopped, said)
    finally:
        server.close()
        await server.wait_closed()
