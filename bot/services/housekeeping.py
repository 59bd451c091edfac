"""Once a night: forget what nothing asks for any more, see that the database is sound, empty the write-ahead log."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.errors import Problem
from bot.ports import Ports

log = structlog.get_logger(__name__)

#: An answered intention is kept while Slack or a person might repeat it; messages of a life that is over, in case
#: somebody asks what was said.
KEEP_WISHES, KEEP_LIVES = timedelta(days=7), timedelta(days=90)

_MS = timedelta(milliseconds=1)


class Tidier:
    """One per process. ``sound`` is what the last check found, None before the first."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.sound: bool | None = None

    async def tidy(self) -> None:
        """A part that fails keeps the others from nothing; a damaged file is not written to more than need be."""
        try:
            await self._check()
            if self.sound is not False and self._ports.clock.sure:
                await self._forget()
        except Problem as problem:
            log.warning("not tidied", error=str(problem))

    async def _check(self) -> None:
        found = await self._ports.store.check()
        self.sound = found == "ok"
        if not self.sound:
            log.critical("the database is damaged", found=found, fix="stop the bot and go back to a backup")

    async def _forget(self) -> None:
        now = self._ports.clock.now()
        forgotten = await self._ports.store.tidy(now - KEEP_WISHES // _MS, now - KEEP_LIVES // _MS)
        emptied = await self._ports.store.checkpoint()
        log.info("tidied", **forgotten, log_emptied=emptied)
