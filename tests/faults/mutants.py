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

import bot.app
from bot.__main__ import _run
from bot.config import settings
from bot.i18n.translator import LANGUAGES, translator
from bot.model import names
from bot.platforms.genesys import client
from bot.runtime import logs
from bot.runtime.clock import SystemClock
from bot.services import approving, registering
from bot.services.outbox import reconciling
from commands import discover
from storage import domains
from tests.wrong_bots import Blind, MarkedFirst, NoIntention, Retrying, approve_first, overwrite, trust


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
        "the machine's own clock is trusted": _wrong(SystemClock, "heard", trust),
        "saved without comparing": _wrong(domains, "_compare_and_set", overwrite),
        "activated before that is on disk": _wrong(approving, "approve", approve_first),
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
