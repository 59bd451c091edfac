"""Resolvers of the laboratory: they find answers by walking its zones, and remember them as real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from bot.tryout.dns.endpoint import Endpoint, Question
from bot.tryout.dns.zonedata import Response

#: Asks the authoritative servers; None where they fail.
Walk = Callable[[str, str], Response | None]


@dataclass
class _Kept:
    at: int
    response: Response
    ttl: int


class Resolver(Endpoint):
    """A resolver. ``now`` (UTC ms) makes it remember answers for their TTL, and absence as long as the SOA allows
    (RFC 2308); without it nothing is kept. Unpacks as ``name, address, port``."""

    def __init__(
        self,
        name: str,
        address: str,
        journal: Callable[[Question], None],
        walk: Walk,
        now: Callable[[], int] | None,
    ) -> None:
        super().__init__(name, address, journal)
        self.port = 0
        self._walk, self._now = walk, now
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._bogus = self._proves = False
        self._denies: frozenset[str] | None = None

    def __iter__(self) -> Iterator[str | int]:
        return iter((self.name, self.address, self.port))

    @property
    def setting(self) -> tuple[str, str, int]:
        """As ``bot.dns.look.build`` and the setting ``EMAILDOMAIN_RESOLVERS`` take it."""
        return self.name, self.address, self.port

    def forget(self) -> None:
        """Empties the cache, as an operator would."""
        self._kept.clear()

    def validate(self, *, broken: bool) -> None:
        """It finds that DNSSEC proves what it gives; with ``broken`` every domain's is bogus: SERVFAIL with EDE 9,
        unless asked not to check."""
        self._bogus, self._proves = broken, True

    def deny(self, *names: str) -> None:
        """Nothing exists, it says, or none of ``names``: behind a filter, or wrongly set up."""
        self._denies = frozenset(names)

    def heal(self) -> None:
        super().heal()
        self._bogus = self._proves = False
        self._denies = None

    def respond(self, name: str, rdtype: str, query: dns.message.Message) -> Response:
        if self._bogus and not query.flags & dns.flags.CD and name:
            return Response(dns.rcode.SERVFAIL, authoritative=False, ede=9)  # DNSKEY missing
        return replace(self.resolve(name, rdtype), validated=self._proves)

    def foresee(self, name: str, rdtype: str) -> Response:
        kept = dict(self._kept)
        try:
            return Response(dns.rcode.SERVFAIL, authoritative=False) if self._bogus else self.resolve(name, rdtype)
        finally:
            self._kept = kept

    def resolve(self, name: str, rdtype: str) -> Response:
        """The answer, following CNAMEs, from the cache where it is held."""
        if self._denies is not None and (not self._denies or name in self._denies):
            return Response(dns.rcode.NXDOMAIN, authoritative=False)
        answer: list[dns.rrset.RRset] = []
        for _ in range(9):
            found = self._one(name, rdtype)
            if found is None:
                return Response(dns.rcode.SERVFAIL, authoritative=False)
            answer.extend(found.answer)
            last = found.answer[-1] if found.answer else None
            if last is None or last.rdtype != dns.rdatatype.CNAME or rdtype == "CNAME":
                return Response(found.rcode, False, answer, list(found.authority))
            if found.authority:  # the chain ended inside that zone without data
                return Response(found.rcode, False, answer, list(found.authority))
            name = last[0].to_text().rstrip(".").lower()
        return Response(dns.rcode.SERVFAIL, authoritative=False)

    def _one(self, name: str, rdtype: str) -> Response | None:
        key = (name, rdtype)
        if self._now is None:
            return self._walk(name, rdtype)
        kept = self._kept.get(key)
        age = (self._now() - kept.at) // 1000 if kept else 0
        if kept is None or age >= kept.ttl:
            response = self._walk(name, rdtype)
            if response is None:
                return None
            kept, age = _Kept(self._now(), response, _ttl(response)), 0
            self._kept[key] = kept
        return Response(
            kept.response.rcode,
            False,
            [_aged(rrset, age) for rrset in kept.response.answer],
            [_aged(rrset, age) for rrset in kept.response.authority],
        )


def _ttl(response: Response) -> int:
    return min((rrset.ttl for rrset in (*response.answer, *response.authority)), default=0)


def _aged(rrset: dns.rrset.RRset, seconds: int) -> dns.rrset.RRset:
    aged = dns.rrset.RRset(rrset.name, rrset.rdclass, rrset.rdtype)
    aged.items = rrset.items
    aged.ttl = max(0, rrset.ttl - seconds)
    return aged
