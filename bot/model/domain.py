"""One sending domain: everything that is known of it at one moment, as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.model.approval import Round, digest
from bot.model.lifecycle import BEFORE_ACTIVATION, State
from bot.model.look import Look
from bot.model.observations import NOTHING, Observations, Org, Outside
from bot.model.records import DnsRecord, RecordType, hosting


@dataclass(frozen=True)
class EmailDomain:
    """A sending domain of one workspace, in one life (each addition of the name is a new life).

    All instants are UTC milliseconds; None where they do not apply. ``version`` grows with every save and is
    what a save is compared with.
    """

    team: str
    name: str
    life: int
    version: int
    state: State
    since: int  #: when it came into this state
    owner: str
    channel: str
    added_by: str
    added_at: int
    records: tuple[DnsRecord, ...] = ()
    platform: str = ""  #: the mail platform it was registered at; empty: not known yet (an older version wrote it)
    org_id: str = ""  #: the id of the org there; the same
    org: str = ""  #: that org's name, for people
    observations: Observations = NOTHING  #: what steps that cannot be taken back rest on
    conflicts: tuple[str, ...] = ()  #: what stood at the name before (types); or ``unchecked``, ``imported``
    unread: tuple[str, ...] = ()  #: what the platform was asked for and could not be read: ``<what>/<why>``
    zone: str | None = None
    nameservers: tuple[str, ...] = ()
    rounds: int = 0  #: how many rounds this name has had, all lives counted
    round: Round | None = None  #: the open round, if any
    expiry_at: int | None = None  #: its time is up, and votes that arrived before are undecided: look again then

    # Looking at DNS
    look: Look | None = None  #: the last look that told something
    watch_from: int | None = None  #: the waits of *awaiting_dns* are counted from here
    boost_until: int | None = None  #: look every 10 s until then
    next_look_at: int | None = None
    good_since: int | None = None  #: first good round of an unbroken row
    bad_since: int | None = None  #: first bad round of an unbroken row
    baseline: tuple[str, ...] = ()  #: findings that were there before we asked for records
    said: tuple[str, ...] = ()  #: findings already posted, by identity
    suspect: tuple[str, int] | None = None  #: a finding seen once, and when
    checked_at: int | None = None  #: *Check now* was last pressed
    nothing_at: int | None = None  #: say then that nothing was found after *Check now*
    told: tuple[str, ...] = ()  #: one-time remarks already made in this wait

    # The platform
    next_platform_at: int | None = None
    platform_tries: int = 0
    importing: str | None = None  #: import's question, answered by who asks to import: ``over``, ``unsure`` or empty
    deleted_until: int | None = None  #: what an earlier life left at the platform may still show until then
    refused: tuple[str, str] | None = None  #: why the platform refused it: a reason and its own words
    removing_from: State | None = None  #: where a removal began
    gone_at: int | None = None  #: this life ended then because the platform no longer had the name
    gone_answer: str | None = None  #: ``yes``: deleted on purpose, clean up; ``no``: somebody looks
    gone_by: str | None = None  #: who said so
    found_again: tuple[int, int] | None = None  #: the last ``gone_at`` after which it was found again, and when
    left_at: int | None = None  #: left behind in another org when the bot was bound to a new one
    asked_verify_at: int | None = None
    activation_by: str | None = None  #: who asked for the activation that was approved
    opens_at: int | None = None  #: the end of the two hours
    unprovisioned: bool = False
    held_by: str | None = None  #: what holds up *sending allowed*, already said: ``dns``, ``platform``, ``clock``, ...
    hold_until: int | None = None  #: try again then to open the window
    next_guard_at: int | None = None  #: look then for campaigns that would send too early
    guarded: tuple[str, ...] = ()  #: sets of campaigns already named
    trouble: str | None = None  #: what is wrong in *degraded*: ``dns``, ``platform``, or ``key``: another one there
    last_degraded: int | None = None  #: last broadcast, for at most one in 24 h
    last_recovered: int | None = None

    due_at: int | None = None  #: the earliest entry of its agenda; computed on save

    @property
    def id(self) -> tuple[str, str]:
        return self.team, self.name

    @property
    def hosting(self) -> str | None:
        return hosting(self.records)

    @property
    def digest(self) -> str:
        """Of what an approver answers for now."""
        return digest(self.name, self.org_id, self.records)

    @property
    def account(self) -> Org:
        """The org it belongs to."""
        return Org(self.platform, self.org_id, self.org)

    @property
    def target(self) -> str | None:
        """Where its CNAME points."""
        return next((r.value for r in self.records if r.type is RecordType.CNAME), None)

    @property
    def deleting(self) -> bool:
        """The platform was asked to delete it."""
        return self.state is State.REMOVING and self.observations.deleted is not None

    @property
    def seen(self) -> bool:
        """A record was seen in DNS since the last wait for them began."""
        return "seen" in self.told

    @property
    def published(self) -> bool:
        """A record of this life was ever seen in DNS."""
        return self.observations.published_at is not None

    @property
    def released(self) -> bool:
        """This life ended because it was let go of: the platform still has the name."""
        return self.state is State.REMOVED and "released" in self.told

    @property
    def questioned(self) -> bool:
        """It is gone at the platform, and nobody has said yet whether that was meant."""
        return self.state is State.REMOVED and self.gone_at is not None and self.gone_answer is None

    @property
    def outside(self) -> Outside | None:
        """It was activated elsewhere, and nothing has come of that here yet."""
        found = self.observations.outside
        return found if self.state in BEFORE_ACTIVATION and not self.unprovisioned else None

    @property
    def held(self) -> bool:
        """The two hours are over, but something stands in the way."""
        return self.state is State.WAITING and self.held_by is not None and self.hold_until is not None

    @property
    def turn(self) -> State:
        """The state that says who acts next: an open question and what is held up go before the state itself."""
        if self.state is not State.REMOVED and self.round is not None:
            return State.AWAITING_APPROVAL
        return State.DEGRADED if self.held else self.state

    @classmethod
    def of(cls, values: dict[str, Any]) -> EmailDomain:
        """As the constructor, in a tenth of the time, since every look needs some. All fields must be there: nothing
        is filled in or checked."""
        new = object.__new__(cls)
        new.__dict__.update(values)
        return new

    def but(self, **changes: Any) -> EmailDomain:
        """This domain with other values."""
        values = self.__dict__ | changes
        if len(values) > len(self.__dict__):
            raise TypeError(f"a domain has no {', '.join(sorted(values.keys() - self.__dict__.keys()))}")
        return EmailDomain.of(values)

    def key(self, kind: str, n: int) -> str:
        """The stable name of the n-th message of a kind in this life."""
        return f"{self.team}/{self.name}#{self.life}/{kind}/{n}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a domain's history: what changed, who or what did it, why, and the DNS answers it rested on."""

    at: int
    event: str
    before: str | None
    after: str | None
    by: str  #: a user id, ``clock``, ``dns`` or ``platform``
    why: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
