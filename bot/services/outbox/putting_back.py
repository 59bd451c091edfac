"""Messages that were surely not posted: when they are tried again, and when they are given up."""

from __future__ import annotations

from typing import NamedTuple

import structlog

from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice
from bot.ports import Ports
from bot.services.outbox.telling_owner import OwnerTeller

log = structlog.get_logger(__name__)

#: A card has no time of its own: it waits for its channel, however long that takes.
CARDS = (Kind.RECORDS, Kind.CARD)

#: What people must not miss is tried for longer than the rest.
_URGENT = frozenset({Kind.SENDING_ALLOWED, Kind.DEGRADED})


class Hold(NamedTuple):
    """Why nothing more goes to a channel for now, and until when (UTC ms). ``failed``: not because Slack is silent."""

    until: int
    problem: str | None = None
    failed: bool = False


class PuttingBack:
    def __init__(self, ports: Ports, owner: OwnerTeller) -> None:
        self._ports, self._owner = ports, owner

    async def put(self, channel: str, notice: Notice, domain: EmailDomain, hold: Hold) -> Hold:
        """It is tried again when the hold is over."""
        if hold.failed:
            await self.failed(channel, notice, domain, hold)
        else:
            await self._ports.store.put_back(notice, hold.until, hold.problem)
        return hold

    async def failed(
        self, channel: str, notice: Notice, domain: EmailDomain, hold: Hold, *, aside: bool = False
    ) -> None:
        """It could not be sent; tried again, but not for ever. ``aside``: others of its domain pass it."""
        if not await self.ended(channel, notice, domain, hold.problem or ""):
            now = self._ports.clock.now()
            await self._ports.store.put_back(notice, hold.until, hold.problem, failed_at=now, aside=aside)

    async def ended(self, channel: str, notice: Notice, domain: EmailDomain, problem: str) -> bool:
        """Whether it has failed for so long that it is given up, of which the owner is told."""
        rhythm, since = self._ports.rhythm, notice.failing_since
        lives = rhythm["message_ends_urgent" if notice.kind in _URGENT else "message_ends"]
        if since is None or notice.kind in CARDS or self._ports.clock.now() - since < lives:
            return False
        log.error("message given up", key=notice.key, problem=problem)
        await self._ports.store.end(notice, problem)
        await self._owner.ended(channel, domain)
        return True
