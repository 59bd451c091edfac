"""A laboratory of DNS servers and the real thing looking at it, with short patience so that tests are quick."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.dns.look import Dns, build
from bot.model.look import Look
from bot.model.records import DnsRecord, RecordType
from bot.tryout.dns import DnsLab, Zone
from bot.tryout.dns.mistakes import Place

NAME = "sales.xyzcorp.com"
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "Zx9+/" * 66
TXT = DnsRecord(RecordType.TXT, f"scph1126._domainkey.{NAME}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}")
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")
RECORDS = (TXT, CNAME)

#: Seconds for one try: long enough for a loaded machine, short enough that three of them do not hurt.
TIMEOUT = 0.1


@dataclass
class Clock:
    """Wall and monotonic time, moved by hand."""

    at: int = 1_795_000_000_000
    started: int = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.at

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return (self.at - self.started) / 1000

    def delay_until(self, instant: int) -> float:
        return max(0, instant - self.at) / 1000

    def forward(self, seconds: float) -> None:
        self.at += int(seconds * 1000)


@dataclass
class Desk:
    """The zone ``xyzcorp.com`` with two servers, and a bot that looks at it."""

    lab: DnsLab
    clock: Clock
    zone: Zone
    dns: Dns

    async def look(
        self, *records: DnsRecord, resolvers: bool = True, confirm: bool = False, fresh: bool = False
    ) -> Look:
        return await self.dns.look(NAME, records or RECORDS, resolvers=resolvers, confirm=confirm, fresh=fresh)

    def publish(self) -> None:
        for record in RECORDS:
            self.zone.publish(record)

    def resolver_questions(self) -> list[str]:
        """Names that public resolvers or the recursor were asked for."""
        public = {"recursor", *(r.name for r in self.lab.resolvers)}
        return [q.name for q in self.lab.questions if q.server in public]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def lab(clock: Clock) -> AsyncIterator[DnsLab]:
    lab = DnsLab(now=clock.now)
    await lab.start()
    yield lab
    await lab.stop()


@pytest.fixture
async def desk(lab: DnsLab, clock: Clock) -> AsyncIterator[Desk]:
    zone = lab.zone("xyzcorp.com")
    dns = look_at(lab, clock)
    yield Desk(lab, clock, zone, dns)
    await dns.close()


@pytest.fixture
async def dns(lab: DnsLab, clock: Clock) -> AsyncIterator[Dns]:
    dns = look_at(lab, clock)
    yield dns
    await dns.close()


@pytest.fixture
def at(lab: DnsLab) -> Place:
    """A zone in which both records are right."""
    zone = lab.zone("xyzcorp.com")
    for record in RECORDS:
        zone.publish(record)
    return Place(lab, zone, TXT, CNAME)


def look_at(lab: DnsLab, clock: Clock, *, deadline: float = 2.4, timeout: float = TIMEOUT) -> Dns:
    """The real thing, pointed at the laboratory."""
    return build(
        recursor=lab.recursor,
        resolvers=tuple(r.setting for r in lab.resolvers),
        dns_port=lab.port,
        clock=clock,
        timeout=timeout,
        deadline=deadline,
        private=True,
    )


async def elapsed(since: float) -> float:
    """Seconds of the loop's time since ``since``."""
    return asyncio.get_running_loop().time() - since
