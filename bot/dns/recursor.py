"""The resolver we start from: who serves what surely exists, and at which addresses we may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from bot.dns.addresses import is_askable, is_public
from bot.dns.client import DnsClient, Reply
from bot.dns.ttl_cache import Cache

#: The longest an address of a name server is believed, in seconds.
_LONGEST = 3600


class Ticks(Protocol):
    """The part of the clock that caches need: seconds that never go back."""

    def monotonic(self) -> float: ...


class Recursor:
    """Asks the recursor for NS sets and addresses of name servers, nothing else.

    ``allow_private`` lets name servers have addresses that are not of the public internet; without it a stranger's zone
    cannot make us ask inside our own network.
    """

    def __init__(
        self, client: DnsClient, at: tuple[str, int], *, allow_private: bool, clock: Ticks, timeout: float
    ) -> None:
        self._client, self._at, self._timeout = client, at, timeout
        self._allow_private = allow_private
        self._addresses: Cache[str, tuple[str, ...]] = Cache(50_000, _LONGEST, clock.monotonic)

    def __str__(self) -> str:
        return f"{self._at[0]}:{self._at[1]}"

    async def ask(self, name: str, rdtype: str) -> Reply:
        """Its answer; where it fails to validate, what it would say without validating: we look for ourselves."""
        reply = await self._ask(name, rdtype)
        return await self._ask(name, rdtype, unchecked=True) if reply.rcode == "SERVFAIL" else reply

    async def addresses(self, server: str, glue: Iterable[str]) -> tuple[str, ...]:
        """Where the name server can be asked; glue goes first, and nothing means that there is no usable address."""
        given = tuple(glue)
        if given:
            return self._allowed(given)
        known = self._addresses.get(server)
        if known is not None:
            return known
        replies = await asyncio.gather(self.ask(server, "A"), self.ask(server, "AAAA"))
        sets = [s for reply in replies if reply.usable for s in reply.answer if s.type in ("A", "AAAA")]
        found = self._allowed(address for rrset in sets for address in rrset.values)
        if sets:
            self._addresses.put(server, found, min(rrset.ttl for rrset in sets))
        return found

    async def every(self, server: str, glue: Iterable[str]) -> tuple[tuple[str, ...], bool]:
        """All addresses of a name server, by ``glue`` and by the recursor, whether we may ask there or not.

        And whether these are all: False where the recursor could not tell and no glue does. Nothing remembered counts.
        """
        given = tuple(glue)
        replies = await asyncio.gather(self.ask(server, "A"), self.ask(server, "AAAA"))
        sets = [s for reply in replies if reply.usable for s in reply.answer if s.type in ("A", "AAAA")]
        found = dict.fromkeys([*given, *(address for rrset in sets for address in rrset.values)])
        return tuple(sorted(found, key=lambda a: ":" in a)), bool(given) or all(r.usable for r in replies)

    def forget(self, server: str) -> None:
        self._addresses.forget(server)

    def allows(self, address: str) -> bool:
        """Whether a name server may be asked at ``address``."""
        return is_askable(address) and (self._allow_private or is_public(address))

    async def _ask(self, name: str, rdtype: str, *, unchecked: bool = False) -> Reply:
        address, port = self._at
        return await self._client.query(
            name, rdtype, address, port, recursive=True, unchecked=unchecked, timeout=self._timeout
        )

    def _allowed(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """IPv4 first; what no name server can be reached at is left out."""
        return tuple(sorted(filter(self.allows, addresses), key=lambda address: ":" in address))
