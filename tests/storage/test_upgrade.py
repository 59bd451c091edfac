"""A file of every earlier version is upgraded with what is in it, by one process at a time, whoever comes at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
from contextlib import closing
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.errors import DatabaseUnusable
from bot.model.lifecycle import Kind, State
from bot.model.records import key_digest
from storage.database_file import connect, hold, migrate
from storage.migrations import migrations
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.contracts.drafts import NOW, TEAM

STEPS = [step.name for step in migrations.pending(Database(memory=True))]


def key(name: str, value: str) -> dict[str, str]:
    return {"type": "TXT", "host": f"scph1126._domainkey.{name}", "value": f"v=DKIM1; k=rsa; p={value}"}


#: (name, state, what differs in its body): one of each kind that an upgrade has to read.
ROWS: list[tuple[str, State, dict[str, Any]]] = [
    ("plain.xyzcorp.com", State.AWAITING_DNS, {"records": [key("plain.xyzcorp.com", "MIIB IjAN")]}),
    ("asked.xyzcorp.com", State.AWAITING_APPROVAL, {"round": 1}),
    ("leaving.xyzcorp.com", State.OPEN, {"round": 1}),
    ("held.xyzcorp.com", State.WAITING, {"held_by": "dns", "hold_until": NOW}),
    ("waiting.xyzcorp.com", State.WAITING, {"held_by": "dns", "hold_until": None}),
    ("gone.xyzcorp.com", State.REMOVED, {"records": [key("gone.xyzcorp.com", "MIIBOld")]}),
]

TURNS = {
    "plain.xyzcorp.com": "awaiting_dns", "asked.xyzcorp.com": "awaiting_approval",
    "leaving.xyzcorp.com": "awaiting_approval", "held.xyzcorp.com": "degraded", "waiting.xyzcorp.com": "waiting",
    "gone.xyzcorp.com": "removed",
}  # fmt: skip

#: What a version that has such a column writes into it, by name.
WRITTEN = {
    "turn": TURNS,
    "dkim": {"plain.xyzcorp.com": key_digest("MIIBIjAN"), "gone.xyzcorp.com": key_digest("MIIBOld")},
}


def old(path: Path, step: int) -> None:
    """A file as the version with the first ``step`` steps left it, with rows in it, written in SQL of that time."""
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection, execute_plugins=False)
        migrations.apply(db, **({"stop_before": STEPS[step]} if step < len(STEPS) else {}))
        for name, state, differs in ROWS:
            body = {"added_by": "U0ALEX", "added_at": NOW, "since": NOW, "records": [], "look": None, "round": None}
            values = (TEAM, name, state.value, NOW, json.dumps(body | differs))
            connection.execute(
                "INSERT INTO domains (team, name, life, version, state, owner, channel, due_at, body)"
                " VALUES (?, ?, 1, 3, ?, 'U0ALEX', 'C0MAIL', ?, ?)", values,
            )  # fmt: skip
            connection.execute(
                "INSERT INTO rounds (team, name, id, life, purpose, asked_by, asked_at, digest, quorum, expires_at,"
                " remind_at) VALUES (?, ?, 1, 1, 'activation', 'U0ALEX', 1, 'x', 1, 2, '[]')", (TEAM, name),
            )  # fmt: skip
            for n, kind, is_ in ((1, "records", "sent"), (2, "ready", "sending"), (3, "failed", "ready")):
                seq = connection.execute("SELECT 1 + coalesce(max(seq), 0) FROM notices").fetchone()[0]
                connection.execute(
                    "INSERT INTO notices (team, key, seq, name, life, kind, n, facts, created_at, state)"
                    " VALUES (?, ?, ?, ?, 1, ?, 1, '{}', ?, ?)",
                    (TEAM, f"{TEAM}/{name}#1/{kind}/{n}", seq, name, kind, NOW, is_),
                )
        for column, told in WRITTEN.items():
            if column in [row[1] for row in connection.execute("PRAGMA table_info(domains)")]:
                for name, value in told.items():
                    connection.execute(f"UPDATE domains SET {column} = ? WHERE name = ?", (value, name))
        connection.execute("INSERT INTO inbox (team, key, body, received_at) VALUES (?, 'command 1', '{}', 1)", (TEAM,))
        connection.commit()


async def everything(path: Path) -> Any:
    """What the store answers."""
    store = SqliteStore(path, HandClock(NOW), TEAM)
    domains = await store.domains(TEAM)
    page, _, total = await store.page(TEAM, list(State), 1, 100)
    found = (
        [(d.name, d.state, d.turn, d.version, d.round.id if d.round else None) for d in domains],
        sorted((d.name, d.turn) for d in page), total, dict(await store.names(TEAM)),
        [n.key for n in await store.ambiguous(100)],
        [[n.key for n in await store.waiting(d)] for d in domains],
        [i.key for i in await store.unfinished()],
        [await store.holder(key) for key in ("MIIBIjAN", "MIIBOld", "MIIB")], await store.check(),
    )  # fmt: skip
    await store.close()
    return found


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
async def test_what_an_earlier_version_wrote_is_all_there(tmp_path: Path, step: int) -> None:
    old(tmp_path / "old.db", step)
    old(tmp_path / "new.db", 1)
    domains, page, total, *_, holders, sound = await everything(tmp_path / "old.db")
    assert {name: turn for name, _, turn, _, _ in domains} == TURNS
    assert page == sorted((name, turn) for name, turn in TURNS.items() if turn != "removed")
    assert total == 5
    assert holders == ["plain.xyzcorp.com", None, None], "one that was removed has no key any more"
    assert await everything(tmp_path / "new.db") == await everything(tmp_path / "old.db")
    assert sound == "ok"


def _upgrade(path: Path, start: Any, said: Queue[str]) -> None:
    start.wait()
    try:
        migrate(path, 60)  # six at once on a busy machine; the bot itself is alone, by its lock
    except BaseException as error:  # noqa: BLE001 - told to the test
        said.put(repr(error))
    else:
        said.put("ok")


def _open(path: Path, start: Any, said: Queue[str]) -> None:
    start.wait()
    try:
        SqliteStore(path, HandClock(NOW), TEAM)
    except DatabaseUnusable as error:
        said.put(error.path)
    else:
        said.put("ok")
        start.wait()  # nobody gives the file back before everybody has tried


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_many_processes_upgrade_one_file_at_once(tmp_path: Path, step: int) -> None:
    """The steps are not safe by themselves: "table already exists". The write lock of the one transaction is."""
    path = tmp_path / "emaildomain.db"
    if step:
        old(path, step)
    connect(path).close()  # the write-ahead log is switched on once; SQLite lets nobody wait for that
    assert _at_once(_upgrade, path, 6) == ["ok"] * 6
    with closing(sqlite3.connect(path)) as db:
        made = [row[0] for row in db.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
        assert made == STEPS, "each step once"
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept = [file.name for file in tmp_path.iterdir() if ".before-" in file.name]
    assert kept == ([f"emaildomain.db.before-{STEPS[step - 1].partition('_')[0]}"] if step else []), "one copy"
    assert not list(tmp_path.glob("*.part*"))


def test_of_many_that_start_at_once_one_gets_the_file(tmp_path: Path) -> None:
    path = tmp_path / "emaildomain.db"
    old(path, 1)
    assert sorted(_at_once(_open, path, 5)) == sorted(["ok", *[str(path)] * 4])


def _at_once(work: Any, path: Path, n: int) -> list[str]:
    forks = multiprocessing.get_context("forkserver")
    start, said = forks.Barrier(n), forks.Queue()
    processes = [forks.Process(target=work, args=(path, start, said)) for _ in range(n)]
    for process in processes:
        process.start()
    found = [said.get(timeout=60) for _ in processes]
    start.abort()
    for process in processes:
        process.join()
    return found


def test_the_lock_is_of_the_file_whatever_it_is_called(tmp_path: Path) -> None:
    file, link = tmp_path / "emaildomain.db", tmp_path / "link.db"
    link.symlink_to(file)
    lock = hold(file)
    with pytest.raises(DatabaseUnusable) as refused:
        hold(link)
    assert refused.value.path == str(file), "the file it is about, by its own name"
    os.close(lock)
    os.close(hold(link))


def test_kinds_and_states_of_old_rows_still_exist() -> None:
    """A row of an earlier version names them: none may ever be taken away."""
    assert {"records", "ready", "failed"} <= {kind.value for kind in Kind}
