"""What SQLite and the system say when the database cannot be used, as our own errors: the one place that translates."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.errors import DatabaseUnusable, StorageBusy

#: SQLite's primary result codes (https://www.sqlite.org/rescode.html) and the system's, as keys of texts.
_WHY: Mapping[int, str] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: "locked",
        sqlite3.SQLITE_LOCKED: "locked",
        sqlite3.SQLITE_PERM: "denied",
        sqlite3.SQLITE_READONLY: "denied",
        sqlite3.SQLITE_CANTOPEN: "denied",
        sqlite3.SQLITE_FULL: "disk",
        sqlite3.SQLITE_IOERR: "disk",
        sqlite3.SQLITE_CORRUPT: "damaged",
        sqlite3.SQLITE_NOTADB: "damaged",
    }
)
_SYSTEM: Mapping[int, str] = MappingProxyType({errno.ENOSPC: "disk", errno.EDQUOT: "disk", errno.EIO: "disk"})

#: What breaks a whole transaction; anything else is one statement's own fault.
BROKEN = (sqlite3.OperationalError, sqlite3.InternalError)


def is_broken(error: BaseException) -> bool:
    """Whether the file or the disk is the trouble; SQLite reports damage as a bare ``DatabaseError``."""
    return isinstance(error, BROKEN) or type(error) is sqlite3.DatabaseError


def unusable(path: Path, error: sqlite3.Error | OSError) -> DatabaseUnusable:
    """For whoever starts the bot: why it cannot be opened."""
    if isinstance(error, OSError):
        return DatabaseUnusable(str(path), _SYSTEM.get(error.errno or 0, "denied"), error.strerror or str(error))
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the extended codes keep the primary one in the low byte
    return DatabaseUnusable(str(path), _WHY.get(code, "other"), str(error))


def to_domain_error(error: Exception) -> Exception:
    """For whoever waits for a transaction."""
    return StorageBusy(str(error)) if is_broken(error) else error


#: An orderly end writes what stands in a lost ``-wal`` into the file; a kill loses it.
_RESTART = "stop the bot with SIGTERM, not with SIGKILL, and start it again"


class SameFile:
    """Calling it raises ``StorageBusy`` where the database is no longer the files that were opened.

    SQLite would go on writing into a file or a ``-wal`` that was moved or deleted, and all of it would be gone with the
    process; without its lock a second process may be writing, too. ``lock`` is the handle that holds it.
    """

    def __init__(self, path: Path, lock: int | None = None) -> None:
        whole = path.resolve()
        self._files = {path: _identity(path)}
        if lock is not None:
            held = os.fstat(lock)
            self._files[Path(f"{whole}-lock")] = held.st_dev, held.st_ino
        self._beside = [Path(f"{whole}{end}") for end in ("-wal", "-shm")]  # there once something was read or written

    def __call__(self) -> None:
        if lost := self.lost():
            raise StorageBusy(lost)

    def lost(self) -> str | None:
        """What is not so any more, in words."""
        for path in self._beside:
            if path not in self._files and (now := _identity(path)) is not None:
                self._files[path] = now
        for path, opened in self._files.items():
            if _identity(path) != opened:
                return f"{path} was moved, deleted or replaced while in use; {_RESTART}"
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
