"""What public resolvers show. They are asked only for records that are published: an early question would make them
remember for minutes or hours that there is nothing (RFC 2308)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.dns.aliases import Seen
from bot.dns.authority import Deadline
from bot.dns.classification import classify
from bot.dns.client import DnsClient, Outcome, Reply
from bot.model.look import Answer, RecordLook, Status
from bot.model.records import DnsRecord, RecordType

#: Extended errors that say "this domain's DNSSEC is broken" (RFC 8914: 1, 2, 5 to 12; 27 since RFC 9276).
_BOGUS = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 27})

_SILENT = Reply(Outcome.TIMEOUT)


@dataclass(frozen=True, slots=True)
class View:
    """One resolver's answer. ``bogus``: it fails only because it validates; ``ede`` says so, if it tells why.

    ``validated``: DNSSEC proves what it gives.
    """

    answer: Answer
    bogus: bool = False
    ede: tuple[int, ...] = ()
    validated: bool = False

    @property
    def certain(self) -> bool:
        return self.bogus and bool(_BOGUS & set(self.ede))


class Resolvers:
    """The public resolvers of the settings: (name, address, port)."""

    def __init__(self, client: DnsClient, known: tuple[tuple[str, str, int], ...], timeout: float) -> None:
        self._client, self._known, self._timeout = client, known, timeout

    async def look(self, seen: Seen, deadline: Deadline, now: int) -> tuple[View, ...]:
        """What each of them answers about a published record at instant ``now`` (UTC ms)."""
        return tuple(await asyncio.gather(*(self._view(seen, at, deadline, now) for at in self._known)))

    async def fails(self, last: RecordLook, deadline: Deadline) -> bool:
        """Whether a resolver that gave the record when ``last`` was seen fails now, as it does where DNSSEC broke."""
        gave = {answer.address for answer in last.resolvers if answer.status is Status.RIGHT}
        at = next(((address, port) for _, address, port in self._known if address in gave), None)
        if at is None:
            return False
        reply = await deadline.of(self.ask(last.record.host, last.record.type, *at), _SILENT)
        return reply.rcode == "SERVFAIL"

    async def answering(self) -> tuple[tuple[str, str, bool], ...]:
        """(name, address:port, whether it answers): the root's NS set is sure to exist."""
        replies = await asyncio.gather(*(self.ask(".", "NS", address, port) for _, address, port in self._known))
        return tuple(
            (name, f"{address}:{port}", reply.find(".", "NS") is not None)
            for (name, address, port), reply in zip(self._known, replies, strict=True)
        )

    async def ask(self, name: str, rdtype: str, address: str, port: int, *, unchecked: bool = False) -> Reply:
        return await self._client.query(
            name, rdtype, address, port, recursive=True, unchecked=unchecked, timeout=self._timeout
        )

    async def _view(self, seen: Seen, at: tuple[str, str, int], deadline: Deadline, now: int) -> View:
        name, address, port = at
        record = seen.record
        reply = await deadline.of(self.ask(record.host, record.type, address, port), _SILENT)
        answer = classify(record, reply, name, address, now=now)
        if record.type is RecordType.CNAME and seen.aliases and answer.found == seen.aliases[:1]:
            answer = answer._replace(status=Status.RIGHT, until=None)  # the chain was followed to its right end
        if answer.status is Status.MISSING and (why := await self._disbelieved(reply, record, at, deadline)):
            return View(answer._replace(status=Status.UNKNOWN, why=why, until=None))
        if answer.why != "servfail":
            return View(answer, validated=reply.validated)
        unchecked = await deadline.of(self.ask(record.host, record.type, address, port, unchecked=True), _SILENT)
        status = classify(record, unchecked, name, address, now=now).status
        return View(answer, status is Status.RIGHT, reply.ede)

    async def _disbelieved(
        self, reply: Reply, record: DnsRecord, at: tuple[str, str, int], deadline: Deadline
    ) -> str | None:
        """Why a resolver's word that there is nothing does not count; None if it does.

        One that denies the top-level domain denies everything, and one that gives an address where a TXT was asked for
        puts its own answers in place of errors. Both speak of themselves, not of the record.
        """
        if any(s.name == record.host and s.type in ("A", "AAAA") for s in reply.answer):
            return "rewrites"
        _, address, port = at
        top = record.host.rpartition(".")[2]
        if reply.rcode != "NXDOMAIN":
            return None
        known = await deadline.of(self.ask(top, "NS", address, port), _SILENT)
        return "denies" if known.rcode == "NXDOMAIN" else None
