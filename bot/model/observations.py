"""What was observed of a domain outside of our own memory: by whom, when, and in which org.

Kept with the domain for the steps that cannot be taken back (:mod:`bot.model.permits`). Instants are UTC ms. An
observation says what a witness said, never what follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple

from bot.model.approval import Purpose
from bot.model.clocks import Instants


class Org(NamedTuple):
    """The account at a mail platform that something was seen in. ``id`` is empty where it is not known."""

    platform: str
    id: str
    name: str = ""

    def is_same(self, other: Org | None) -> bool:
        """The same account by its id, which is known; the name may change."""
        return bool(other and self.id and (self.platform, self.id) == (other.platform, other.id))


class CnameAnswer(StrEnum):
    """What one authoritative server said of the CNAME at the sending name; the worst first."""

    OURS = "ours"  #: a CNAME to the carrier, of any region, alone or among others
    NOT_KNOWN = "not_known"  #: a CNAME whose chain does not end in an answer
    NO_ANSWER = "no_answer"  #: silent, refusing, not authoritative, failing, or not askable from here
    OTHER = "other"  #: a CNAME to somewhere else, whose chain ends in an answer
    NONE = "none"  #: NODATA or NXDOMAIN with the AA flag, confirmed over TCP


#: Answers after which nothing of ours stands at this server.
CLEAN = frozenset({CnameAnswer.NONE, CnameAnswer.OTHER})


class ServerAnswer(NamedTuple):
    """``why`` is a word for what is not a clean answer (``timeout``, ``refused``, ``lame``, ``private``, ...);
    ``found`` the CNAME targets that were seen."""

    server: str
    address: str
    said: CnameAnswer
    why: str = ""
    found: tuple[str, ...] = ()
    listed: bool = True  #: the parent delegates to it, or the zone lists it; else it did lately


class ListedServer(NamedTuple):
    """An address of a name server that served the zone when it was last listed (``at``, UTC ms)."""

    server: str
    address: str
    at: int


@dataclass(frozen=True, slots=True)
class CnamePoll:
    """Every counted server asked for the CNAME at the sending name, at ``at``.

    ``problem`` is set where it could not be told who serves the zone now (``recursor``, ``unregistered``,
    ``delegation``, ``egress``, ``parent``). ``denied``: the servers of the public suffix themselves said, with
    authority, that the registrable domain does not exist.
    """

    at: int
    servers: tuple[ServerAnswer, ...] = ()
    problem: str | None = None
    denied: bool = False

    @property
    def clean(self) -> bool:
        """Every server that answered has nothing of ours, and at least one answered."""
        said = {one.said for one in self.servers} - {CnameAnswer.NO_ANSWER}
        return self.problem is None and bool(said) and said <= CLEAN

    @property
    def counts(self) -> bool:
        """It speaks for the CNAME's being gone: clean, or the suffix's own servers say that there is no such domain."""
        return self.clean or (self.denied and not self.against)

    @property
    def answered(self) -> bool:
        """No counted server was silent."""
        return all(one.said is not CnameAnswer.NO_ANSWER for one in self.servers)

    @property
    def against(self) -> bool:
        """Some server gives our CNAME, or one of which it is not known where it ends."""
        return any(one.said in (CnameAnswer.OURS, CnameAnswer.NOT_KNOWN) for one in self.servers)

    @property
    def ours(self) -> bool:
        return any(one.said is CnameAnswer.OURS for one in self.servers)

    @property
    def silent(self) -> list[str]:
        """Names of servers of which no address answered."""
        heard = {one.server for one in self.servers if one.said is not CnameAnswer.NO_ANSWER}
        return [name for name in self.saying(CnameAnswer.NO_ANSWER) if name not in heard]

    def saying(self, answer: CnameAnswer) -> list[str]:
        """Names of the servers that say so, each once."""
        return list(dict.fromkeys(one.server for one in self.servers if one.said is answer))

    def as_facts(self) -> list[dict[str, Any]]:
        """What each server said, for people."""
        return [{"server": s.server, "address": s.address, "said": s.said.value, "why": s.why} for s in self.servers]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the platform said of the name. ``present`` False: a complete listing without it, and a 404 of the name.

    ``provisioned`` and ``verified`` (at least one record) are None where it did not say, or not in words we know.
    ``ours``: its records are those of this life; None where either has none. With others it was made anew by somebody.
    ``done``: in one answer it is provisioned and every record verified. ``other``: the word it has instead, where we
    know that word.
    """

    at: int
    org: Org
    present: bool
    provisioned: bool | None = None
    verified: bool | None = None
    ours: bool | None = None
    done: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class Create:
    """Our own request to create the name: sent at ``at``, answered with *accepted* at ``answered_at``.

    ``lost``: a request of this life had no clear answer so far, so that it may have been carried out. Neither: it was
    refused, because there was one already.
    """

    at: int
    org: Org
    answered_at: int | None = None
    lost: bool = False

    @property
    def on_record(self) -> bool:
        """It was accepted, or may have been."""
        return self.answered_at is not None or self.lost


@dataclass(frozen=True, slots=True)
class Delete:
    """Our own request to delete the name: sent at ``at``; ``answered_at`` where it was answered with 204."""

    at: int
    org: Org
    answered_at: int | None = None


@dataclass(frozen=True, slots=True)
class CampaignReading:
    """Campaigns that are switched on for the name. ``seen`` False: not permitted; None: it could not be read."""

    at: int
    seen: bool | None
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants the domain removed."""

    at: int
    by: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A round that was decided with its quorum."""

    at: int
    round: int
    purpose: Purpose
    org: str  #: its id at that time
    digest: str = ""  #: of what was asked; empty where an older version, which lapsed what changed, decided it


@dataclass(frozen=True, slots=True)
class Activation:
    """Our own request to activate the name, about to be sent first at ``at``, after an approval of this digest."""

    at: int
    org: Org
    digest: str


#: Answers to import's question, of something that is activated and not by us: more than two hours ago, or not sure.
OVER, UNSURE = "over", "unsure"


@dataclass(frozen=True, slots=True)
class Outside:
    """The platform showed as done, first at ``at``, what nobody had activated here; ``digest`` is of what it showed.

    ``said`` is what ``by`` answered to import's question (:data:`OVER`, :data:`UNSURE`); empty while it is open.
    """

    at: int
    digest: str
    said: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class OldKey:
    """The TXT that stood at ``host`` before the platform had another key, seen at ``at``. It stays until that is
    verified."""

    at: int
    host: str
    value: str


class Others(NamedTuple):
    """Readings in which the platform had another word than *provisioned*: those that count, and the last word."""

    at: tuple[int, ...]
    said: str


#: Servers that are remembered of one domain at most.
LISTED = 48

#: How many readings an hour apart have to miss a name (see the row ``END`` of :mod:`bot.model.permits`).
ABSENCES = 3

#: How many readings have to say something else than *provisioned* (see the row ``DEPROVISION``).
OTHERS = 2


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything kept of one life; each ``with_`` method returns it with one more.

    Of rows of observations only what a decision needs is kept: of polls the first of an unbroken row of clean ones, the
    first of it in which everybody answered, and the last; of absences those that count.
    """

    created: Create | None = None
    deleted: Delete | None = None
    reading: Reading | None = None
    absences: tuple[int, ...] = ()
    wish: Wish | None = None
    first: CnamePoll | None = None  #: the poll with which an unbroken row of clean ones began
    whole: CnamePoll | None = None  #: the first of that row in which every counted server answered
    last: CnamePoll | None = None  #: the latest poll, whatever it said
    listed: tuple[ListedServer, ...] = ()  #: servers that serve the zone or did, latest first
    campaigns: CampaignReading | None = None
    approvals: tuple[Approval, ...] = ()
    published_at: int | None = None  #: a record of this life was first seen in DNS
    ours_at: int | None = None  #: a server last gave our CNAME
    activation: Activation | None = None
    outside: Outside | None = None
    started: Instants | None = None  #: the first full reading of the two hours that run
    old_key: OldKey | None = None  #: published still, and not to be deleted yet
    others: Others | None = None  #: an unbroken row: nothing in between said *provisioned*

    def with_reading(
        self, reading: Reading, apart: int, others_apart: int = 600_000, *, timed: bool = True
    ) -> Observations:
        """``apart`` (ms) lies between two absences that both count; one reading with the name ends their row.

        ``others_apart`` (ms) lies between two readings that both count against *provisioned*. Not ``timed``: it is not
        sure when that was, so it ends a row but neither begins one nor adds to it.
        """
        elsewhere = self.reading is not None and not reading.org.is_same(self.reading.org)
        back = timed and bool(self.absences) and reading.at < self.absences[-1]  # the clock was put back
        absences = () if elsewhere or back else self.absences
        if reading.present:
            absences = ()
        elif timed and (not absences or reading.at - absences[-1] >= apart):
            absences = (*absences, reading.at)[-ABSENCES:]
        others = self._others(reading, others_apart, anew=elsewhere, timed=timed)
        return replace(self, reading=reading, absences=absences, others=others)

    def _others(self, reading: Reading, apart: int, *, anew: bool, timed: bool) -> Others | None:
        """What says nothing of it, in words that we know, neither adds to the row nor ends it."""
        known = None if anew else self.others
        if reading.provisioned is True:
            return None
        if not reading.other or not timed:
            return known
        if known is None or reading.at < known.at[-1]:  # or the clock was put back
            return Others((reading.at,), reading.other)
        counts = reading.at - known.at[-1] >= apart
        return Others((*known.at, reading.at)[-OTHERS:] if counts else known.at, reading.other)

    def with_poll(self, poll: CnamePoll, *, timed: bool = True) -> Observations:
        """Not ``timed``: it is not sure when that was; then only what speaks against its being gone counts."""
        if not timed and not poll.against:
            return self
        published = self.published_at
        if published is None and poll.ours:
            published = poll.at
        ours_at = poll.at if poll.ours else self.ours_at
        if self.wish is not None and poll.at < self.wish.at:  # it began before
            return replace(self, published_at=published, ours_at=ours_at, listed=self._known(poll))
        since = self.wish.at if self.wish is not None else 0
        # A poll that tells nothing (nobody answered) does not break the row; our CNAME does, and so does a clock that
        # was put back.
        displaced = self.first is not None and not since <= self.first.at <= poll.at
        anew = displaced or poll.against or (poll.clean and self.first is not None and not self.first.clean)
        first, whole = (None, None) if anew else (self.first, self.whole)
        if poll.counts:
            first = first or poll
            whole = whole or (poll if poll.answered else None)
        return replace(
            self, first=first, whole=whole, last=poll, published_at=published, ours_at=ours_at, listed=self._known(poll)
        )  # fmt: skip

    def _known(self, poll: CnamePoll) -> tuple[ListedServer, ...]:
        """Every server that was ever listed, with the last instant at which it was."""
        known = {(one.server, one.address): one for one in self.listed}
        for one in poll.servers:
            if one.listed and one.address:
                known[one.server, one.address] = ListedServer(one.server, one.address, poll.at)
        latest = sorted(known.values(), key=lambda one: (-one.at, one.server, one.address))
        return tuple(latest[:LISTED])

    def with_listed(self, servers: Collection[tuple[str, str]], at: int) -> Observations:
        """``servers`` (name, address) served the zone at ``at``."""
        poll = CnamePoll(at, tuple(ServerAnswer(s, a, CnameAnswer.NO_ANSWER) for s, a in sorted(servers)))
        return replace(self, listed=self._known(poll))

    def counted(self, since: int) -> tuple[ListedServer, ...]:
        """Servers that were listed at ``since`` (UTC ms) or later: they are asked, whether they still are or not."""
        return tuple(one for one in self.listed if one.at >= since)

    def afresh(self) -> Observations:
        """Nothing that was seen or asked for the sake of a deletion counts any more."""
        return replace(self, first=None, whole=None, last=None, campaigns=None, deleted=None)

    def with_wish(self, wish: Wish) -> Observations:
        """What was seen before the wish counts for nothing after it."""
        return replace(self.afresh(), wish=wish)

    def deprovisioned(self) -> Observations:
        """Nothing that was approved or activated here counts any more; the two hours begin anew one day."""
        kept = tuple(one for one in self.approvals if one.purpose is not Purpose.ACTIVATION)
        return replace(self, approvals=kept, activation=None, outside=None, started=None, old_key=None)

    def with_approval(self, approval: Approval) -> Observations:
        return replace(self, approvals=(*self.approvals, approval))

    def approved(self, purpose: Purpose, org: str) -> Approval | None:
        """The last decided round for ``purpose`` in this org and life."""
        found = [one for one in self.approvals if one.purpose is purpose and one.org == org]
        return found[-1] if found else None

    def agreed(self, purpose: Purpose, org: str) -> bool:
        """A round for ``purpose`` was decided since somebody wanted the domain removed."""
        approved = self.approved(purpose, org)
        return self.wish is not None and approved is not None and approved.at >= self.wish.at

    @property
    def absent_since(self) -> int | None:
        """The first reading of an unbroken row that missed the name."""
        return self.absences[0] if self.absences else None

    def as_json(self) -> dict[str, Any]:
        """Only what there is."""
        return {f.name: _written(value) for f in fields(self) if (value := getattr(self, f.name)) not in (None, ())}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Observations:
        return cls(**{name: _READ[name](value) for name, value in data.items() if name in _READ})


#: Nothing observed yet; shared, since most domains are in this case.
NOTHING = Observations()


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _written(getattr(value, f.name)) for f in fields(value)}
    return value


def _poll(data: Mapping[str, Any]) -> CnamePoll:
    servers = [ServerAnswer(s, a, CnameAnswer(n), why, tuple(f), now) for s, a, n, why, f, now in data["servers"]]
    return CnamePoll(data["at"], tuple(servers), data["problem"], data["denied"])


def _of(kind: type[Any], data: Mapping[str, Any]) -> Any:
    """What this version knows of it; a newer one may have written more."""
    values = {f.name: data[f.name] for f in fields(kind) if f.name in data}
    if "org" in values and not isinstance(values["org"], str):
        values["org"] = Org(*values["org"])
    return kind(**values)


_READ: Mapping[str, Any] = {
    "created": lambda d: _of(Create, d),
    "deleted": lambda d: _of(Delete, d),
    "reading": lambda d: _of(Reading, d),
    "absences": tuple,
    "wish": lambda d: _of(Wish, d),
    "first": _poll,
    "whole": _poll,
    "last": _poll,
    "listed": lambda d: tuple(ListedServer(*one) for one in d),
    "campaigns": lambda d: CampaignReading(d["at"], d["seen"], tuple(d["on"])),
    "approvals": lambda d: tuple(
        Approval(one["at"], one["round"], Purpose(one["purpose"]), one["org"], one.get("digest", "")) for one in d
    ),
    "activation": lambda d: _of(Activation, d),
    "outside": lambda d: _of(Outside, d),
    "started": lambda d: _of(Instants, d),
    "old_key": lambda d: _of(OldKey, d),
    "others": lambda d: Others(tuple(d[0]), d[1]),
    "published_at": int,
    "ours_at": int,
}
