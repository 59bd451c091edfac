"""What a record's own zone says of it: every address of every name server is asked, without recursion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.dns.aliases import Ends, Seen, Told, combined, goes_on, onward, passed, stuck, turns_back
from bot.dns.classification import MAX_HOPS, classify, repeats
from bot.dns.client import Outcome, Reply
from bot.dns.zone import NoZone, Server, Zone, Zones
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.names import registrable
from bot.model.records import DnsRecord

#: Deepest nesting of zones below the registrable domain that is followed.
_MAX_CUTS = 8

#: How many different ends of aliases are followed where servers disagree.
_MAX_ENDS = 2

T = TypeVar("T")

Heard = Callable[[DnsRecord, Answer], None]

_SILENT = Reply(Outcome.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of the running loop's time; what is not there by then is replaced by what stands for silence."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(asyncio.get_running_loop().time() + seconds)

    async def of(self, work: Coroutine[Any, Any, T], otherwise: T) -> T:
        try:
            async with asyncio.timeout_at(self.at):
                return await work
        except TimeoutError:
            return otherwise


class Authority:
    """Asks the servers of the zone that holds a record."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones

    async def look(
        self, record: DnsRecord, deadline: Deadline, path: tuple[str, ...] = (), heard: Heard | None = None
    ) -> Seen:
        """Every server's answer about ``record``; where a CNAME leads elsewhere, what is there. ``path`` is the way
        already gone. ``heard`` gets each server's answer as soon as it is there, as long as others are awaited."""
        try:
            async with asyncio.timeout_at(deadline.at):
                zone = await self._zones.start(record.host)
        except NoZone as why:
            return Seen(record, problem=why.problem)
        except TimeoutError:
            return Seen(record, problem="recursor")
        for _ in range(_MAX_CUTS):
            told, deeper = await self._round(zone, record, deadline, heard)
            if deeper is None:
                break
            zone = deeper
        if not zone.servers:
            return Seen(record, zone, problem="delegation")
        asked = [one for one in told if one.reply.outcome is not Outcome.NOT_ASKED]
        if not asked:
            only_v6 = all(":" in server.address for server in zone.servers)
            return Seen(record, zone, problem="family" if only_v6 else "egress")
        return await self._judged(record, zone, asked, deadline, path)

    async def confirm(self, seen: Seen, deadline: Deadline) -> bool:
        """Whether what is right was right at two addresses, or is over TCP at one: one forged datagram is no proof."""
        right = [a for a in seen.answers if a.status is Status.RIGHT]
        if len(right) >= 2:
            return True
        for answer in right:
            question = self._zones.direct(answer.address, seen.record.host, seen.record.type, tcp=True)
            reply = await deadline.of(question, _SILENT)
            if onward(seen.record, reply):
                return True  # the alias is confirmed; its target was judged by its own servers
            return classify(seen.record, reply, answer.server, answer.address).status is Status.RIGHT
        return False

    async def unchanged(self, last: Look, deadline: Deadline) -> bool:
        """Whether the same addresses serve every record as in ``last``, and each says what it said then, and aliases
        lead where they led."""
        try:
            async with asyncio.timeout_at(deadline.at):
                zones = [await self._zones.start(one.record.host) for one in last.records]
                flying = [
                    [(s.address, self._soon(s.address, one)) for s in zone.servers]
                    for one, zone in zip(last.records, zones, strict=True)
                ]
                # All are on their way; gathering them costs more.
                told = [[(address, await reply) for address, reply in row] for row in flying]
                if not all(_same(one, replies) for one, replies in zip(last.records, told, strict=True)):
                    return False
                return all([await self._leads_on(one) for one in last.records if one.aliases])
        except (NoZone, TimeoutError):
            return False

    def _soon(self, address: str, last: RecordLook) -> asyncio.Future[Reply]:
        """Its answer about the record; in small letters where it had none, since nobody asks it again."""
        had = any(a.address == address and a.status in (Status.RIGHT, Status.WRONG) for a in last.servers)
        return self._zones.asked(address, last.record.host, last.record.type, plain=not had)

    async def _round(
        self, zone: Zone, record: DnsRecord, deadline: Deadline, heard: Heard | None
    ) -> tuple[list[Told], Zone | None]:
        """The servers' replies, and the zone below that holds the record if there is one."""

        hearing: list[asyncio.Task[None]] = []

        async def ask(server: Server) -> Told:
            told = await self._ask(server, record, deadline)
            if heard:
                hearing.append(asyncio.create_task(self._hear(record, told, deadline, heard)))
            return told

        below = asyncio.create_task(deadline.of(self._zones.below(zone, record.host), None))
        try:
            told = await asyncio.gather(*(ask(server) for server in zone.servers))
        finally:
            for task in hearing:
                task.cancel()
        deeper = await below
        if deeper is None:
            # A cut made since we last looked for cuts shows itself here.
            for one in told:
                cut = one.reply.referral(zone.name, record.host)
                if cut:
                    deeper = await deadline.of(self._zones.adopt(cut, one.reply), None)
                    break
        return told, deeper

    async def _hear(self, record: DnsRecord, told: Told, deadline: Deadline, heard: Heard) -> None:
        """One server's answer, whatever the others are doing; where it leads elsewhere, what is there."""
        target = onward(record, told.reply)
        end = await self._end(record, target, deadline, (record.host,)) if target else None
        answer = combined(record, told, end, ())
        if answer.status is not Status.UNKNOWN:
            heard(record, answer)

    async def _ask(self, server: Server, record: DnsRecord, deadline: Deadline) -> Told:
        """The server's reply; one that stays silent is asked without EDNS meanwhile (RFC 6891 section 6.2.2)."""
        host, rdtype = record.host, record.type
        usual = asyncio.create_task(deadline.of(self._zones.direct(server.address, host, rdtype), _SILENT))
        try:
            await asyncio.wait({usual}, timeout=self._zones.timeout * 1.5)
            if usual.done():
                return Told(server, usual.result(), plain=self._zones.manners.drops_edns(server.address))
            question = self._zones.direct(server.address, host, rdtype, edns=False, tries=1)
            plain = await deadline.of(question, _SILENT)
            reply = await usual
        finally:
            usual.cancel()
        if reply.outcome is Outcome.TIMEOUT and plain.outcome is Outcome.ANSWER:
            self._zones.manners.without_edns(server.address)
            return Told(server, plain, plain=True)
        return Told(server, reply)

    async def _judged(
        self, record: DnsRecord, zone: Zone, told: list[Told], deadline: Deadline, path: tuple[str, ...]
    ) -> Seen:
        ends: Ends = {}
        targets = sorted({target for one in told if (target := onward(record, one.reply))})
        for target in targets[:_MAX_ENDS]:
            if any(turns_back(record, one.reply, target) for one in told):
                ends[target] = Seen(replace(record, host=target), looped=True)
            else:
                ends[target] = await self._end(record, target, deadline, (*path, record.host))
        answers = tuple(combined(record, one, ends.get(onward(record, one.reply)), path) for one in told)
        replies = [one.reply for one in told]
        dnames = [(s.name, s.values[0].rstrip(".")) for reply in replies for s in reply.answer if s.type == "DNAME"]
        wrong = [r for r, a in zip(replies, answers, strict=True) if a.status is Status.WRONG]
        missing = [r for r, a in zip(replies, answers, strict=True) if a.status is Status.MISSING]
        return Seen(
            record,
            zone,
            answers,
            passed(record, replies, ends),
            stuck=stuck(ends),
            ttl=max((s.ttl for reply in wrong for s in reply.answer if s.name == record.host), default=0),
            negative=max((reply.soa[1] for reply in missing if reply.soa), default=0),
            redirect=dnames[0] if dnames else None,
            plain=tuple(dict.fromkeys(one.server.name for one in told if one.plain)),
        )

    async def _end(self, record: DnsRecord, target: str, deadline: Deadline, way: tuple[str, ...]) -> Seen:
        """What is where an alias leads; ``way`` are the names it led through."""
        aim = replace(record, host=target)
        if target in way:
            return Seen(aim, looped=True)
        if len(way) > MAX_HOPS:
            return Seen(aim, long=True)
        if registrable(target) is None:
            return Seen(aim, problem="unregistered")  # a public suffix, the root: nobody's name
        return await self.look(aim, deadline, way)

    async def _leads_on(self, last: RecordLook) -> bool:
        """Whether the aliases of a record lead where they led; one question for each."""
        ways = [(alias, last.aliases[n:]) for n, alias in enumerate(last.aliases, 1)]
        told = await asyncio.gather(*(self._at(alias, last.record) for alias, _ in ways))
        return all(
            reply is not None and goes_on(last.record, alias, rest, reply, last)
            for (alias, rest), reply in zip(ways, told, strict=True)
        )

    async def _at(self, alias: str, record: DnsRecord) -> Reply | None:
        """What the first server that answers says of an alias; None if none does. Raises NoZone."""
        try:
            zone = await self._zones.start(alias)
        except NoZone as why:
            if why.problem != "unregistered":
                raise
            return Reply(Outcome.ANSWER, "NXDOMAIN", authoritative=True)
        return await self._zones.first(zone, alias, record.type)


def _same(last: RecordLook, replies: list[tuple[str, Reply]]) -> bool:
    """Whether ``replies``, each with its address, say what was said then; what was out of our reach still is."""
    then = {answer.address: answer for answer in last.servers}
    told = [(address, reply) for address, reply in replies if reply.outcome is not Outcome.NOT_ASKED]
    if sorted(address for address, _ in told) != sorted(answer.address for answer in last.servers):
        return False
    return all(repeats(then[address], last.record, reply, last.aliases) for address, reply in told)
