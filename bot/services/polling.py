"""The domain's CNAME, asked of every counted server."""

from __future__ import annotations

from bot.model.domain import EmailDomain
from bot.model.observations import CnamePoll
from bot.ports import Ports


async def poll(ports: Ports, domain: EmailDomain) -> CnamePoll:
    """Servers that are no longer listed are asked for a while, too."""
    since = ports.clock.now() - ports.rhythm["counted"]
    return await ports.dns.poll(domain.name, target=domain.target, former=domain.observations.counted(since))
