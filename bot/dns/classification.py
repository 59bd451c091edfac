"""One server's reply about one record, as right, wrong, missing or unknown. Pure."""

from __future__ import annotations

from bot.dns.client import Outcome, Reply, RRset
from bot.model.look import Answer, Status
from bot.model.records import DnsRecord, RecordType, proves

#: A hostile server may send 64 kB; nobody reads more than this many values.
MAX_FOUND = 8

#: Longest chain of CNAMEs that is followed; common resolvers stop between 8 and 16.
MAX_HOPS = 8

_WHY = {
    Outcome.TIMEOUT: "timeout",
    Outcome.CLOSED: "closed",
    Outcome.MALFORMED: "malformed",
    Outcome.UNSENT: "unsent",
}


def classify(record: DnsRecord, reply: Reply, server: str, address: str, *, now: int | None = None) -> Answer:
    """What ``reply`` says of ``record``. ``now`` (UTC ms) is given for resolvers: they need not be authoritative, and
    what is not right is dated by the TTL that their cache has left (RFC 2308 section 5)."""
    why = _unusable(reply, resolver=now is not None)
    if why:
        return Answer(server, address, Status.UNKNOWN, why=why)
    found, _ = follow_cnames(reply, record.host, record.type)
    if found is None:
        left = reply.soa[1] if reply.soa else None
        return Answer(
            server,
            address,
            Status.MISSING,
            why="nxdomain" if reply.rcode == "NXDOMAIN" else "nodata",
            until=_until(now, left),
        )
    if proves(record, found.values):
        return Answer(server, address, Status.RIGHT, found.values[:MAX_FOUND])
    return Answer(server, address, Status.WRONG, found.values[:MAX_FOUND], until=_until(now, found.ttl))


def repeats(answer: Answer, record: DnsRecord, reply: Reply, aliases: tuple[str, ...] = ()) -> bool:
    """Whether an authoritative server's ``reply`` says of ``record`` what ``answer`` said; what it means stays, too.

    ``aliases`` are those that led on from the record; where they still lead to the same has to be asked elsewhere.
    """
    why = _unusable(reply, resolver=False)
    if why:
        return answer.status is Status.UNKNOWN and answer.why == why
    found, hops = follow_cnames(reply, record.host, record.type)
    if found is None and hops:
        told = answer.status in (Status.RIGHT, Status.WRONG) and answer.why is None
        return told and hops == aliases[: len(hops)]
    if found is None:
        absent = "nxdomain" if reply.rcode == "NXDOMAIN" else "nodata"
        return answer.status is Status.MISSING and answer.why == absent
    told = answer.status in (Status.RIGHT, Status.WRONG) and answer.why is None
    return told and sorted(found.values[:MAX_FOUND]) == sorted(answer.found)


def follow_cnames(reply: Reply, name: str, rdtype: str) -> tuple[RRset | None, tuple[str, ...]]:
    """The records of ``rdtype`` for ``name`` in the answer, and the aliases passed on the way to them.

    A CNAME is asked as CNAME and compared by its first hop, so only other types are chased.
    """
    name = name.lower()
    hops: list[str] = []
    for _ in range(MAX_HOPS):
        found = reply.find(name, rdtype)
        alias = reply.find(name, "CNAME")
        if found or alias is None or rdtype == RecordType.CNAME:
            return found, tuple(hops)
        name = alias.values[0]
        hops.append(name)
    return None, tuple(hops)


def _unusable(reply: Reply, *, resolver: bool) -> str | None:
    """Why the reply says nothing about the record; None if it does."""
    if reply.outcome is not Outcome.ANSWER:
        return _WHY.get(reply.outcome, "timeout")
    if reply.rcode not in ("NOERROR", "NXDOMAIN"):
        return reply.rcode.lower()
    if reply.truncated:
        return "truncated"
    return None if reply.authoritative or resolver else "lame"


def _until(now: int | None, seconds: int | None) -> int | None:
    return None if now is None or seconds is None else now + seconds * 1000
