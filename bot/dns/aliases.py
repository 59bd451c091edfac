"""What servers said of one record, and of where its CNAMEs lead. Pure; the asking is done in ``authority``.

Silence behind a CNAME is silence: a chain whose next zone does not answer is unknown, neither wrong nor broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.dns.classification import classify, follow_cnames
from bot.dns.client import Outcome, Reply
from bot.dns.zone import Server, Zone
from bot.model.diagnosis.case import Stuck
from bot.model.look import Answer, RecordLook, Status
from bot.model.names import registrable
from bot.model.records import DnsRecord, RecordType, same_value

#: How CNAMEs may end that do not reach what the record wants.
_ENDS = ("loop", "long", "broken", "alias")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the authoritative servers said of one record.

    ``aliases`` are the CNAMEs between the host and what the record wants (for a CNAME: between the host and the right
    target); ``looped`` says that they never end, ``long`` that they were not followed to their end, ``stuck`` who gives
    no answer about one of them. ``problem`` is set where no server could be asked (``recursor``, ``denied``,
    ``unregistered``, ``delegation``, ``egress``, ``family``). ``ttl`` and ``negative`` are the seconds for which wrong
    values and absence may be remembered; ``redirect`` is a DNAME above the host (owner, target); ``plain`` are servers
    that answer only without EDNS.
    """

    record: DnsRecord
    zone: Zone | None = None
    answers: tuple[Answer, ...] = ()
    aliases: tuple[str, ...] = ()
    problem: str | None = None
    looped: bool = False
    long: bool = False
    stuck: Stuck | None = None
    ttl: int = 0
    negative: int = 0
    redirect: tuple[str, str] | None = None
    plain: tuple[str, ...] = ()

    @property
    def look(self) -> RecordLook:
        return RecordLook(self.record, self.answers, aliases=self.aliases)

    @property
    def ends(self) -> str | None:
        """How its CNAMEs end, where they do not reach what the record wants."""
        if self.looped or self.long:
            return "loop" if self.looped else "long"
        return next((a.why for a in self.answers if a.status is Status.WRONG and a.why in _ENDS), None)

    @property
    def nowhere(self) -> bool:
        """The host does not exist."""
        return self.problem == "unregistered" or any(a.why == "nxdomain" for a in self.answers)

    @property
    def unknown(self) -> bool:
        """No usable answer tells what is at the host."""
        ended = self.looped or self.long or self.problem == "unregistered"
        return not ended and self.look.status is Status.UNKNOWN

    @property
    def silent(self) -> Stuck:
        """Of what is unknown: whose answer is missing."""
        if self.stuck:
            return self.stuck
        host = self.record.host
        if self.zone is None:
            return Stuck(host, registrable(host) or host, ())
        return Stuck(host, self.zone.name, self.zone.nameservers)


@dataclass(frozen=True, slots=True)
class Told:
    """One server's reply, and whether it came only because EDNS was left out."""

    server: Server
    reply: Reply
    plain: bool = False


#: Where each alias leads.
Ends = dict[str | None, Seen]


def onward(record: DnsRecord, reply: Reply) -> str | None:
    """Where an alias leads outside of what this server told; None if there is nothing to follow."""
    if reply.outcome is not Outcome.ANSWER or not reply.authoritative:
        return None
    if record.type is RecordType.CNAME:
        found = reply.find(record.host, "CNAME")
        alone = found.values[0] if found and len(found.values) == 1 else None
        return None if alone is None or same_value(record, alone) else alone
    found, hops = follow_cnames(reply, record.host, record.type)
    return hops[-1] if hops and found is None else None


def turns_back(record: DnsRecord, reply: Reply, target: str) -> bool:
    """Whether the server itself shows that the CNAMEs come back to ``target``."""
    return record.type is RecordType.TXT and follow_cnames(reply, record.host, record.type)[1].count(target) > 1


def combined(record: DnsRecord, told: Told, end: Seen | None, path: tuple[str, ...]) -> Answer:
    """The server's own answer, or, where it only pointed elsewhere, what is there."""
    own = classify(record, told.reply, told.server.name, told.server.address)
    if end is None:
        return own
    verdict = end.look.status
    if record.type is RecordType.CNAME:
        if verdict is Status.RIGHT:
            return own._replace(status=verdict)
        if end.unknown:
            return own._replace(status=Status.UNKNOWN, why="alias")
        # One step into nothing is a wrong target; only behind an alias is it a broken chain.
        return own._replace(why=end.ends or ("broken" if path and end.nowhere else None))
    if end.looped or end.long:
        return own._replace(status=Status.WRONG, found=(end.record.host,), why=end.ends)
    found = tuple(dict.fromkeys(value for answer in end.answers for value in answer.found))
    if verdict is Status.MISSING or end.problem == "unregistered":
        return own._replace(status=Status.WRONG, found=(end.record.host,), why="alias")
    if verdict is Status.UNKNOWN:
        return own._replace(status=Status.UNKNOWN, found=(), why="alias")
    return own._replace(status=verdict, found=found, why=end.ends)


def passed(record: DnsRecord, replies: Iterable[Reply], ends: Ends) -> tuple[str, ...]:
    """The longest way from the host to what the record wants that any server showed."""
    ways: list[tuple[str, ...]] = [()]
    for reply in replies:
        leads = onward(record, reply)
        end = ends.get(leads)
        if record.type is RecordType.TXT:
            ways.append(follow_cnames(reply, record.host, record.type)[1] + (end.aliases if end else ()))
        elif leads and end:
            ways.append((leads, *end.aliases))
    return max(ways, key=len)


def stuck(ends: Ends) -> Stuck | None:
    """Who gives no answer about one of the aliases."""
    return next((end.silent for end in ends.values() if end.unknown), None)


# ---- the same once more


def goes_on(record: DnsRecord, alias: str, rest: tuple[str, ...], reply: Reply, last: RecordLook) -> bool:
    """Whether ``reply``, about ``alias``, leads on to ``rest`` and, behind the last, to what ``last`` found."""
    if not reply.usable or not reply.authoritative:
        return False
    if record.type is RecordType.CNAME:
        found = reply.find(alias, "CNAME")
        if rest:
            return found is not None and found.values == (rest[0],)
        if last.count(Status.RIGHT):
            return found is not None and len(found.values) == 1 and same_value(record, found.values[0])
        return found is None
    values, hops = follow_cnames(reply, alias, record.type)
    if hops != rest[: len(hops)]:
        return False
    if values is None:
        return bool(hops)
    return sorted(values.values) in [sorted(answer.found) for answer in last.servers]
