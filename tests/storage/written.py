"""Files that earlier versions wrote, in every state: given back as databases, and what is in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from bot.model.lifecycle import State

Kind = Literal["embedded", "genesys"]  #: which platform the bot worked with
KINDS: tuple[Kind, ...] = get_args(Kind)

WrittenBefore = Callable[[Kind], Path]  #: what the fixture ``written_before`` is

#: Mon 2026-11-23 01:00 UTC, when the bot was started, and when the file was copied while it ran (UTC ms).
BEGAN_AT, WRITTEN_AT = 1_795_395_600_000, 1_795_673_810_000

_S = State
_BOTH = {
    "registering": _S.REGISTERING, "preparing": _S.REGISTERING, "awaiting": _S.AWAITING_DNS,
    "again": _S.AWAITING_DNS, "stalled": _S.STALLED, "ready": _S.READY, "untold": _S.READY,
    "asked": _S.AWAITING_APPROVAL, "voted": _S.AWAITING_APPROVAL, "activating": _S.ACTIVATING,
    "waiting": _S.WAITING, "held": _S.WAITING, "open": _S.OPEN, "leaving": _S.OPEN, "degraded": _S.DEGRADED,
    "removing": _S.REMOVING, "deleting": _S.REMOVING, "removed": _S.REMOVED,
}  # fmt: skip
_GENESYS = {"adopted": _S.OPEN, "imported": _S.AWAITING_DNS, "refused": _S.REMOVED}


def full(label: str) -> str:
    """The whole name of one of the domains."""
    return f"{label}.xyzcorp.com"


#: What each is for: ``written_by_0_1/README.md``.
STATES: Mapping[Kind, Mapping[str, State]] = MappingProxyType(
    {
        "embedded": {full(label): state for label, state in _BOTH.items()},
        "genesys": {full(label): state for label, state in (_BOTH | _GENESYS).items()},
    }
)


def restored(kind: Kind, folder: Path) -> Path:
    """The database as version 0.1 left it, in ``folder``."""
    path = folder / f"{kind}.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((Path(__file__).parent / "written_by_0_1" / f"{kind}.sql").read_text(encoding="utf-8"))
    return path
