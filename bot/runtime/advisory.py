"""Reads that only advise: whatever becomes of them, the main job goes on. They bring a value or *not checked*."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.errors import PlatformRefused, Problem

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: Seconds that anybody waits for one.
WITHIN = 5.0

#: Refusals that will be the same the next time: somebody has to grant something.
_FORBIDDEN = frozenset({"permission", "licence"})


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Instead of the value. ``why``: ``forbidden``, or ``unread`` (no answer, or none that anybody understands)."""

    why: str = "unread"


async def advisory(what: str, read: Awaitable[T], within: float = WITHIN) -> T | NotChecked:
    """What ``read`` brings; nothing that it raises gets any further, but being cancelled."""
    try:
        async with asyncio.timeout(within):
            return await read
    except PlatformRefused as refused:
        log.info("not checked", what=what, why=refused.reason)
        return NotChecked("forbidden" if refused.reason in _FORBIDDEN else "unread")
    except (Problem, TimeoutError) as error:
        log.info("not checked", what=what, why=str(error) or "timeout")
    except Exception as error:
        log.error("not checked", what=what, exc_info=error)  # a bug, or an answer nobody has thought of
    return NotChecked()
