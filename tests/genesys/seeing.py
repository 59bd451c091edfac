"""How the simulated Genesys Cloud looks at DNS: with the bot's own eyes, at the laboratory's zones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.model.look import Status
from bot.model.records import DnsRecord, RecordType
from bot.ports import Dns
from tests.genesys.org import Verify

_SAYS = {Status.RIGHT: "Verified", Status.UNKNOWN: "Unknown"}


def seeing(dns: Callable[[], Dns]) -> Verify:
    async def verify(name: str, records: tuple[DnsRecord, ...]) -> Mapping[RecordType, str]:
        look = await dns().look(name, records, resolvers=False)
        return {r.record.type: _SAYS.get(r.status, "Failed") for r in look.records}

    return verify
