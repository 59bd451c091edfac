"""What a mail platform says of a name, and of itself before the first write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.observations import Org
from bot.model.records import DnsRecord, RecordType


class Stage(StrEnum):
    """How far the platform is with a name."""

    ABSENT = "absent"
    PREPARING = "preparing"
    PENDING = "pending"
    PROVISIONED = "provisioned"
    DEPROVISIONED = "deprovisioned"
    FAILED = "failed"
    UNKNOWN = "unknown"  #: it has the name, and says nothing we know of how far it is


#: Stages with a word of their own that is not *provisioned*. What it does not say, or in a new word, is none of them.
OTHER = frozenset({Stage.PENDING, Stage.DEPROVISIONED, Stage.FAILED})


class Verification(StrEnum):
    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the platform says of a name at this moment."""

    name: str
    stage: Stage
    records: tuple[DnsRecord, ...] = ()
    verified: Mapping[RecordType, Verification] = field(default_factory=dict)
    said: str = ""
    org: Org | None = None  #: in which org; None where the platform does not say
    date: int | None = field(default=None, compare=False)  #: the Date of its answer (UTC ms); None where it gives none

    @property
    def all_verified(self) -> bool:
        return bool(self.records) and all(self.verified.get(r.type) is Verification.VERIFIED for r in self.records)

    @property
    def done(self) -> bool:
        """Provisioned *and* both records verified: never one alone."""
        return self.stage is Stage.PROVISIONED and self.all_verified

    @property
    def other(self) -> bool:
        """It says, in a word that we know, that it is something else than provisioned."""
        return self.stage in OTHER


#: In place of what stands at the name: the contact centre receives mail on it (S8).
INBOUND = "inbound"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What it is good to know before the first write. None of it is needed: what could not be read is None.

    ``unread`` says what that is (``org``, ``inbound``, ``root``, ``limits``), and why: ``forbidden`` or ``unread``.
    """

    org: Org | None = None
    inbound: frozenset[str] | None = None  #: names the contact centre receives mail on, or sends its answers from (S8)
    root: str | None = None  #: the platform's own name: what lies below it is nobody else's (S7); empty: it has none
    used: int | None = None  #: sending domains of the org
    limit: int | None = None  #: how many it may have; None where there is no such number
    told: bool = False  #: the platform itself names that limit
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def halting(self) -> bool:
        """Something that is asked for each time was not answered: it may be silent just now."""
        return "unread" in (self.unread.get("inbound"), self.unread.get("limits"))

    def receives(self, name: str) -> bool:
        return self.inbound is not None and name in self.inbound

    @property
    def full(self) -> bool:
        """By the platform's own words; where it does not name its limit, it says so when it refuses."""
        return self.told and self.used is not None and self.limit is not None and self.used >= self.limit

    def owns(self, name: str) -> bool:
        return bool(self.root) and (name == self.root or name.endswith(f".{self.root}"))
