"""One look at one domain: records x servers, and what it proves. Pure; the asking is done in ``bot.dns``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from bot.model.records import DnsRecord


class Status(StrEnum):
    """What one server says of one record. UNKNOWN (no usable answer) is never MISSING."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """One server's answer to one question.

    ``server`` is the name people know (``ns1.example.net`` or ``cloudflare``), ``address`` its IP address.
    ``found`` holds the values seen (TXT joined, CNAME target); ``why`` a word for UNKNOWN: ``timeout``,
    ``closed``, ``servfail``, ``refused``, ``lame``, ``truncated``, ``malformed``, ``unsent`` (it was not asked: the
    look had sent all that it may), ``alias`` (it leads elsewhere, and there nobody answers; with WRONG: there is
    nothing), for WRONG also ``loop``, ``long`` and ``broken`` (CNAMEs that come back, are too many, or end at a name
    that is not there); for MISSING ``nxdomain`` (the name does not exist) or ``nodata`` (it has other types or names
    below it); ``until`` the instant (UTC ms) up to which a resolver may repeat a negative or stale answer (its own
    TTL, RFC 2308).
    """

    server: str
    address: str
    status: Status
    found: tuple[str, ...] = ()
    why: str | None = None
    until: int | None = None


#: Facts that change from look to look without the mistake being another one.
_PASSING = frozenset(
    {"servers", "good", "affected", "total", "nameservers", "resolvers", "minutes", "hours", "serials"}
    | {"only_listed", "only_own", "addresses", "whose", "form", "other_name", "old", "new"}
    | {f"{of}{what}" for of in ("", "txt_", "cname_") for what in ("entry", "entered")}  # as a console wants it
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One diagnosed mistake: a code of the catalogue and the values its texts need.

    ``kind`` is ``right``, ``note``, ``unknown``, ``missing`` or ``wrong``; ``facts`` fill the texts
    ``finding.<CODE>.what`` and ``.fix``.
    """

    code: str
    kind: str
    record: str | None = None  #: "TXT", "CNAME" or None where it concerns the name as a whole
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """Equal for the same mistake with the same values, whoever shows it: said once per identity."""
        lasting = (f"{k}={v}" for k, v in sorted(self.facts.items()) if k not in _PASSING)
        return "|".join([self.code, self.record or "", *lasting])


_NOT_AGAINST = frozenset({Status.RIGHT, Status.UNKNOWN})
_FIRST = (Status.WRONG, Status.MISSING, Status.RIGHT)
_STATUS = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class RecordLook:
    """What every asked server says of one record. ``resolvers`` is empty where they were not asked.

    ``aliases`` are the names that CNAMEs led through: a repeated look asks whether they still do.
    """

    record: DnsRecord
    servers: tuple[Answer, ...] = ()
    resolvers: tuple[Answer, ...] = ()
    aliases: tuple[str, ...] = ()

    def count(self, status: Status) -> int:
        return sum(answer.status is status for answer in self.servers)

    @property
    def published(self) -> bool:
        """Every authoritative address that answers is right, and at least one answers (silent ones do not block)."""
        told = {answer.status for answer in self.servers}
        return Status.RIGHT in told and told <= _NOT_AGAINST

    @property
    def status(self) -> Status:
        """The authoritative servers' verdict, the first that applies: wrong, missing, unknown, right."""
        told = {answer.status for answer in self.servers}
        return next((status for status in _FIRST if status in told), Status.UNKNOWN)

    @property
    def seen(self) -> bool:
        """Some server has something at the name: people have begun to publish."""
        return any(answer.status in (Status.RIGHT, Status.WRONG) for answer in (*self.servers, *self.resolvers))


def quorum(answering: int) -> int:
    """How many of ``answering`` public resolvers must agree: n-1, n where n is 1, n-2 from 6 on (CA/B MPIC)."""
    if answering <= 1:
        return answering
    return answering - (2 if answering >= 6 else 1)


def visible(answers: Iterable[Answer]) -> bool | None:
    """Whether the public resolvers agree; None where all are silent, so that *published* alone counts.

    A resolver that answers SERVFAIL is not silent: it found the domain broken. One that was not asked is not, either.
    """
    asked = tuple(answers)
    answering = [a for a in asked if a.status is not Status.UNKNOWN or a.why in ("servfail", "unsent")]
    if not answering:
        return None
    return sum(a.status is Status.RIGHT for a in answering) >= quorum(len(answering))


@dataclass(frozen=True, slots=True)
class Look:
    """The result of one look at one domain at instant ``at`` (UTC ms).

    ``zone`` is the zone that holds the name, ``nameservers`` the NS names of its parent's delegation;
    ``findings`` are most likely cause first. ``problem`` is set where no authoritative server could be found
    or asked at all: ``recursor`` (silent), ``denied`` (it denies what must exist), ``unregistered``, ``egress``,
    ``family`` (servers with IPv6 addresses only, and none here), ``delegation``.
    ``confirmed``: every right record was seen over TCP or by a second server. ``thorough_at`` is the instant of the
    look whose resolvers and findings these are: a later one that found nothing changed repeats them. ``signed``: a
    public resolver says that DNSSEC proves them.
    """

    name: str
    at: int
    records: tuple[RecordLook, ...]
    zone: str | None = None
    nameservers: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: str | None = None
    confirmed: bool = False
    thorough_at: int | None = None
    signed: bool = False

    def again(self, at: int) -> Look:
        """The same, seen once more at instant ``at`` (UTC ms)."""
        return Look(
            self.name, at, self.records, self.zone, self.nameservers, self.findings, self.problem, self.confirmed,
            self.thorough_at, self.signed,
        )  # fmt: skip

    def repeats(self, last: Look | None) -> bool:
        """Whether it is ``last`` once more: nothing had changed."""
        return (
            last is not None
            and self.thorough_at is not None
            and self.thorough_at == last.thorough_at
            and self.at > last.at
        )

    @property
    def published(self) -> bool:
        return bool(self.records) and all(r.published for r in self.records)

    @property
    def visible(self) -> bool | None:
        """Whether public resolvers show both records; None where they all are silent or were not asked."""
        if not self.published:
            return False
        verdicts = [visible(r.resolvers) for r in self.records]
        if all(v is None for v in verdicts):
            return None
        return all(v is not False for v in verdicts)

    @property
    def good(self) -> bool:
        """This round counts towards *ready*: published, and visible unless every resolver is silent.

        A finding of kind *wrong*, *missing* or *unknown* never leads to *ready*.
        """
        blocked = any(f.kind in ("wrong", "missing", "unknown") for f in self.findings)
        return self.published and self.visible is not False and not blocked

    @property
    def bad(self) -> bool:
        """Some authoritative server shows that a record is not right. Not knowing is not bad."""
        return any(r.status in (Status.WRONG, Status.MISSING) for r in self.records)

    @property
    def unanimous(self) -> bool:
        """Bad, and every authoritative server that was asked says so of the same record."""
        return any(
            r.servers and all(a.status in (Status.WRONG, Status.MISSING) for a in r.servers) for r in self.records
        )

    @property
    def seen(self) -> bool:
        return any(r.seen for r in self.records)

    @property
    def verdict(self) -> str:
        """The first that applies: wrong, missing, unknown, published, visible (``check --json``)."""
        statuses = {r.status for r in self.records}
        kinds = {f.kind for f in self.findings}
        for status in (Status.WRONG, Status.MISSING, Status.UNKNOWN):
            if status in statuses or status.value in kinds:
                return status.value
        if self.visible:
            return "visible"
        return "published" if self.published else "unknown"  # nothing was looked for

    def asked(self) -> frozenset[tuple[str, str]]:
        """(name, address) of every authoritative server that was asked."""
        return frozenset((a.server, a.address) for r in self.records for a in r.servers)

    def servers(self) -> tuple[int, int]:
        """(right on both records, asked) among authoritative addresses."""
        return _tally([r.servers for r in self.records])

    def resolvers(self) -> tuple[int, int]:
        """(right on both records, asked) among public resolvers."""
        return _tally([r.resolvers for r in self.records])

    def as_json(self, asked: tuple[DnsRecord, ...] = ()) -> dict[str, Any]:
        """``asked`` are records that whoever reads it knows anyway: where it is about them, they are left out."""
        known = tuple(one.record for one in self.records) == asked
        return {
            "name": self.name, "at": self.at, "zone": self.zone, "nameservers": list(self.nameservers),
            "problem": self.problem, "confirmed": self.confirmed, "thorough_at": self.thorough_at,
            **({"signed": True} if self.signed else {}),
            "findings": [[f.code, f.kind, f.record, dict(f.facts)] for f in self.findings],
            "records": [
                {
                    "record": None if known else one.record.as_json(),
                    "servers": [_written(answer, one.record) for answer in one.servers],
                    "resolvers": [_written(answer, one.record) for answer in one.resolvers],
                    **({"aliases": list(one.aliases)} if one.aliases else {}),
                }
                for one in self.records
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any], asked: tuple[DnsRecord, ...] = ()) -> Look:
        looks = []
        for n, one in enumerate(data["records"]):
            record = DnsRecord.from_json(one["record"]) if one["record"] else asked[n]
            aliases = tuple(one.get("aliases", ()))
            looks.append(RecordLook(record, _read(one["servers"], record), _read(one["resolvers"], record), aliases))
        return cls(
            name=data["name"],
            at=data["at"],
            records=tuple(looks),
            zone=data["zone"],
            nameservers=tuple(data["nameservers"]),
            findings=tuple(Finding(*finding) for finding in data["findings"]),
            problem=data["problem"],
            confirmed=data["confirmed"],
            thorough_at=data["thorough_at"],
            signed=data.get("signed", False),
        )


def _written(answer: Answer, record: DnsRecord) -> list[Any]:
    """An answer as a row; what was found is None where it is the record's value to the letter, as it mostly is."""
    found = None if answer.found == (record.value,) else list(answer.found)
    return [answer.server, answer.address, answer.status.value, found, answer.why, answer.until]


def _read(rows: list[list[Any]], record: DnsRecord) -> tuple[Answer, ...]:
    usual = (record.value,)
    return tuple(
        [
            Answer(server, address, _STATUS[status], usual if found is None else tuple(found), why, until)
            for server, address, status, found, why, until in rows
        ]
    )


def _tally(columns: list[tuple[Answer, ...]]) -> tuple[int, int]:
    by_address: dict[str, list[Status]] = {}
    for column in columns:
        for answer in column:
            by_address.setdefault(f"{answer.server} {answer.address}", []).append(answer.status)
    right = sum(len(s) == len(columns) and all(x is Status.RIGHT for x in s) for s in by_address.values())
    return right, len(by_address)
