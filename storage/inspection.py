"""Looking at the database from outside, without disturbing whoever uses it; for ``emaildomain doctor``."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.migrations import migrations

_BUSY_TIMEOUT = 2.0

#: A file that only its owner may read; SQLite gives the same mode to the two beside it.
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. ``problem`` is SQLite's or the system's own word for what keeps the file from being used."""

    exists: bool
    creatable: bool = False  #: where it does not exist: whether this user could make it
    running: bool = False  #: a bot holds it now
    exposed: tuple[str, ...] = ()  #: files that others may read or write, as ``name (mode)``
    newer: str | None = None  #: a step of the schema that this version does not know
    pending: int = 0  #: steps that the next start will make
    problem: str | None = None


def inspect(path: Path) -> Inspection:
    """Reads only. The lock is asked for as a shared one, for a moment: a running bot does not notice."""
    if not path.exists():
        return Inspection(exists=False, creatable=_writable(path.parent))
    running, exposed = _held(Path(f"{path}-lock")), _exposed(path)
    try:
        applied, newer, found = _read(path)
    except (sqlite3.Error, OSError) as error:
        return Inspection(exists=True, running=running, exposed=exposed, problem=str(error))
    known = migrations.pending(Database(memory=True))
    problem = None if found == "ok" else found
    return Inspection(True, False, running, exposed, newer, len(known) - applied, problem)


def _read(path: Path) -> tuple[int, str | None, str]:
    """(known steps made, an unknown step if there is one, what ``integrity_check`` says)."""
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError("this user may not read and write it")
    connection = _open(path)
    try:
        db = Database(connection, execute_plugins=False)
        known = {step.name for step in migrations.pending(Database(memory=True))}
        made = {step.name for step in migrations.applied(db)}
        newer = max(made - known, default=None)
        return len(made & known), newer, str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Belongings:
    """Whose the database is, as far as it says. ``hold``: since when (UTC ms), why and by whom."""

    team: str | None = None
    org: tuple[str, str, str] | None = None  #: platform, id, name
    hold: tuple[int, str, str] | None = None
    restored: bool = False  #: a copy on which no bot has started yet: it will begin on hold
    admins: tuple[str, ...] = ()  #: of the workspace, as far as the bot has met them
    ghosts: int = 0  #: connections of Socket Mode that nobody reads, as the bot last knew


def belongings(path: Path) -> Belongings:
    """Reads only, without the lock; of a file that cannot be read nothing is known, which :func:`inspect` says."""
    try:
        with closing(_open(path)) as db:
            found = db.execute("SELECT team FROM identity LIMIT 1").fetchone()
            if found is None:
                return Belongings()
            team: str = found[0]
            sql = "SELECT key, body FROM documents WHERE team = ? AND kind = 'binding'"
            said = {key: json.loads(body) for key, body in db.execute(sql, (team,))}
            sql = "SELECT body FROM documents WHERE team = ? AND kind = 'operator_notice' AND key = 'ghosts/'"
            ghosts = [json.loads(row[0]) for row in db.execute(sql, (team,))]
            people = [json.loads(row[0]) for row in db.execute("SELECT body FROM people WHERE team = ?", (team,))]
    except (sqlite3.Error, OSError):
        return Belongings()
    org, hold = said.get("org"), said.get("hold")
    return Belongings(
        team,
        (org["platform"], org["id"], org["name"]) if org else None,
        (hold["at"], hold["why"], hold["by"]) if hold else None,
        "restored" in said,
        tuple(sorted(person["id"] for person in people if _runs_it(person))),
        int(ghosts[0]["facts"]["connections"]) if ghosts else 0,
    )


def _runs_it(person: dict[str, Any]) -> bool:
    return bool(person.get("admin")) and person.get("barred") is None


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT)


def _held(lock: Path) -> bool:
    """Whether another process holds the lock the bot takes for as long as it runs."""
    try:
        handle = os.open(lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _exposed(path: Path) -> tuple[str, ...]:
    files = [file for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if file.exists()]
    modes = [(file.name, file.stat().st_mode & 0o777) for file in files]
    return tuple(f"{name} ({mode:o})" for name, mode in modes if mode & _OTHERS)


def _writable(folder: Path) -> bool:
    """Whether a file could be made in ``folder``, which may have to be made first."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
