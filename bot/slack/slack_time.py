"""Slack is asked what time it is where the bot's own idea of it is in doubt."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.errors import Trouble
from bot.runtime.task_pool import TaskPool
from bot.slack.users import Call

log = structlog.get_logger(__name__)

_APART = 60.0  #: seconds between two questions, whoever causes them


class SlackTime:
    """At most one question a minute. ``doubtful``: Slack's last answer was not believed, and needs another one."""

    def __init__(
        self, call: Call, background: TaskPool, doubtful: Callable[[], bool], monotonic: Callable[[], float]
    ) -> None:
        self._call, self._background, self._doubtful, self._monotonic = call, background, doubtful, monotonic
        self._asked_at: float | None = None
        self._owed = False

    def ask(self) -> None:
        """The machine was paused, its clock was set, or a request that is rightly signed looks too old."""
        self._owed = True
        self.recheck()

    def recheck(self) -> None:
        """Ask what is owed still: nobody answered, or the answer was not believed."""
        if not (self._owed or self._doubtful()):
            return
        now = self._monotonic()
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
