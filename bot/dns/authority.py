"""What a record's own zone says of it: every address of every name server is asked, without recursion."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.dns.judge import MAX_HOPS, chase, judge
from bot.dns.wire import Outcome, Reply
from bot.dns.zone import NoZone, Server, Zone, Zones
from bot.model.look import Answer, RecordLook, Status
from bot.model.records import DnsRecord, RecordType

#: Deepest nesting of zones below the registrable domain that is followed.
_MAX_CUTS = 8

T = TypeVar("T")

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

    ``aliases`` are the CNAMEs between a TXT's host and the TXT itself; ``problem`` is set where no server could be
    asked (``recursor``, ``unregistered``, ``delegation``, ``egress``).
    """

    record: DnsRecord
    zone: Zone | None = None
    answers: tuple[Answer, ...] = ()
    aliases: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def look(self) -> RecordLook:
        return RecordLook(self.record, self.answers)


class Authority:
    """Asks the servers of the zone that holds a record."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones

    async def look(self, record: DnsRecord, deadline: Deadline, hops: int = 0) -> Seen:
        """Every server's answer about ``record``; a TXT behind a CNAME is looked for where the CNAME leads."""
        try:
            async with asyncio.timeout_at(deadline.at):
                zone = await self._zones.start(record.host)
        except NoZone as why:
            return Seen(record, problem=why.problem)
        except TimeoutError:
            return Seen(record, problem="recursor")
        for _ in range(_MAX_CUTS):
            replies, deeper = await self._round(zone, record, deadline)
            if deeper is None:
                break
            zone = deeper
        if not zone.servers:
            return Seen(record, zone, problem="delegation")
        asked = [(s, r) for s, r in replies if r.outcome is not Outcome.NOT_ASKED]
        if not asked:
            return Seen(record, zone, problem="egress")
        targets = {_loose_end(record, reply) for _, reply in asked} - {None}
        ends: dict[str | None, Seen] = {}
        if hops < MAX_HOPS:
            for target in targets:
                assert target is not None  # noqa: S101
                ends[target] = await self.look(replace(record, host=target), deadline, hops + 1)
        answers = tuple(
            _combined(record, server, reply, ends.get(_loose_end(record, reply))) for server, reply in asked
        )
        return Seen(record, zone, answers, _aliases(record, [reply for _, reply in asked], ends))

    async def confirm(self, seen: Seen, deadline: Deadline) -> bool:
        """Whether what is right was right at two addresses, or is over TCP at one: one forged datagram is no proof."""
        right = [a for a in seen.answers if a.status is Status.RIGHT]
        if len(right) >= 2:
            return True
        for answer in right:
            question = self._zones.direct(answer.address, seen.record.host, seen.record.type, tcp=True)
            reply = await deadline.of(question, _SILENT)
            if _loose_end(seen.record, reply):
                return True  # the alias is confirmed; its target was judged by its own servers
            return judge(seen.record, reply, answer.server, answer.address).status is Status.RIGHT
        return False

    async def _round(
        self, zone: Zone, record: DnsRecord, deadline: Deadline
    ) -> tuple[list[tuple[Server, Reply]], Zone | None]:
        """The servers' replies, and the zone below that holds the record if there is one."""
        below = asyncio.create_task(deadline.of(self._zones.below(zone, record.host), None))
        replies = await asyncio.gather(
            *(deadline.of(self._zones.direct(s.address, record.host, record.type), _SILENT) for s in zone.servers)
        )
        deeper = await below
        if deeper is None:
            # A cut made since we last looked for cuts shows itself here.
            for reply in replies:
                cut = reply.referral(zone.name, record.host)
                if cut:
                    deeper = await deadline.of(self._zones.adopt(cut, reply), None)
                    break
        return list(zip(zone.servers, replies, strict=True)), deeper


def _loose_end(record: DnsRecord, reply: Reply) -> str | None:
    """Where a TXT's alias leads outside of what this server told; None if there is nothing to follow."""
    if record.type is RecordType.CNAME or reply.outcome is not Outcome.ANSWER or not reply.authoritative:
        return None
    found, hops = chase(reply, record.host, record.type)
    return hops[-1] if hops and found is None and hops[-1] != record.host else None


def _combined(record: DnsRecord, server: Server, reply: Reply, end: Seen | None) -> Answer:
    """The server's own answer, or, where it only pointed elsewhere, what is there."""
    own = judge(record, reply, server.name, server.address)
    if end is None:
        return own
    verdict = end.look.status
    found = tuple(dict.fromkeys(value for answer in end.answers for value in answer.found))
    if verdict is Status.MISSING or end.problem == "unregistered":
        return replace(own, status=Status.WRONG, found=(end.record.host,), why="alias")
    if verdict is Status.UNKNOWN:
        return replace(own, status=Status.UNKNOWN, found=(), why="alias")
    return replace(own, status=verdict, found=found, why=None)


def _aliases(record: DnsRecord, replies: list[Reply], ends: dict[str | None, Seen]) -> tuple[str, ...]:
    """The longest way from the host to the TXT that any server showed."""
    ways: list[tuple[str, ...]] = [()]
    if record.type is RecordType.TXT:
        for reply in replies:
            _, hops = chase(reply, record.host, record.type)
            end = ends.get(_loose_end(record, reply))
            ways.append(hops + (end.aliases if end else ()))
    return max(ways, key=len)
