"""What is forgotten at night and what never; a damaged file is found and said; the log is emptied."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.permits import Step
from storage import maintenance
from storage.sqlite import SqliteStore
from tests import permits
from tests.clock import HandClock
from tests.contracts.drafts import NAME, NOW, RHYTHM, TEAM, domain, saying, stored, wish

DAY = 24 * 3_600_000
LATER = NOW + 100 * DAY  #: when it is tidied
BEFORE = LATER - 90 * DAY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "emaildomain.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(path, HandClock(NOW), TEAM)
    yield made
    await made.close()


async def tidied(store: SqliteStore) -> dict[str, int]:
    return dict(await store.tidy(NOW + 1, BEFORE))


async def said(store: SqliteStore, of: EmailDomain, kind: Kind) -> EmailDomain:
    """One message more, sent and shown."""
    saved = await store.save(saying(of, kind))
    notice = (await store.waiting(saved))[-1]
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.sent(begun, "C0MAIL", f"{begun.seq}.000001", "hash", saved.version)
    return saved


async def removed(store: SqliteStore, of: EmailDomain, at: int = NOW) -> EmailDomain:
    draft = Draft(of, at).move(Event.REFUSED, by="platform", quiet=True, permit=permits.of(of, Step.REFUSE))
    return await store.save(draft.change(RHYTHM))


def keys(path: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute(f"SELECT key FROM {table} ORDER BY key")]


async def test_messages_of_a_life_that_goes_on_stay(store: SqliteStore, path: Path) -> None:
    """The number of the next one is counted from them: forgotten, a key would be given twice."""
    saved = await said(store, await stored(store), Kind.FAILED)
    assert await tidied(store) == {"intentions": 0, "messages": 0}
    await said(store, saved, Kind.FAILED)
    assert keys(path, "notices") == [f"{TEAM}/{NAME}#1/failed/{n}" for n in (1, 2)]


async def test_messages_of_a_life_that_ended_long_ago_go_with_what_stands_in_the_channel(
    store: SqliteStore, path: Path
) -> None:
    saved = await removed(store, await said(store, await stored(store), Kind.FAILED))
    assert await tidied(store) == {"intentions": 0, "messages": 1}
    assert keys(path, "notices") == keys(path, "posts") == []
    assert len(await store.history(saved, 10)) == 2, "the audit trail stays"
    kept = await store.domain(TEAM, NAME)
    assert kept is not None
    assert kept.life == 1, "the next life is the second: no key is given twice"


async def test_a_life_that_ended_a_moment_ago_stays(store: SqliteStore, path: Path) -> None:
    await removed(store, await said(store, await stored(store), Kind.FAILED), at=LATER - DAY)
    await tidied(store)
    assert len(keys(path, "notices")) == len(keys(path, "posts")) == 1


async def test_a_message_whose_fate_is_unclear_is_never_forgotten(store: SqliteStore, path: Path) -> None:
    saved = await store.save(saying(await stored(store), Kind.FAILED))
    (notice,) = await store.waiting(saved)
    await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    await removed(store, saved)
    assert await tidied(store) == {"intentions": 0, "messages": 0}
    assert [n.key for n in await store.ambiguous(10)] == keys(path, "notices")


async def test_the_life_before_goes_and_the_one_that_goes_on_stays(store: SqliteStore, path: Path) -> None:
    past = await removed(store, await said(store, await stored(store), Kind.FAILED))
    draft = Draft(past, NOW)
    draft.domain = domain().but(life=2, version=past.version)
    again = await store.save(draft.note("added", by="U0ALEX").change(RHYTHM))
    await said(store, again, Kind.FAILED)
    await tidied(store)
    assert keys(path, "notices") == keys(path, "posts") == [f"{TEAM}/{NAME}#2/failed/1"]


async def test_many_are_forgotten_in_pieces(store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "TOGETHER", 3)
    for n in range(10):
        await store.take(wish(f"command {n}"))
        await store.finish(f"command {n}")
    await store.take(wish("open"))
    assert await tidied(store) == {"intentions": 10, "messages": 0}
    assert keys(path, "inbox") == ["open"]


async def test_the_log_is_emptied_while_the_bot_runs(store: SqliteStore, path: Path) -> None:
    await stored(store)
    log = path.with_name(path.name + "-wal")
    assert log.read_bytes()
    assert await store.checkpoint()
    assert not log.read_bytes()
    assert (await store.domain(TEAM, NAME)) is not None


async def test_a_damaged_index_is_found(store: SqliteStore, path: Path) -> None:
    """Of the kind that only the slow check sees: the index says otherwise than the table."""
    await stored(store)
    assert await store.check() == "ok"
    damage(path)
    assert "domains_state" in await store.check()


def damage(path: Path) -> None:
    """An index that holds something else than its table."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        wrong = "CREATE INDEX domains_state ON domains (owner)"
        db.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'domains_state'", (wrong,))
        db.commit()


async def test_a_file_that_cannot_be_read_at_all_is_found(store: SqliteStore, path: Path) -> None:
    await stored(store)
    await store.checkpoint()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)
    assert await store.check() not in ("", "ok")


async def test_counts_of_the_store(store: SqliteStore) -> None:
    first = await stored(store)
    await store.save(saying(first, Kind.FAILED, Kind.RECORDS))
    waiting = await store.waiting(first)
    await store.begin_sending(waiting[0], "life", NOW, "C0MAIL", None)
    await removed(store, await stored(store, "gone.xyzcorp.com"))
    await store.take(wish("command 1"))
    found = await store.vitals(NOW + 5_000)
    assert found.states == {State.REGISTERING: 1, State.REMOVED: 1}
    assert (found.unsent, found.ambiguous) == (2, 1)
    assert (found.due_lag, found.oldest_unsent, found.oldest_wish) == (5_000, 5_000, 5_000)
    await store.finish("command 1")
    assert (await store.vitals(NOW)).oldest_wish == 0


async def test_counting_reads_indexes_only(store: SqliteStore) -> None:
    """A scrape must not read every domain's body: with 100,000 of them that is half a gigabyte."""
    asked: list[str] = []
    await store._read(lambda db: db.set_trace_callback(asked.append))  # type: ignore[attr-defined]
    await store.vitals(NOW)
    await store._read(lambda db: db.set_trace_callback(None))  # type: ignore[attr-defined]
    assert len(asked) == 7
    for sql in asked:
        steps = await store._read(lambda db, sql=sql: db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())  # type: ignore[misc]
        assert all("INDEX" in step[3] for step in steps), (sql, steps)
