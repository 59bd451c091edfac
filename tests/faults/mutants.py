"""The bot, and bots that are wrong on purpose: what proves "exactly once" must see each of these fail.

Everything here runs in a process of its own, which is killed in the end.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import bot.app
from bot import config, logs
from bot.__main__ import _run
from bot.messenger import Messenger
from bot.model.outbox import Notice
from bot.services import settling
from storage.sqlite import SqliteStore


class NoIntention(SqliteStore):
    """Posts first and writes down afterwards, as an ordinary outbox does."""

    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None:
        return notice.__class__(**{f: getattr(notice, f) for f in notice.__slots__} | {"channel": channel})

    async def sent(self, notice: Notice, channel: str, ts: str, shown: str, version: int) -> None:
        begun = await super().begin_sending(notice, "nobody", 0, channel, None)
        if begun is not None:
            await super().sent(begun, channel, ts, shown, version)


class MarkedFirst(SqliteStore):
    """Counts a message as sent before it is."""

    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None:
        begun = await super().begin_sending(notice, owner, anchor, channel, thread)
        if begun is not None:
            await super().sent(begun, channel, "1.000000", "", 0)
        return begun


class Blind(Messenger):
    """Sends again without looking whether the message is there."""

    async def find(self, channel: str, key: str, *, since: int, thread: str | None) -> str | None:
        return None


def _wrong(module: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(module, name, value)


def _impatient() -> None:
    settling.OURS = settling.EARLIER = 0


MUTANTS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "": lambda: None,
        "no intention is stored": _wrong(bot.app, "SqliteStore", NoIntention),
        "marked as sent before it is": _wrong(bot.app, "SqliteStore", MarkedFirst),
        "sent again without looking": _wrong(bot.app, "Messenger", Blind),
        "looks before it has settled": _impatient,
    }
)


def live(environ: Mapping[str, str], mutant: str, log: Path) -> None:
    """One life of the bot, or of one of its mutants."""
    stream = log.open("a", buffering=1)
    os.dup2(stream.fileno(), 2)
    logs.configure("json", stream)
    MUTANTS[mutant]()
    asyncio.run(_run(config.load(environ, None)))
