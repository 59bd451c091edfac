"""One look at one domain: every authoritative address first, and public resolvers only for what is published."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.dns.aliases import Seen
from bot.dns.authority import Authority, Deadline
from bot.dns.client import DnsClient, purse
from bot.dns.early_result import EarlyResult
from bot.dns.evidence import Evidence, Holder
from bot.dns.fair_yield import FairYield
from bot.dns.polling import poll
from bot.dns.public_resolvers import Resolvers, View
from bot.dns.recursor import Recursor
from bot.dns.surveying import survey
from bot.dns.zone import NoZone, Zone, Zones
from bot.model.diagnosis.case import Context
from bot.model.diagnosis.table import diagnose
from bot.model.look import Look, RecordLook, Status, visible
from bot.model.name_survey import DnsHealth, Survey
from bot.model.observations import CnamePoll, ListedServer
from bot.model.records import DnsRecord

if TYPE_CHECKING:
    from bot.ports import Clock

#: Seconds for one whole look; what has not answered by then is unknown. Somebody may be waiting for it.
DEADLINE = 2.4

#: Seconds for one of the three tries at one server.
TIMEOUT = 0.4

#: Packets of one look, those to the recursor counted: whoever writes a zone cannot make us send more. Of these some are
#: for public resolvers: three of them answer with six, and are asked three times where they are silent.
MAX_PACKETS, FOR_RESOLVERS = 150, 30

_RESOLV_CONF = Path("/etc/resolv.conf")


def build(
    *,
    recursor: tuple[str, int] | None,
    resolvers: tuple[tuple[str, str, int], ...],
    dns_port: int,
    clock: Clock,
    timeout: float = TIMEOUT,
    deadline: float = DEADLINE,
    holder: Holder | None = None,
    private: bool = False,
) -> Dns:
    """The real DNS. ``recursor`` None means the system's; ``dns_port`` is that of all authoritative servers.

    ``private``: name servers at addresses that are not of the public internet are asked as well (split horizon, a
    laboratory), whatever the recursor is. ``holder`` knows whose another key is.
    """
    client = DnsClient()
    start = Recursor(
        client, recursor or _system_recursor(_RESOLV_CONF), allow_private=private, clock=clock, timeout=timeout
    )
    zones = Zones(client, start, port=dns_port, clock=clock, timeout=timeout)
    return Dns(client, zones, Resolvers(client, tuple(resolvers), timeout), clock, deadline, holder)


class Dns:
    """The port ``bot.ports.Dns`` over real packets."""

    def __init__(
        self, client: DnsClient, zones: Zones, resolvers: Resolvers, clock: Clock, deadline: float,
        holder: Holder | None = None,
    ) -> None:  # fmt: skip
        self._client, self._zones, self._resolvers = client, zones, resolvers
        self._authority, self._evidence = Authority(zones), Evidence(zones, clock, holder)
        self._clock, self._deadline, self._turns = clock, deadline, FairYield()

    async def look(
        self,
        name: str,
        records: tuple[DnsRecord, ...],
        *,
        resolvers: bool = True,
        confirm: bool = False,
        fresh: bool = False,
        last: Look | None = None,
        early: Callable[[Look], None] | None = None,
    ) -> Look:
        """All records at all servers, within the deadline; silence is unknown, never missing.

        ``resolvers``: ask the public ones too, once everything is published. ``confirm``: see right records over TCP
        or at a second server. ``fresh``: believe nothing remembered about who serves the zone. ``last``: where every
        authoritative server says what it said then, that look is repeated and nobody else is asked. ``early`` is called
        once, where it all takes longer than a moment, with what authoritative servers have said so far.
        """
        with purse(MAX_PACKETS - FOR_RESOLVERS):
            return await self._within(
                name, records, resolvers=resolvers, confirm=confirm, fresh=fresh, last=last, early=early
            )

    async def _within(
        self, name: str, records: tuple[DnsRecord, ...], *, resolvers: bool, confirm: bool, fresh: bool,
        last: Look | None, early: Callable[[Look], None] | None,
    ) -> Look:  # fmt: skip
        """As :meth:`look`, with as many packets as there are."""
        deadline = Deadline.after(self._deadline)
        same = last is not None and tuple(one.record for one in last.records) == records
        if last and same and await self._unchanged(last, deadline):
            return last.again(self._clock.now())
        soon = EarlyResult(name, records, self._clock, early)
        try:
            return await self._look(name, records, deadline, soon, resolvers=resolvers, confirm=confirm, fresh=fresh)
        finally:
            soon.cancel()

    async def _unchanged(self, last: Look, deadline: Deadline) -> bool:
        """Whether all is as it was. DNSSEC that broke shows at resolvers only: one is asked, where there is any."""
        if not await self._authority.unchanged(last, deadline):
            return False
        return not (last.signed and await self._resolvers.fails(last.records[0], deadline))

    async def _look(
        self, name: str, records: tuple[DnsRecord, ...], deadline: Deadline, soon: EarlyResult, *, resolvers: bool,
        confirm: bool, fresh: bool,
    ) -> Look:  # fmt: skip
        if fresh:
            for host in {name, *(record.host for record in records)}:
                self._zones.forget(host)
                self._evidence.forget(host)
        await self._turns.wait()
        seen = await asyncio.gather(*(self._authority.look(r, deadline, heard=soon.heard) for r in records))
        confirmed = await self._confirmed(seen, deadline, ask=confirm)
        looks = tuple(one.look for one in seen)
        shown = seen if resolvers and all(one.published for one in looks) else []
        context, views = await asyncio.gather(
            self._evidence.gather(name, list(seen), deadline, confirm=confirm), self._views(shown, deadline)
        )
        if views:
            looks = tuple(
                replace(one, resolvers=tuple(view.answer for view in row))
                for one, row in zip(looks, views, strict=True)
            )
            context = replace(context, bogus=_bogus(looks, views))
        await self._turns.wait()
        signed = any(view.validated for row in views for view in row)
        return self._told(name, looks, context, confirmed=confirmed, signed=signed)

    def _told(
        self, name: str, looks: tuple[RecordLook, ...], context: Context, *, confirmed: bool, signed: bool
    ) -> Look:
        now = self._clock.now()
        return Look(
            name=name,
            at=now,
            records=looks,
            zone=context.zone,
            nameservers=context.nameservers,
            findings=diagnose(name, looks, context, now=now),
            problem=context.problem,
            confirmed=confirmed,
            thorough_at=now,
            signed=signed,
        )

    async def survey(self, name: str) -> Survey:
        """What stands at the name before it is registered (S9)."""
        with purse(MAX_PACKETS):
            return await survey(self._zones, name, Deadline.after(self._deadline))

    async def poll(self, name: str, *, target: str | None, former: Sequence[ListedServer] = ()) -> CnamePoll:
        """Every counted server's CNAME at the name, dated when the poll began."""
        with purse(MAX_PACKETS):
            return await poll(self._zones, name, target=target, former=former, at=self._clock.now())

    async def health(self) -> DnsHealth:
        """Recursor, way out to port 53, resolvers: each tried with a question about the root, which exists."""
        deadline = Deadline.after(self._deadline)
        resolvers = asyncio.create_task(self._resolvers.answering())
        answers, root = await deadline.of(self._root(), (False, None))
        if root is None:
            return DnsHealth(str(self._zones.recursor), answers, None, await resolvers)
        over_udp = deadline.of(self._zones.first(root, ".", "SOA"), None)
        udp, tcp = await asyncio.gather(over_udp, deadline.of(self._over_tcp(root), False))
        return DnsHealth(str(self._zones.recursor), answers, udp is not None, await resolvers, tcp)

    @property
    def results(self) -> Mapping[str, int]:
        return self._client.results

    async def close(self) -> None:
        await self._zones.close()
        await self._client.close()

    async def _views(self, seen: list[Seen], deadline: Deadline) -> list[tuple[View, ...]]:
        """What public resolvers show of each record."""
        with purse(FOR_RESOLVERS):  # of their own, so that no zone can spend them
            return await asyncio.gather(*(self._resolvers.look(one, deadline, self._clock.now()) for one in seen))

    async def _confirmed(self, seen: list[Seen], deadline: Deadline, *, ask: bool) -> bool:
        right = [one for one in seen if one.look.count(Status.RIGHT)]
        if not right:
            return False
        if not ask:
            return all(one.look.count(Status.RIGHT) >= 2 for one in right)
        return all(await asyncio.gather(*(self._authority.confirm(one, deadline) for one in right)))

    async def _root(self) -> tuple[bool, Zone | None]:
        """(whether the recursor answers, the root with its servers where it names them)."""
        try:
            return True, await self._zones.root()
        except NoZone as why:
            return why.problem != "recursor", None

    async def _over_tcp(self, zone: Zone) -> bool:
        """Whether one of the zone's first two servers answers over TCP."""
        asked = (self._zones.direct(server.address, ".", "SOA", tcp=True) for server in zone.servers[:2])
        return any(reply.usable for reply in await asyncio.gather(*asked))


def _bogus(looks: tuple[RecordLook, ...], views: list[tuple[View, ...]]) -> tuple[str, ...]:
    """Resolvers for which the domain's DNSSEC is broken: one that says so, or all that fail where too many fail."""
    found: list[str] = []
    for look, row in zip(looks, views, strict=True):
        failing = [view for view in row if view.answer.why == "servfail"]
        outvoted = visible(look.resolvers) is False and failing and all(view.bogus for view in failing)
        found.extend(view.answer.server for view in failing if view.certain or (outvoted and view.bogus))
    return tuple(dict.fromkeys(found))


def _system_recursor(conf: Path) -> tuple[str, int]:
    """The first ``nameserver`` of resolv.conf(5); the local host where there is none, as the C library does."""
    with contextlib.suppress(OSError, ValueError):
        for line in conf.read_text().splitlines():
            word, _, rest = line.strip().partition(" ")
            if word == "nameserver" and rest.split():
                return str(ipaddress.ip_address(rest.split()[0])), 53
    return "127.0.0.1", 53
