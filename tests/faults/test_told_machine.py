"""The disk, the database file, the clock, descriptors and signals: what whoever asks or starts the bot reads then."""

from __future__ import annotations

import asyncio
import ctypes
import resource
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.model.lifecycle import State
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.faults.ledger import Ledger
from tests.faults.stepped import SteppedWorld
from tests.faults.test_duplicates import judge
from tests.faults.test_storage import locked
from tests.faults.told import Said, once, speak, told
from tests.faults.town import PATIENCE, Town
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, World

DAY = 24 * 3600

NOT_ACCEPTED = {
    "en": "Not accepted, and nothing was changed: my database cannot take it now. Try again in a minute",
    "ja": "受け付けできませんでした。データベースに保存できないため、変更は行っていません",
}
ALLOWED = {"en": "You can now send from `sales.xyzcorp.com`", "ja": "`sales.xyzcorp.com` から送信可能になりました"}


async def refused(world: World, said: Said) -> None:
    """A wish that is not on disk is not accepted, nor carried out later; it is said at once."""
    delivery = await world.slack.command(ALEX, CHANNEL, f"add {NAME}")
    assert delivery.problem is None
    assert delivery.seconds < 3
    once(world, said)


# ---- the database while the bot runs


@told("the disk is full", **NOT_ACCEPTED)
async def test_the_disk_is_full(tmp_path: Path, said: Said) -> None:
    async with Town(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:
        for person in town.slack.workspace.people.values():
            person.locale = said.language
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.quiet()
        limit(town, resource.RLIMIT_FSIZE, 1)
        town.publish()
        delivery = await town.slack.command(ALEX, CHANNEL, f"add one.{NAME}")
        assert delivery.problem is None
        assert said.among(town.slack.private(ALEX)) == 1
        assert not town.messages("ready"), "what cannot be written down does not happen"
        limit(town, resource.RLIMIT_FSIZE, None)
        await town.said("ready")
        await town.quiet()
        town.judge()
        assert town.ledger.state(f"one.{NAME}") is None


def limit(town: Town, what: int, value: int | None) -> None:
    """A limit set from outside on the running process; None lifts it."""
    assert town.process is not None
    hard = resource.prlimit(town.process.pid, what)[1]
    resource.prlimit(town.process.pid, what, (hard if value is None else value, hard))


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
    writer._queue.put((0, -1, None))
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
    assert "database" in await world.bot._unready()
    await world.restart()
    await world.added()
    assert world.kinds() == ["records"]


@told("the file is deleted", **NOT_ACCEPTED)
async def test_the_file_is_deleted(world: World, said: Said) -> None:
    (world.path / "emaildomain.db").unlink()
    await refused(world, said)
    assert "database" in await world.bot._unready()


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


# ---- clocks


#: Seconds that the machine's clock is moved by, one after the other.
STEPS = (-3600, +3600, -30 * DAY, +30 * DAY)


@told("the machine's clock is stepped by ±1 h and ±30 days while the bot runs", **ALLOWED)
async def test_the_clock_is_stepped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    async with SteppedWorld(tmp_path, monkeypatch, EMAILDOMAIN_LANGUAGE=said.language) as world:
        speak(world, said.language)
        await world.until_waiting()
        for step in STEPS:
            world.ahead = step
            await asyncio.sleep(0.5)
        await world.until_open()
        once(world, said)
        judge(world)


@told("the bot is started while the machine's clock is wrong by ±1 h and ±30 days", **ALLOWED)
async def test_started_with_a_wrong_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
    """Time passes by Slack's clock, from the first moment on: the two hours are not shortened."""
    async with SteppedWorld(tmp_path, monkeypatch, EMAILDOMAIN_LANGUAGE=said.language) as world:
        speak(world, said.language)
        await world.until_waiting()
        for step in STEPS:
            world.ahead = step
            world.slack.faults.add("auth.test", "slow", seconds=0.3)
            await world.restart()
            await asyncio.sleep(0.3)
            assert not world.said("sending_allowed")
        await world.until_open()
        once(world, said)
        judge(world)


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        pytest.param("2026-10-25T02:10:00+02:00", "2026-10-25 03:10 CET (UTC+1)", id="the hour that comes twice"),
        pytest.param("2027-03-28T01:10:00+01:00", "2027-03-28 04:10 CEST (UTC+2)", id="the hour that is left out"),
    ],
)
@told("clocks change to or from summer time in the two hours", en="The two hours ended at", ja="待機期間は ")
async def test_summer_time(tmp_path: Path, said: Said, began: str, ended: str) -> None:
    """Two hours are two hours; the time that is shown is the one on the wall."""
    world = World(tmp_path, EMAILDOMAIN_LANGUAGE=said.language, EMAILDOMAIN_TIMEZONE="Europe/Berlin")
    world.clock.instant = world.clock._start = round(datetime.fromisoformat(began).timestamp() * 1000) - 120_000
    async with world:
        speak(world, said.language)
        await world.asked()
        world.clock.instant = round(datetime.fromisoformat(began).timestamp() * 1000)
        await world.click(SAM, world.said("approval")[-1], "approve")
        await world.forward(seconds=30)
        assert await world.state() is State.WAITING
        await world.forward(hours=1, minutes=59)
        assert not world.said("sending_allowed")
        await world.forward(minutes=1)
        assert await world.state() is State.OPEN
        (allowed,) = world.said("sending_allowed")
        assert said.sentence in reads(allowed)
        assert ended in allowed.text


# ---- descriptors, signals


@told(
    "no file descriptor is left: Slack says so in its own words",
    en="/emaildomain failed with the error",
    ja="/emaildomain failed with the error",
)
async def test_out_of_descriptors(tmp_path: Path, said: Said) -> None:
    """The bot cannot be reached, and Slack says so; with descriptors again, everything goes on where it was."""
    async with Town(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:
        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await town.said("records")
        await town.quiet()
        limit(town, resource.RLIMIT_NOFILE, 3)  # what is open stays so; nothing new can be opened
        town.publish()
        delivery = await town.slack.command(ALEX, CHANNEL, f"add one.{NAME}")
        assert delivery.problem is not None
        assert said.among(town.slack.private(ALEX)) == 1
        await asyncio.sleep(1)
        limit(town, resource.RLIMIT_NOFILE, None)
        await town.said("ready")
        await town.command(ALEX, f"activate {NAME}")
        await town.click(SAM, await town.said("approval"), "approve")
        await town.said("sending_allowed")
        await town.quiet()
        town.judge()


@told(
    "SIGTERM while a wish is carried out",
    en="`sales.xyzcorp.com` is being prepared",
    ja="`sales.xyzcorp.com` を準備しています",
)
async def test_sigterm_in_the_middle(tmp_path: Path, said: Said) -> None:
    """What was acknowledged is finished and answered before the process ends."""
    async with Town(tmp_path, SLACK_TIMEOUT="5", EMAILDOMAIN_LANGUAGE=said.language) as town:
        for person in town.slack.workspace.people.values():
            person.locale = said.language
        await town.start()
        town.slack.faults.add("users.info", "slow", seconds=0.5)
        await town.command(ALEX, f"add {NAME}")
        assert town.ledger.state(NAME) is None
        assert await town.terminate() == 0
        assert said.among(town.slack.private(ALEX)) == 1
        await town.start()
        await town.said("records")
        await town.quiet()
        town.judge()


@told("SIGTERM at any moment of a life, again and again", **ALLOWED)
async def test_sigterm_everywhere(tmp_path: Path, said: Said) -> None:
    async with Town(tmp_path, EMAILDOMAIN_LANGUAGE=said.language) as town:

        async def again() -> None:
            assert await town.terminate() == 0
            await town.start()

        await town.start()
        await town.command(ALEX, f"add {NAME}")
        await again()
        await town.said("records")
        town.publish()
        await again()
        await town.click(ALEX, await town.said("ready"), "activate")
        await again()
        await town.click(SAM, await town.said("approval"), "approve")
        await again()
        allowed = await town.said("sending_allowed")
        await again()
        await town.quiet()
        town.judge()
        assert said.sentence in reads(allowed)
        assert town.kinds().count("sending_allowed") == 1
