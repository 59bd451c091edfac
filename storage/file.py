"""The database file: opened, held by one process, upgraded, copied while in use; readable by nobody else."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from bot.errors import DatabaseUnusable
from storage.migrations import migrations

_BUSY_TIMEOUT = 1.0
_UPGRADING = 5.0  #: seconds to wait for whatever else writes before the schema is brought up to date


def connect(path: Path, timeout: float = _BUSY_TIMEOUT) -> Database:
    connection = sqlite3.connect(path, timeout=timeout, check_same_thread=False, isolation_level=None)
    db = Database(connection, execute_plugins=False)
    db.enable_wal()
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def connect_read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        timeout=_BUSY_TIMEOUT,
        check_same_thread=False,
        isolation_level=None,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def private(path: Path) -> None:
    """Mode 0600 from the first byte on; SQLite gives ``-wal`` and ``-shm`` the mode of the file."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def hold(path: Path) -> int:
    """A lock that ends with the process, however it ends; raises :class:`DatabaseUnusable`.

    It lies beside the file itself, so that a link to the file leads to the same lock.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{path}-lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DatabaseUnusable(str(path), "running") from None
    return lock


def migrate(path: Path, wait: float = _UPGRADING) -> None:
    """Bring the schema up to date in one transaction, which holds the write lock from its first statement on."""
    with closing(connect(path, wait)) as db:
        db.execute("BEGIN IMMEDIATE")
        known = {step.name for step in migrations.pending(Database(memory=True))}
        newer = sorted({step.name for step in migrations.applied(db)} - known)
        if newer:
            raise DatabaseUnusable(str(path), "newer", newer[-1])
        migrations.apply(db)
        db.execute("COMMIT")


def copy(source: Path, target: Path) -> None:
    """SQLite's own backup of ``source`` to ``target``, mode 0600, through a file beside it.

    Raises ``ValueError`` where the target is the database itself or one of the files that belong to it, and
    ``OSError`` where it cannot be read or written; then the target is as it was.
    """
    if target.resolve() in {Path(f"{source.resolve()}{end}") for end in ("", "-wal", "-shm", "-lock")}:
        raise ValueError("the copy would take the place of the database")
    part = target.with_name(target.name + ".part")
    private(part)
    try:
        with closing(connect_read_only(source)) as from_, closing(sqlite3.connect(part)) as to:
            from_.backup(to)
        part.replace(target)
    except sqlite3.Error as error:
        raise OSError(str(error)) from None
    finally:
        part.unlink(missing_ok=True)
