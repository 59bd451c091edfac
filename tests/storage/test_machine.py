"""The machine room of the database: a thread that ends, files that get lost. Nobody waits for ever, and it is said."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.errors import StorageBusy
from bot.model.outbox import Intent
from storage import writer as writing
from storage.sqlite import SqliteStore
from storage.writer import Writer
from tests.clock import HandClock
from tests.storage.test_store import opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = opened(tmp_path / "emaildomain.db")
    yield made
    await made.close()


def intent(key: str) -> Intent:
    return Intent(key, "T0", {}, 1)


def lose(path: Path, end: str, how: str = "deleted") -> None:
    file = Path(f"{path}{end}")
    if how == "deleted":
        file.unlink()
        return
    shutil.copy(file, f"{file}.other")
    Path(f"{file}.other").replace(file)


def ends(_: Database) -> None:
    raise SystemExit("as a bug would")


async def test_a_write_to_a_closed_writer_is_refused_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path / "emaildomain.db")
    await store.close()
    for _ in range(3):
        with pytest.raises(StorageBusy, match="closed"):
            await asyncio.wait_for(store.take(intent("late")), 1)


async def test_what_is_put_while_it_closes_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Whatever the order in which a write and the end come in."""
    for _ in range(20):
        writer = Writer(lambda: Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False))
        closing = asyncio.create_task(asyncio.to_thread(writer.close))
        writes = [asyncio.create_task(writer.run(lambda db: None)) for _ in range(50)]
        await asyncio.sleep(0)
        late = [asyncio.create_task(writer.run(lambda db: None)) for _ in range(50)]
        done = await asyncio.wait_for(asyncio.gather(*writes, *late, return_exceptions=True), 5)
        assert {type(one) for one in done} <= {type(None), StorageBusy}
        await closing


async def test_a_dead_thread_tells_whoever_waits_and_whoever_comes(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    held = threading.Event()
    first = asyncio.create_task(store._writer.run(lambda db: held.wait(5) and None))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(store._writer.run(ends)) for _ in range(3)]
    behind = asyncio.create_task(store.take(intent("behind")))
    await asyncio.sleep(0.05)
    held.set()
    said = await asyncio.wait_for(asyncio.gather(first, *waiting, behind, return_exceptions=True), 5)
    assert said[0] is None
    assert {type(one) for one in said[1:]} == {StorageBusy}
    with pytest.raises(StorageBusy, match="the thread that writes has ended"):
        await asyncio.wait_for(store.take(intent("later")), 1)
    assert "restart the bot" in (store.lost() or "")
    assert any(record.levelname == "CRITICAL" for record in caplog.records)
    with pytest.raises(StorageBusy):
        await store.probe()


async def test_a_rollback_that_fails_does_not_end_the_thread(store: SqliteStore) -> None:
    def breaks(db: Database) -> None:
        db.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(StorageBusy):
        await store._writer.run(breaks)
    assert await store.take(intent("next"))


async def test_a_transaction_that_does_not_end_holds_up_no_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_CLOSE_WITHIN", 0.2)
    path, held = tmp_path / "emaildomain.db", threading.Event()
    store = opened(path)
    stuck = asyncio.create_task(store._writer.run(lambda db: held.wait(20) and None))
    await asyncio.sleep(0.05)
    behind = asyncio.create_task(store.take(intent("behind")))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(store.close(), 3)
    said = await asyncio.wait_for(asyncio.gather(stuck, behind, return_exceptions=True), 2)
    assert {type(one) for one in said} == {StorageBusy}
    held.set()
    store._writer._thread.join(5)
    await opened(path).close()  # the lock was let go


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-lock"])
@pytest.mark.parametrize("how", ["deleted", "replaced"])
async def test_a_lost_file_is_noticed_before_anything_more_is_written(store: SqliteStore, end: str, how: str) -> None:
    """Else what was acknowledged is gone with the process, or a second one writes beside it."""
    assert await store.take(intent("before"))
    assert store.lost() is None
    lose(store.path, end, how)
    assert "was moved, deleted or replaced while in use" in (store.lost() or "")
    with pytest.raises(StorageBusy, match="SIGTERM"):
        await store.take(intent("after"))
    with pytest.raises(StorageBusy, match="SIGTERM"):
        await store.next_due()


async def test_an_orderly_stop_saves_what_stood_in_a_lost_log(tmp_path: Path) -> None:
    path = tmp_path / "emaildomain.db"
    store = opened(path)
    assert await store.take(intent("acknowledged"))
    lose(path, "-wal")
    await store.close()
    again = opened(path)
    try:
        assert [one.key for one in await again.unfinished()] == ["acknowledged"]
    finally:
        await again.close()


async def test_what_others_do_with_the_files_is_no_loss(tmp_path: Path) -> None:
    """A copy, the nightly check, a look from outside, a checkpoint, a restart: none of them is taken for one."""
    path = tmp_path / "emaildomain.db"
    for life in range(3):
        store = SqliteStore(path, HandClock())
        try:
            assert store.lost() is None
            assert await store.take(intent(f"{life}"))
            assert await store.checkpoint()
            assert await store.check() == "ok"
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
                reader.execute("SELECT count(*) FROM inbox").fetchone()
            reader.close()
            assert store.lost() is None
            assert await store.take(intent(f"{life} again"))
        finally:
            await store.close()
