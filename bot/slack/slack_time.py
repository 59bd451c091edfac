"""Slack's time: asked for where the bot's own idea of it is in doubt, and kept for the next process of this boot."""

from __future__ import annotations

from typing import Any, Protocol

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Anchor, SystemClock
from bot.runtime.task_pool import TaskPool
from bot.slack.users import Call

log = structlog.get_logger(__name__)

_APART = 60.0  #: seconds between two questions, whoever causes them

#: The document of the database that holds the anchor.
KIND, KEY = "clock", "anchor"

_WORTH = 2_000  #: an anchor that moved by less (ms) is not written anew


class Documents(Protocol):
    async def next_due(self) -> int | None: ...
    async def document(self, kind: str, key: str) -> dict[str, Any] | None: ...
    async def put_document(self, kind: str, key: str, body: dict[str, Any] | None) -> None: ...


class SlackTime:
    """At most one question a minute. ``clock`` is None where time does not come from Slack."""

    def __init__(self, call: Call, background: TaskPool, clock: SystemClock | None, store: Documents) -> None:
        self._call, self._background, self._clock, self._store = call, background, clock, store
        self._asked_at: float | None = None
        self._owed = False
        self._kept: Anchor | None = None

    async def remember(self) -> None:
        """What the last process agreed with Slack on; before anything is heard in this one."""
        if self._clock is None:
            return
        self._clock.nothing_waits = await self._store.next_due() is None
        found = await self._store.document(KIND, KEY)
        if found is not None:
            self._kept = Anchor(found["boot"], found["base"])
            self._clock.recall(self._kept)

    async def keep(self) -> None:
        """Write down what is agreed on, where that changed."""
        anchor = self._clock.anchor if self._clock is not None else None
        if anchor is None or (
            self._kept is not None and self._kept.boot == anchor.boot and abs(self._kept.base - anchor.base) < _WORTH
        ):
            return
        await self._store.put_document(KIND, KEY, anchor._asdict())
        self._kept = anchor

    def ask(self) -> None:
        """The machine was paused, its clock was set, or a request that is rightly signed looks too old."""
        self._owed = True
        self.recheck()

    def recheck(self) -> None:
        """Ask what is owed still: nobody answered, the answer was not believed, or no second one agreed with it."""
        clock = self._clock
        if clock is None or not (self._owed or clock.doubtful or not clock.sure):
            return
        now = clock.monotonic()
        if self._asked_at is not None and 0 <= now - self._asked_at < _APART:
            return
        self._asked_at = now
        self._background.start(self._ask())

    async def _ask(self) -> None:
        try:
            await self._call("auth.test")  # its answer's Date is heard like that of every other
        except Trouble as trouble:
            log.info("Slack does not say what time it is", error=str(trouble))
        else:
            self._owed = False
