"""How authoritative servers must be asked so that they answer: with EDNS or without, in which letters."""

from __future__ import annotations

import asyncio

from bot.dns.client import DnsClient, How, Outcome, Reply
from bot.dns.recursor import Ticks
from bot.dns.ttl_cache import Cache

#: Seconds for which it is believed that a server drops EDNS, and that it knows names in which letters.
_EDNS, _LETTERS = 300, 3600

#: What is asked again in small letters before it is believed: some servers know names in no others.
_BECAUSE_OF_LETTERS = frozenset({"NXDOMAIN", "REFUSED", "NOTAUTH", "SERVFAIL"})


class Manners:
    """Asks servers at ``port``, each as it wants it. ``timeout`` in seconds for one try."""

    def __init__(self, client: DnsClient, *, port: int, clock: Ticks, timeout: float) -> None:
        self._client, self._port, self._timeout = client, port, timeout
        self._old: Cache[str, bool] = Cache(10_000, _EDNS, clock.monotonic)
        self._small: Cache[str, bool] = Cache(50_000, _LETTERS, clock.monotonic)  # False: any letters will do

    def soon(self, address: str, name: str, rdtype: str, *, plain: bool) -> asyncio.Future[Reply]:
        """The answer to one question, which is not asked again in any other way."""
        return self._client.query_soon(
            name, rdtype, address, self._port, recursive=False, timeout=self._timeout,
            edns=not self.drops_edns(address), plain=plain or bool(self._small.get(address)),
        )  # fmt: skip

    async def ask(
        self, address: str, name: str, rdtype: str, *, tcp: bool, edns: bool, plain: bool, tries: int
    ) -> Reply:
        """The answer. That there is no such name, or that the server does not know the zone, is believed when it was
        asked in small letters too, or when the server is known to take any."""
        how: How = {"recursive": False, "tcp": tcp, "timeout": self._timeout, "tries": tries}
        how["edns"] = edns and not self.drops_edns(address)
        small = self._small.get(address)
        how["plain"] = plain or bool(small)
        reply = await self._client.query(name, rdtype, address, self._port, **how)
        if how["plain"] or tcp or reply.outcome is not Outcome.ANSWER:
            return reply
        if reply.answer or reply.referral("", name):
            self._small.put(address, False, _LETTERS)
        elif reply.rcode in _BECAUSE_OF_LETTERS and small is None:
            return await self._in_small_letters(reply, address, name, rdtype, how)
        return reply

    async def _in_small_letters(self, reply: Reply, address: str, name: str, rdtype: str, how: How) -> Reply:
        """``reply``, or what the server says to the same question in small letters, if that is more."""
        how["plain"] = True
        again = await self._client.query(name, rdtype, address, self._port, **how)
        if again.outcome is not Outcome.ANSWER or again.rcode in _BECAUSE_OF_LETTERS:
            return reply
        self._small.put(address, True, _LETTERS)
        return again

    def drops_edns(self, address: str) -> bool:
        return bool(self._old.get(address))

    def without_edns(self, address: str) -> None:
        """From now on, for some minutes, this server is asked without EDNS."""
        self._old.put(address, True, _EDNS)
