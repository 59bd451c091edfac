"""The bot, and bots that are wrong on purpose: what proves "exactly once" must see each of these fail.

Everything here runs in a process of its own, which is killed in the end.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from sqlite_utils import Database

import bot.app
from bot.__main__ import _run
from bot.config import settings
from bot.i18n.translator import LANGUAGES, translator
from bot.model import names
from bot.model.change import Change
from bot.model.domain import EmailDomain
from bot.model.outbox import Notice
from bot.model.permits import Step
from bot.platforms.genesys import client
from bot.runtime import logs
from bot.runtime.clock import SystemClock
from bot.services import approving, registering, updating
from bot.services.outbox import reconciling
from bot.slack.client import Messenger
from commands import discover
from storage import codec, domains
from storage.sqlite import SqliteStore
from tests import permits


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


class Retrying(Messenger):
    """Lets slack_sdk send again after a dropped connection, as it does by default (there after a second or so)."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        soon = FixedValueRetryIntervalCalculator(0.02)
        self._client.retry_handlers = [AsyncConnectionErrorRetryHandler(interval_calculator=soon)]


def _overwrite(db: Database, change: Change, saved: EmailDomain) -> None:
    """Saves whatever somebody else has saved meanwhile."""
    row = codec.domain_row(saved)
    values = ", ".join(f":{column}" for column in row)
    db.execute(f"INSERT OR REPLACE INTO domains ({', '.join(row)}) VALUES ({values})", row)


async def _approve_first(ports: Any, name: str, token: str, *, by: Any) -> EmailDomain:
    """Activates at the platform first, and writes down afterwards that it was approved."""
    domain = await updating.find(ports, by.team, name)
    if domain.round is not None and domain.round.purpose == "activation":
        await ports.platform.activate(permits.permit(Step.ACTIVATE, domain.name, domain.account))
    return await _APPROVE(ports, name, token, by=by)


_APPROVE = approving.approve


def _wrong(module: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(module, name, value)


def _impatient() -> None:
    reconciling.OURS = reconciling.EARLIER = 0


MUTANTS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "": lambda: None,
        "no intention is stored": _wrong(bot.app, "SqliteStore", NoIntention),
        "marked as sent before it is": _wrong(bot.app, "SqliteStore", MarkedFirst),
        "sent again without looking": _wrong(bot.app, "Messenger", Blind),
        "looks before it has settled": _impatient,
        "slack_sdk sends again by itself": _wrong(bot.app, "Messenger", Retrying),
        "the machine's own clock is trusted": _wrong(SystemClock, "heard", lambda self, instant: None),
        "saved without comparing": _wrong(domains, "_compare_and_set", _overwrite),
        "activated before that is on disk": _wrong(approving, "approve", _approve_first),
    }
)

# Whatever is imported or read once is there already when a life is forked.
discover()
importlib.import_module("bot.platforms.embedded")
names.registrable("example.com")
for language in LANGUAGES:
    translator(language)


def live(environ: Mapping[str, str], mutant: str, log: Path, ahead: float) -> None:
    """One life of the bot, or of one of its mutants, on a machine whose clock is ``ahead`` (s)."""
    stream = log.open("a", buffering=1)
    os.dup2(stream.fileno(), 2)
    logs.configure("json", stream)
    # The platform's own times, as short as everything else here.
    client.TIMEOUT, client._PAUSE, client.PATIENCE = 1.5, 0.02, 0.1
    registering.UNCLEAR, registering.ACCEPTED = 3_000, 8_000
    MUTANTS[mutant]()
    parts = bot.app.Parts(wall=lambda: time.time() + ahead)  # noqa: TID251 - this is the machine's clock
    asyncio.run(_run(settings.load(environ, None), parts))
