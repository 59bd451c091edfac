"""What a record's own zone says of it: every address of every name server is asked, without recursion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.dns.classification import MAX_HOPS, classify, follow_cnames, repeats
from bot.dns.client import Outcome, Reply
from bot.dns.zone import NoZone, Server, Zone, Zones
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.records import DnsRecord, RecordType, same_value

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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the authoritative servers said of one record.

    ``aliases`` are the CNAMEs between the host and what the record wants (for a CNAME: between the host and the right
    target); ``looped`` says that they never end. ``problem`` is set where no server could be asked (``recursor``,
    ``unregistered``, ``delegation``, ``egress``). ``ttl`` and ``negative`` are the seconds for which wrong values and
    absence may be remembered; ``redirect`` is a DNAME above the host (owner, target); ``plain`` are servers that
    answer only without EDNS.
    """

    record: DnsRecord
    zone: Zone | None = None
    answers: tuple[Answer, ...] = ()
    aliases: tuple[str, ...] = ()
    problem: str | None = None
    looped: bool = False
    ttl: int = 0
    negative: int = 0
    redirect: tuple[str, str] | None = None
    plain: tuple[str, ...] = ()

    @property
    def look(self) -> RecordLook:
        return RecordLook(self.record, self.answers)

    @property
    def ends(self) -> str | None:
        """How its CNAMEs end, where they do not reach what the record wants."""
        if self.looped:
            return "loop"
        return next((a.why for a in self.answers if a.why in ("loop", "broken", "alias")), None)

    @property
    def nowhere(self) -> bool:
        """The host does not exist."""
        return self.problem == "unregistered" or any(a.why == "nxdomain" for a in self.answers)


@dataclass(frozen=True, slots=True)
class Told:
    """One server's reply, and whether it came only because EDNS was left out."""

    server: Server
    reply: Reply
    plain: bool = False


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
            return Seen(record, zone, problem="egress")
        return await self._judged(record, zone, asked, deadline, path)

    async def confirm(self, seen: Seen, deadline: Deadline) -> bool:
        """Whether what is right was right at two addresses, or is over TCP at one: one forged datagram is no proof."""
        right = [a for a in seen.answers if a.status is Status.RIGHT]
        if len(right) >= 2:
            return True
        for answer in right:
            question = self._zones.direct(answer.address, seen.record.host, seen.record.type, tcp=True)
            reply = await deadline.of(question, _SILENT)
            if _onward(seen.record, reply):
                return True  # the alias is confirmed; its target was judged by its own servers
            return classify(seen.record, reply, answer.server, answer.address).status is Status.RIGHT
        return False

    async def unchanged(self, last: Look, deadline: Deadline) -> bool:
        """Whether the same addresses serve every record as in ``last``, and each says what it said then."""
        try:
            async with asyncio.timeout_at(deadline.at):
                zones = [await self._zones.start(one.record.host) for one in last.records]
                flying = [
                    [(s.address, self._zones.asked(s.address, one.record.host, one.record.type)) for s in zone.servers]
                    for one, zone in zip(last.records, zones, strict=True)
                ]
                # All are on their way; gathering them costs more.
                told = [[(address, await reply) for address, reply in row] for row in flying]
        except (NoZone, TimeoutError):
            return False
        return all(_same(one, replies) for one, replies in zip(last.records, told, strict=True))

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
        target = _onward(record, told.reply)
        end = await self.look(replace(record, host=target), deadline, (record.host,)) if target else None
        answer = _combined(record, told, end, ())
        if answer.status is not Status.UNKNOWN:
            heard(record, answer)

    async def _ask(self, server: Server, record: DnsRecord, deadline: Deadline) -> Told:
        """The server's reply; one that stays silent is asked without EDNS meanwhile (RFC 6891 section 6.2.2)."""
        host, rdtype = record.host, record.type
        usual = asyncio.create_task(deadline.of(self._zones.direct(server.address, host, rdtype), _SILENT))
        try:
            await asyncio.wait({usual}, timeout=self._zones.timeout * 1.5)
            if usual.done():
                return Told(server, usual.result(), plain=self._zones.drops_edns(server.address))
            question = self._zones.direct(server.address, host, rdtype, edns=False, tries=1)
            plain = await deadline.of(question, _SILENT)
            reply = await usual
        finally:
            usual.cancel()
        if reply.outcome is Outcome.TIMEOUT and plain.outcome is Outcome.ANSWER:
            self._zones.without_edns(server.address)
            return Told(server, plain, plain=True)
        return Told(server, reply)

    async def _judged(
        self, record: DnsRecord, zone: Zone, told: list[Told], deadline: Deadline, path: tuple[str, ...]
    ) -> Seen:
        ends: dict[str | None, Seen] = {}
        direct = any(classify(record, one.reply, "", "").status is Status.RIGHT for one in told)
        targets = sorted({target for one in told if (target := _onward(record, one.reply))})
        for target in [] if direct and record.type is RecordType.CNAME else targets[:_MAX_ENDS]:
            way = (*path, record.host)
            aim = replace(record, host=target)
            if target in way or len(way) > MAX_HOPS or any(_turns_back(record, one.reply, target) for one in told):
                ends[target] = Seen(aim, looped=True)
            else:
                ends[target] = await self.look(aim, deadline, way)
        answers = tuple(_combined(record, one, ends.get(_onward(record, one.reply)), path) for one in told)
        replies = [one.reply for one in told]
        dnames = [(s.name, s.values[0].rstrip(".")) for reply in replies for s in reply.answer if s.type == "DNAME"]
        wrong = [r for r, a in zip(replies, answers, strict=True) if a.status is Status.WRONG]
        missing = [r for r, a in zip(replies, answers, strict=True) if a.status is Status.MISSING]
        return Seen(
            record,
            zone,
            answers,
            _aliases(record, replies, ends),
            ttl=max((s.ttl for reply in wrong for s in reply.answer if s.name == record.host), default=0),
            negative=max((reply.soa[1] for reply in missing if reply.soa), default=0),
            redirect=dnames[0] if dnames else None,
            plain=tuple(dict.fromkeys(one.server.name for one in told if one.plain)),
        )


def _same(last: RecordLook, replies: list[tuple[str, Reply]]) -> bool:
    """Whether ``replies``, each with its address, say what was said then; what was out of our reach still is."""
    then = {answer.address: answer for answer in last.servers}
    told = [(address, reply) for address, reply in replies if reply.outcome is not Outcome.NOT_ASKED]
    if sorted(address for address, _ in told) != sorted(answer.address for answer in last.servers):
        return False
    return all(repeats(then[address], last.record, reply) for address, reply in told)


def _onward(record: DnsRecord, reply: Reply) -> str | None:
    """Where an alias leads outside of what this server told; None if there is nothing to follow."""
    if reply.outcome is not Outcome.ANSWER or not reply.authoritative:
        return None
    if record.type is RecordType.CNAME:
        found = reply.find(record.host, "CNAME")
        alone = found.values[0] if found and len(found.values) == 1 else None
        return None if alone is None or same_value(record, alone) else alone
    found, hops = follow_cnames(reply, record.host, record.type)
    return hops[-1] if hops and found is None else None


def _turns_back(record: DnsRecord, reply: Reply, target: str) -> bool:
    """Whether the server itself shows that the CNAMEs come back to ``target``."""
    return record.type is RecordType.TXT and follow_cnames(reply, record.host, record.type)[1].count(target) > 1


def _combined(record: DnsRecord, told: Told, end: Seen | None, path: tuple[str, ...]) -> Answer:
    """The server's own answer, or, where it only pointed elsewhere, what is there."""
    own = classify(record, told.reply, told.server.name, told.server.address)
    if end is None:
        return own
    verdict = end.look.status
    if record.type is RecordType.CNAME:
        if verdict is Status.RIGHT:
            return own._replace(status=verdict)
        # One step into nothing is a wrong target; only behind an alias is it a broken chain.
        return own._replace(why=end.ends or ("broken" if path and end.nowhere else None))
    if end.looped:
        return own._replace(status=Status.WRONG, found=(end.record.host,), why="loop")
    found = tuple(dict.fromkeys(value for answer in end.answers for value in answer.found))
    if verdict is Status.MISSING or end.problem == "unregistered":
        return own._replace(status=Status.WRONG, found=(end.record.host,), why="alias")
    if verdict is Status.UNKNOWN:
        return own._replace(status=Status.UNKNOWN, found=(), why="alias")
    return own._replace(status=verdict, found=found, why=end.ends)


def _aliases(record: DnsRecord, replies: list[Reply], ends: dict[str | None, Seen]) -> tuple[str, ...]:
    """The longest way from the host to what the record wants that any server showed."""
    ways: list[tuple[str, ...]] = [()]
    for reply in replies:
        onward = _onward(record, reply)
        end = ends.get(onward)
        if record.type is RecordType.TXT:
            ways.append(follow_cnames(reply, record.host, record.type)[1] + (end.aliases if end else ()))
        elif onward and end:
            ways.append((onward, *end.aliases))
    return max(ways, key=len)
