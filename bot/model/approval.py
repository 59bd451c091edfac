"""Rounds and votes: what is asked, who may answer, and when it is decided."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from bot.model.records import DnsRecord, hosting


class Purpose(StrEnum):
    ACTIVATION = "activation"
    REMOVAL = "removal"
    REMOVAL_FORCED = "removal_forced"  #: *Finish anyway*
    IMPORT = "import"  #: take on a name that the platform has already
    RELEASE = "release"  #: let go of a domain, changing nothing


class Outcome(StrEnum):
    """How a round ended; the ``decided`` message says which."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LAPSED = "lapsed"


#: The word for everybody in a channel, in a list of approvers.
ANYONE = "channel"

#: Names of the commands by which an answer to a round arrives.
ANSWERS = frozenset({"approve", "reject_reason", "withdraw"})

#: The one by which several rounds are approved at once.
TOGETHER = "approve_all"


@dataclass(frozen=True, slots=True)
class Vote:
    user: str
    at: int  #: UTC ms


@dataclass(frozen=True, slots=True)
class Round:
    """One question to the approvers. ``digest`` is of what they approve, ``quorum`` fixed when asked.

    Instants are UTC ms; ``expires_at`` already leaves out the days that do not count.
    """

    id: int
    purpose: Purpose
    asked_by: str
    asked_at: int
    digest: str
    quorum: int
    expires_at: int
    remind_at: tuple[int, ...] = ()
    votes: tuple[Vote, ...] = ()
    closed_at: int | None = None
    outcome: Outcome | None = None
    decided_by: str | None = None
    reason: str | None = None
    channel: str = ""  #: where it was asked; empty: an older version did not write it down
    approvers: tuple[str, ...] | None = None  #: ids of people and user groups, or :data:`ANYONE`; None: the same

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def voters(self) -> tuple[str, ...]:
        return tuple(vote.user for vote in self.votes)

    @property
    def missing(self) -> int:
        """How many approvals are still wanted."""
        return max(0, self.quorum - len(self.votes))

    @property
    def token(self) -> str:
        """What a button of this round carries: the round and the digest it was drawn for."""
        return f"{self.id}.{self.digest}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What Slack said of somebody for one vote, at instant ``at`` (UTC ms). ``barred``: why they may do nothing."""

    user: str
    at: int
    barred: str | None
    on_round_list: bool  #: eligible by the list the round was asked of
    on_todays_list: bool  #: eligible by the list of today


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote that asks to be counted: whose, for what its button was drawn, and when it arrived (UTC ms)."""

    user: str
    token: str
    arrived_at: int
    standing: Standing | None = None


def digest(name: str, org_id: str, records: tuple[DnsRecord, ...]) -> str:
    """Of everything an approver answers for: name, records, hosting location, the org by its id. 16 hex digits.

    A conflict that goes away, and a new name of the same org, change nothing that was approved.
    """
    body = [name, org_id, hosting(records), [r.as_json() for r in records]]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
