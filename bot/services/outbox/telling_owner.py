"""To the owner of a domain, in private: why posts do not reach the channel. Each is said once."""

from __future__ import annotations

import structlog

from bot.errors import SlackBusy, SlackRefused, SlackUnclear
from bot.model.domain import EmailDomain
from bot.model.message import Message
from bot.model.outbox import Reach
from bot.ports import Ports
from bot.services.outbox.wording import Wording
from bot.views import replies

log = structlog.get_logger(__name__)

#: Documents: what was said, by mark.
_KIND = "unreachable"


class OwnerTeller:
    def __init__(self, ports: Ports, wording: Wording) -> None:
        self._ports, self._wording = ports, wording

    async def unreachable(self, channel: str, domain: EmailDomain, reach: Reach) -> None:
        """The channel is gone, or the bot has to be invited: the posts wait."""
        if await self._first(reach.value, channel, domain):
            ctx = await self._wording.context(domain, domain.owner)
            view = replies.not_in_channel if reach is Reach.NOT_IN else replies.channel_gone
            await self._send(domain, view(domain, channel, ctx))

    async def refused(self, channel: str, domain: EmailDomain, error: str) -> None:
        """Slack does not let the bot post, or look, there, in a word (``error``) that nobody here knows."""
        if await self._first(f"refused {error}", channel, domain):
            ctx = await self._wording.context(domain, domain.owner)
            await self._send(domain, replies.channel_refused(domain, channel, error, ctx))

    async def ended(self, channel: str, domain: EmailDomain) -> None:
        """Something could not be posted for so long that it was given up."""
        if await self._first("ended", channel, domain):
            ctx = await self._wording.context(domain, domain.owner)
            await self._send(domain, replies.posts_ended(domain, channel, ctx))

    async def _first(self, what: str, channel: str, domain: EmailDomain) -> bool:
        mark = f"{what}/{channel}/{domain.name}#{domain.life}"
        if await self._ports.store.document(_KIND, mark) is not None:
            return False
        # Written first: one message lost is better than one a minute.
        await self._ports.store.put_document(_KIND, mark, {"at": self._ports.clock.now()})
        return True

    async def _send(self, domain: EmailDomain, message: Message) -> None:
        try:
            await self._ports.messenger.post(domain.owner, message, metadata={}, thread=None, broadcast=False)
        except (SlackBusy, SlackUnclear, SlackRefused) as error:
            log.warning("owner not told", domain=domain.name, error=str(error))
