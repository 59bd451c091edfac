"""The SQLite file: durable, private, upgraded in place, copied while in use, and never half written."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.errors import DatabaseUnusable, StorageBusy, Unreadable
from bot.model.lifecycle import Kind
from bot.model.people import Identity
from storage.database_file import copy
from storage.migrations import migrations
from storage.sqlite import SqliteStore, _done
from storage.writer import INTENTION, Writer
from tests.clock import HandClock
from tests.contracts.drafts import NOW, TEAM, added, domain, saying, stored, wish


def opened(path: Path) -> SqliteStore:
    return SqliteStore(path, HandClock(NOW), TEAM)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "emaildomain.db"


# ---- opening


async def test_it_belongs_to_the_workspace_whose_domains_it_has(path: Path) -> None:
    """Version 0.1 noted every workspace that it was ever given a token of."""
    store = opened(path)
    assert await store.bound_team() is None
    await stored(store)
    for team in ("T0AAOTHER", TEAM, "T0ZZOTHER"):
        await store.set_identity(Identity(team=team, user="U0BOT", bot="B0BOT", url="", name=""))
    assert await store.bound_team() == TEAM
    await store.close()


async def test_everything_is_there_after_closing_and_opening(path: Path) -> None:
    store = opened(path)
    saved = await stored(store)
    await store.close()
    store = opened(path)
    assert await store.domains(TEAM) == [saved]
    await store.close()


async def test_a_row_that_lacks_what_every_domain_has_is_no_domain(path: Path) -> None:
    store = opened(path)
    saved = await stored(store)
    await store._write(lambda db: _done(db.execute("UPDATE domains SET body = json_remove(body, '$.since')")))
    with pytest.raises(Unreadable, match="since"):
        await store.domain(*saved.id)
    assert await store.due(NOW, 10, set()) == []
    await store.close()


async def test_an_empty_file_and_one_of_every_earlier_version_are_upgraded(path: Path) -> None:
    """Each step on its own, from nothing to now, leads to the same tables as all at once."""
    fresh = opened(path)
    await fresh.close()
    steps = [m.name for m in migrations.pending(Database(memory=True))]
    for n in range(len(steps)):
        old = path.with_name(f"old{n}.db")
        with closing(sqlite3.connect(old)) as connection:
            db = Database(connection, execute_plugins=False)
            if n:
                migrations.apply(db, stop_before=steps[n])
        store = opened(old)
        await stored(store)
        await store.close()
        assert _schema(old) == _schema(path)


def _schema(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_%' ESCAPE '\\'")
        return {row[0] for row in rows}


async def test_two_processes_cannot_hold_one_file(path: Path) -> None:
    store = opened(path)
    with pytest.raises(DatabaseUnusable, match="running"):
        opened(path)
    await store.close()
    await opened(path).close()


async def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    await opened(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('emaildomain', 'm999', '')"
        )
        db.commit()
    with pytest.raises(DatabaseUnusable, match="newer"):
        opened(path)
    with pytest.raises(DatabaseUnusable, match="newer"):
        opened(path)  # and its lock was given back


async def test_the_file_is_private_from_the_first_byte(path: Path) -> None:
    store = opened(path)
    await stored(store)
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        assert file.stat().st_mode & 0o777 == 0o600
    await store.close()


# ---- the writer


async def test_a_wish_given_up_is_never_stored(path: Path) -> None:
    """Whoever asked was told "not accepted": the row must not appear when the lock is gone."""
    store = opened(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StorageBusy):
            await store.take(wish())
        assert time.monotonic() - began < 2.9
        other.execute("ROLLBACK")
    await stored(store)
    assert await store.unfinished() == []
    assert await store.take(wish())
    await store.close()


async def test_wishes_go_before_everything_that_waits(path: Path) -> None:
    order: list[str] = []
    held = asyncio.Event()
    loop = asyncio.get_running_loop()
    writer = Writer(lambda: Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False))

    def slow(_: Database) -> None:
        loop.call_soon_threadsafe(held.set)
        time.sleep(0.1)

    first = asyncio.create_task(writer.run(slow))
    await held.wait()
    rest = [asyncio.create_task(writer.run(lambda _: order.append("work"))) for _ in range(3)]
    await asyncio.sleep(0)
    wish_ = asyncio.create_task(writer.run(lambda _: order.append("wish"), urgency=INTENTION))
    await asyncio.gather(first, *rest, wish_)
    assert order == ["wish", "work", "work", "work"]
    await asyncio.to_thread(writer.close)


async def test_a_job_that_fails_takes_nothing_with_it(path: Path) -> None:
    writer = Writer(lambda: Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False))
    await writer.run(lambda db: _done(db.execute("CREATE TABLE t (n INTEGER)")))

    def half(db: Database) -> None:
        db.execute("INSERT INTO t VALUES (-1)")
        raise LookupError("after a write")

    outcomes: list[Any] = await asyncio.gather(
        *(writer.run(lambda db, n=n: _done(db.execute("INSERT INTO t VALUES (?)", (n,)))) for n in range(5)),  # type: ignore[misc]
        writer.run(half),
        return_exceptions=True,
    )
    assert isinstance(outcomes[-1], LookupError)
    assert await writer.run(lambda db: [r[0] for r in db.execute("SELECT n FROM t ORDER BY n")]) == [0, 1, 2, 3, 4]
    await asyncio.to_thread(writer.close)


async def test_closing_commits_what_waits(path: Path) -> None:
    store = opened(path)
    tasks = [asyncio.create_task(store.save(added(domain(f"n{n}.xyzcorp.com")))) for n in range(30)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*tasks)
    store = opened(path)
    assert len(await store.domains(TEAM)) == 30
    await store.close()


# ---- copies and questions


async def test_a_copy_is_whole_and_private_while_the_bot_writes(path: Path) -> None:
    store = opened(path)
    target = path.with_name("copy.db")
    target.write_text("an older copy")
    writing = [asyncio.create_task(stored(store, f"n{n}.xyzcorp.com")) for n in range(50)]
    await asyncio.to_thread(copy, path, target)
    await asyncio.gather(*writing)
    await store.close()
    assert target.stat().st_mode & 0o777 == 0o600
    restored = SqliteStore(target, HandClock(NOW), TEAM)
    assert await restored.check() == "ok"
    await restored.close()
    assert not [file for file in target.parent.iterdir() if ".part" in file.name]


async def test_no_question_takes_longer_the_more_there_is(path: Path) -> None:
    """Counted in steps of SQLite's machine, which do not depend on how busy this computer is."""
    store = opened(path)
    few, many = await _steps(store, 20), await _steps(store, 300)
    await store.close()
    assert {question: (few[question], n) for question, n in many.items() if n > 2 * few[question] + 300} == {}


async def _steps(store: SqliteStore, domains: int) -> dict[str, int]:
    """What each question costs beside ``domains`` quiet domains whose messages are all sent and shown."""
    await asyncio.gather(*(_quiet(store, f"n{domains}-{n}.xyzcorp.com") for n in range(domains)))
    last = (await store.domains(TEAM))[-1]
    reads: dict[str, Callable[[], Awaitable[object]]] = {
        "what may be sent": lambda: store.sendable(NOW, 10),
        "what is unclear": lambda: store.ambiguous(10),
        "when more may be sent": lambda: store.next_sendable(NOW),
        "what may differ": lambda: store.stale_posts(NOW, 10, [Kind.RECORDS, Kind.CARD]),
        "what is due": lambda: store.due(NOW, 10, set()),
        "when more is due": store.next_due,
        "a domain's card": lambda: store.card(last),
        "what waits for a domain": lambda: store.waiting(last),
    }
    counted = 0

    def tick() -> int:
        nonlocal counted
        counted += 1
        return 0

    found = {}
    for question, ask in reads.items():
        counted = 0
        await store._read(lambda db: db.set_progress_handler(tick, 1))  # type: ignore[attr-defined]
        await ask()
        await store._read(lambda db: db.set_progress_handler(None, 1))  # type: ignore[attr-defined]
        found[question] = counted
    counted = 0
    await store._write(lambda db: db.conn.set_progress_handler(tick, 1))
    await store.save(saying(last, Kind.FAILED))
    await store._write(lambda db: db.conn.set_progress_handler(None, 1))
    (notice,) = await store.waiting(last)
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.sent(begun, "C0MAIL", f"{domains}.000001", "hash", 1)
    return found | {"a message more": counted}


async def _quiet(store: SqliteStore, name: str) -> None:
    saved = await store.save(added(domain(name).but(next_platform_at=NOW + 3_600_000)))
    saved = await store.save(saying(saved, Kind.RECORDS))
    (notice,) = await store.waiting(saved)
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.sent(begun, "C0MAIL", name, "hash", saved.version)
    card = await store.card(saved)
    assert card is not None
    await store.shown(card, "hash", saved.version)
