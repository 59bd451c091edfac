"""After the clock was put back, or a start: what was stored while it was ahead comes when it should, not hours late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.errors import NotFound, Problem
from bot.model import correcting
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.ports import Ports
from bot.services.updating import alter

log = structlog.get_logger(__name__)

#: A message that is to be tried again later than this (ms) is tried now; no such wait is longer.
_MESSAGES = 3_600_000

_AT_A_TIME = 200  #: domains looked through before others get a turn


class Corrector:
    """One per process. ``was_put_back`` says whether the clock was since it was last asked."""

    def __init__(self, ports: Ports, was_put_back: Callable[[], bool]) -> None:
        self._ports, self._was_put_back = ports, was_put_back
        self._owed: bool | None = False  # every domain; None: nothing. At a start what is far off is enough.

    async def correct(self) -> None:
        """What is owed, once it is sure what time it is; what fails is owed still."""
        if self._was_put_back():
            self._owed = True
        if self._owed is None or not self._ports.clock.sure or self._ports.identity() is None:
            return
        try:
            await self._correct()
        except Problem as problem:
            log.warning("instants not put right yet", error=str(problem))
        except Exception as error:  # it must not keep the sweep from its work
            self._owed = None
            log.error("instants not put right", exc_info=error)

    async def _correct(self) -> None:
        identity, ports, now = self._ports.identity(), self._ports, self._ports.clock.now()
        if identity is None:
            return
        far = correcting.horizon(now, ports.rhythm)
        found = await (ports.store.domains(identity.team) if self._owed else ports.store.due_after(far))
        corrected = 0
        for n, domain in enumerate(found):
            corrected += await self._put_right(domain)
            if n % _AT_A_TIME == 0:
                await asyncio.sleep(0)  # there may be very many, and most need nothing
        await ports.store.hasten(now + _MESSAGES)
        self._owed = None
        if corrected:
            log.warning("instants of a clock that was ahead put right", domains=corrected)

    async def _put_right(self, domain: EmailDomain) -> bool:
        def decide(draft: Draft) -> bool:
            return correcting.correct(draft, self._ports.rhythm)

        if not decide(Draft(domain, self._ports.clock.now())):
            return False
        try:
            await alter(self._ports, domain, decide)
        except NotFound:
            return False  # another life began meanwhile
        return True
