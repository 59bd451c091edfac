"""The database file: opened, held by one process, upgraded, copied while in use; readable by nobody else."""

from __future__ import annotations

import fcntl
import itertools
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from bot.errors import DatabaseUnusable
from storage.errors import unusable
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
    """Bring the schema up to date in one transaction, which holds the write lock from its first statement on.

    Before that a copy of what is there is kept beside the file (:func:`_keep`): an older version opens it again.
    """
    with closing(connect(path, wait)) as db:
        db.execute("BEGIN IMMEDIATE")
        known = {step.name for step in migrations.pending(Database(memory=True))}
        made = [step.name for step in migrations.applied(db)]
        newer = sorted(set(made) - known)
        if newer:
            raise DatabaseUnusable(str(path), "newer", newer[-1])
        if known <= set(made):
            db.execute("COMMIT")
            return
        kept = _keep(path, made[-1].partition("_")[0] if made else "m000") if db.table_names() else None
        try:
            migrations.apply(db)
            db.execute("COMMIT")
        except BaseException:
            # Nothing was changed. Whoever starts the bot again and again must not fill the disk with copies.
            if kept is not None:
                kept.unlink(missing_ok=True)
            raise


def _keep(path: Path, step: str) -> Path:
    """A copy beside the file, ``<file>.before-<step>``, never in the place of another one. The caller holds the lock.

    Raises :class:`DatabaseUnusable`: without it nothing is upgraded.
    """
    path = path.resolve()
    try:
        with _part(path) as part:
            part.fill(path)
            first = f"{path}.before-{step}"
            names = itertools.chain([first], (f"{first}-{n}" for n in itertools.count(2)))
            kept = Path(next(name for name in names if not os.path.lexists(name)))
            part.becomes(kept)
            return kept
    except (sqlite3.Error, OSError) as error:
        found = unusable(path, error)
        raise DatabaseUnusable(found.path, "damaged" if found.why == "damaged" else "copy", found.said) from None


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of this run alone; ``handle`` holds it, so that it can be told whether it is still the same one."""

    path: Path
    handle: int

    def fill(self, source: Path) -> None:
        with closing(connect_read_only(source)) as from_, closing(sqlite3.connect(self.path)) as to:
            from_.backup(to)

    def becomes(self, target: Path) -> None:
        """It takes the place of ``target``, and all of it is on the disk by then."""
        os.fsync(self.handle)
        if not os.path.samestat(os.fstat(self.handle), self.path.lstat()):
            raise OSError("somebody else put another file in its place meanwhile")
        self.path.replace(target)
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _part(target: Path) -> Iterator[_Part]:
    """Beside ``target``, under a name that nobody can know before; gone at the end, whatever happened.

    Two runs at once, and links that somebody laid out in a shared folder, stay out of each other's way.
    """
    path = target.with_name(f"{target.name[:100]}.{secrets.token_hex(6)}.part")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        yield _Part(path, handle)
    finally:
        os.close(handle)
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


class Mark(NamedTuple):
    """A document that is put into a copy, for every workspace in it."""

    kind: str
    key: str
    body: str  #: JSON


def copy(source: Path, target: Path, mark: Mark | None = None) -> None:
    """SQLite's own backup of ``source`` to ``target``, mode 0600, through a file beside it.

    Raises ``ValueError`` where the target is the database itself or one of the files that belong to it, and
    ``OSError`` where it cannot be read or written; then the target is as it was.
    """
    if target.resolve() in {Path(f"{source.resolve()}{end}") for end in ("", "-wal", "-shm", "-lock")}:
        raise ValueError("the copy would take the place of the database")
    try:
        with _part(target) as part:
            part.fill(source)
            if mark is not None:
                _put(part.path, mark)
            part.becomes(target)
    except sqlite3.Error as error:
        raise OSError(str(error)) from None


def _put(path: Path, mark: Mark) -> None:
    with closing(sqlite3.connect(path)) as db:
        if {"documents", "identity"} <= {name for (name,) in db.execute("SELECT name FROM sqlite_master")}:
            sql = "INSERT OR REPLACE INTO documents (team, kind, key, body) SELECT team, ?, ?, ? FROM identity"
            db.execute(sql, mark)
            db.commit()
