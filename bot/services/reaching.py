"""Whether posts of a domain will reach its channel, before anybody waits for them."""

from __future__ import annotations

from bot.errors import Trouble
from bot.model.domain import EmailDomain
from bot.ports import Ports, Reach


async def can_post(ports: Ports, domain: EmailDomain) -> bool:
    """False where the bot must be invited first; True also where Slack cannot tell now: posts wait and try again."""
    try:
        return await ports.messenger.reach(domain.channel) is Reach.YES
    except Trouble:
        return True
