"""Before a file is upgraded a copy of it is kept beside it, which the version of before opens again."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.errors import DatabaseUnusable
from storage.database_file import connect, migrate
from storage.migrations import migrations
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.contracts.drafts import NOW
from tests.storage.test_upgrade import STEPS, old
from tests.storage.written import WrittenBefore


def copies(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if ".before-" in file.name or ".part" in file.name)


def schema(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")]


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return [row for table in ("domains", "rounds", "posts") for row in db.execute(f"SELECT * FROM {table}")]


async def test_the_copy_is_the_file_as_it_was(written_before: WrittenBefore) -> None:
    path = written_before("genesys")
    schema_before, rows_before = schema(path), rows(path)
    store = SqliteStore(path, HandClock(NOW))
    await store.close()
    assert copies(path) == ["genesys.db.before-m006"]
    copy = path.with_name("genesys.db.before-m006")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert (schema(copy), rows(copy)) == (schema_before, rows_before)
    assert schema(path) != schema_before
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        old_version = Database(db, execute_plugins=False)
        assert [step.name for step in migrations.applied(old_version)] == STEPS[: STEPS.index("m007_org_ids")]
        assert db.execute("SELECT count(*) FROM documents WHERE kind = 'binding'").fetchone() == (0,), "it is no backup"


async def test_what_is_up_to_date_or_new_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "emaildomain.db"
    for _ in range(2):
        await SqliteStore(path, HandClock(NOW)).close()
    assert copies(path) == []


def test_no_copy_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "emaildomain.db"
    (tmp_path / "emaildomain.db.before-m004").write_text("somebody's")
    (tmp_path / "emaildomain.db.before-m004-2").symlink_to(tmp_path / "nowhere")
    old(path, 4)
    migrate(path)
    assert copies(path) == [f"emaildomain.db.before-m004{n}" for n in ("", "-2", "-3")]
    assert (tmp_path / "emaildomain.db.before-m004").read_text() == "somebody's"
    assert not (tmp_path / "nowhere").exists()


def test_it_lies_beside_the_file_and_not_beside_a_link(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "data" / "emaildomain.db")
    old(link, 3)
    migrate(link)
    assert copies(tmp_path / "data" / "emaildomain.db") == ["emaildomain.db.before-m003"]


def test_a_step_that_fails_leaves_the_file_and_no_copy(tmp_path: Path) -> None:
    """A service that is started again and again must not fill the disk."""
    path = tmp_path / "emaildomain.db"
    old(path, 4)
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE domains ADD COLUMN turn TEXT")
    was = schema(path)
    for _ in range(3):
        with pytest.raises(sqlite3.Error, match="duplicate column"):
            migrate(path)
    assert (copies(path), schema(path)) == ([], was)


@contextmanager
def full_disk(path: Path, most: int) -> Iterator[None]:
    """No file may grow beyond ``most`` bytes; those of the database are there already."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(connect(path)) as held:
        held.execute("BEGIN IMMEDIATE")
        held.execute("ROLLBACK")
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_no_room_for_a_copy_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "emaildomain.db"
    old(path, len(STEPS) - 1)
    was = rows(path)
    with full_disk(path, 48 * 1024), pytest.raises(DatabaseUnusable) as refused:
        SqliteStore(path, HandClock(NOW))
    assert (refused.value.why, refused.value.path) == ("copy", str(path))
    assert copies(path) == []
    assert rows(path) == was
    await SqliteStore(path, HandClock(NOW)).close()
    assert copies(path) == [f"emaildomain.db.before-{STEPS[-2].partition('_')[0]}"]


def test_a_copy_that_cannot_be_named_stops_the_start(tmp_path: Path) -> None:
    """The folder takes the database and nothing more: here, no longer name."""
    path = tmp_path / f"{'e' * 242}.db"
    old(path, 2)
    with pytest.raises(DatabaseUnusable) as refused:
        SqliteStore(path, HandClock(NOW))
    assert refused.value.why == "copy"
    assert copies(path) == []
