"""Tasks that live as long as the bot: whatever one of them raises is logged with a number, and it begins anew."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

#: Seconds before work that failed begins anew.
PAUSE = 5.0


def report(what: str, error: BaseException) -> str:
    """Log an error nobody expected; returns the number that it has in the log, for whoever is told of it."""
    reference = secrets.token_hex(4)
    log.error("bug", reference=reference, what=what, exc_info=error)
    return reference


def lasting(name: str, work: Callable[[], Awaitable[object]]) -> asyncio.Task[None]:
    """``work`` as a task, again after :data:`PAUSE` where it raises; over when it returns or is cancelled."""
    return asyncio.create_task(_again(name, work), name=name)


async def _again(name: str, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody awaits it: without this it would end in silence
            report(name, error)
            await asyncio.sleep(PAUSE)
        else:
            return
