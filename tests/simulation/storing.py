"""The real SQLite store without threads: commits happen in the loop, one by one, and a fuse lies between them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.errors import Superseded
from bot.model.change import Change
from bot.model.domain import EmailDomain
from bot.ports import Clock
from storage.batched_looks import Repeats
from storage.database_file import connect, connect_read_only, hold, migrate
from storage.errors import SameFile
from storage.sql import Queryable
from storage.sqlite import SqliteStore, _guarded
from storage.stopped import Stopped
from storage.writer import NORMAL, Writer, _Job

T = TypeVar("T")


class Fuse:
    """Burns at the n-th commit from now: before it, or after it and before anybody hears of it."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.full = False  #: no room on the disk for any commit
        self.burnt: Callable[[], None] = lambda: None
        self.faster: Callable[[], None] = lambda: None  #: called where something was saved that another had changed


class InlineWriter(Writer):
    """Everything that waits in one commit, intentions first, as in the thread; in the loop's own time."""

    def __init__(self, path: Path, guard: Callable[[], None], fuse: Fuse) -> None:
        self._db, self._same, self._fuse = connect(path), guard, fuse
        self._waiting: list[_Job] = []
        self.dead = False

    def _put(self, work: Callable[[Database], Any], urgency: int = NORMAL) -> _Job:
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, urgency)
        if not self._waiting:
            loop.call_soon(self._turn)
        self._waiting.append(job)
        return job

    def _turn(self) -> None:
        jobs, self._waiting = self._waiting, []
        jobs.sort(key=lambda job: job.urgency)
        claimed = [job for job in jobs if job.claim()]
        if self.dead or not claimed:
            return
        fuse = self._fuse
        if fuse.left is not None:
            fuse.left -= 1
            if fuse.left < 0:
                fuse.left = None
                self.dead = True
                if fuse.after:
                    self._commit(self._db, claimed)
                fuse.burnt()
                return
        self._commit(self._db, claimed)

    def _guard(self) -> None:
        """Called before every commit."""
        self._same()
        if self._fuse.full:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    def close(self) -> None:
        self.dead = True
        self._db.close()


class InlineStore(SqliteStore):
    """:class:`SqliteStore` on a file that has its tables already."""

    def __init__(self, path: Path, clock: Clock, fuse: Fuse) -> None:
        self.path, self.team, self._clock = path, "", clock
        self.stopped = Stopped()
        self._lock = hold(path)
        self._same = SameFile(path, self._lock)
        self._inline = InlineWriter(path, self._same, fuse)
        self._writer = self._inline
        self._repeats = Repeats(self._writer)
        self._reader: sqlite3.Connection = connect_read_only(path)

    async def _read(self, work: Callable[[Queryable], T]) -> T:
        await asyncio.sleep(0)
        return _guarded(lambda: work(self._reader))

    async def _aside(self, work: Callable[[], T]) -> T:
        await asyncio.sleep(0)
        return _guarded(work)

    async def save(self, change: Change) -> EmailDomain:
        try:
            return await super().save(change)
        except Superseded:
            self._inline._fuse.faster()
            raise

    async def close(self) -> None:
        self.abandon()

    def abandon(self) -> None:
        """The process is gone: what was committed stays, whatever waited does not."""
        self._inline.close()
        self._reader.close()
        os.close(self._lock)


def folder() -> Path:
    """In memory where there is such a place."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="emaildomain-simulation-", dir=shared if shared.is_dir() else None))


@cache
def _empty() -> bytes:
    place = folder()
    try:
        path = place / "empty.db"
        migrate(path)
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        return path.read_bytes()
    finally:
        shutil.rmtree(place)


def fresh(path: Path) -> None:
    """A database with every table and nothing in it: upgrading one for each seed would take most of the time."""
    path.write_bytes(_empty())
    path.chmod(0o600)


def clean(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
