"""One change of one domain, drawn up before it is saved: new state, history, rounds and messages together.

A :class:`Draft` is the only way a domain changes; ``Store.save`` writes what it holds in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import Stale
from bot.model.approval import Outcome, Purpose, Round, Vote
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import PERMITS, Event, Kind, State, advance
from bot.model.look import Look
from bot.model.observations import Approval, Observations
from bot.model.permits import Permit, Step
from bot.model.schedule import Rhythm, due_at

#: What the words of a message are filled with; JSON.
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be sent: a fact, worded when it is sent."""

    kind: Kind
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction writes. ``before`` is None for a new domain; ``intent`` is the inbox key it fulfils."""

    before: EmailDomain | None
    after: EmailDomain
    entries: tuple[Entry, ...] = ()
    said: tuple[Said, ...] = ()
    opened: Round | None = None
    closed: Round | None = None
    vote: tuple[int, Vote] | None = None  #: (round id, vote)
    rebound: Round | None = None  #: the open round, whose digest was computed anew
    intent: str | None = None
    loud: bool = True  #: anybody could see that something changed: a message, or what a card shows
    again: bool = False  #: only a look that repeated the last one, and when the next is


#: What no card and no request shows: when somebody looks again.
_PASSING = frozenset({"next_look_at", "next_platform_at", "next_guard_at", "platform_tries", "look", "expiry_at"})


def _shown(look: Look | None) -> Any:
    return look and (look.records, look.findings, look.problem)


def _is_for(permit: Permit, d: EmailDomain) -> bool:
    """Whether it is for this life, in the org the domain belongs to."""
    return permit.life_of == (d.team, d.name, d.life) and permit.org[:2] == d.account[:2]


class Draft:
    """Collects what happens to ``domain`` at instant ``now`` (UTC ms)."""

    def __init__(self, domain: EmailDomain, now: int, *, new: bool = False) -> None:
        self.before = None if new else domain
        self.domain = domain
        self.now = now
        self._entries: list[Entry] = []
        self._said: list[Said] = []
        self._opened: Round | None = None
        self._closed: Round | None = None
        self._vote: tuple[int, Vote] | None = None
        self._rebound: Round | None = None
        self._touched: set[str] = set()

    def set(self, **changes: Any) -> Draft:
        touched = {name for name, value in changes.items() if getattr(self.domain, name) != value}
        if touched:
            self._touched |= touched
            self.domain = self.domain.but(**changes)
        return self

    @property
    def _again(self) -> bool:
        if self.before is None or self._entries or self._said or not self._touched <= {"look", "next_look_at"}:
            return False
        return self.domain.look is not None and self.domain.look.repeats(self.before.look)

    @property
    def _loud(self) -> bool:
        before = self.before
        if before is None or before.life != self.domain.life or self._said or self._touched - _PASSING:
            return True
        return bool(_shown(before.look) != _shown(self.domain.look))

    def move(
        self, event: Event, *, by: str, why: str = "", quiet: bool = False, facts: Facts | None = None,
        permit: Permit | None = None, to: State | None = None,
    ) -> Draft:  # fmt: skip
        """Take the edge of ``event``, record it and say what the table says of it, with ``facts``.

        ``to`` chooses among the landings of an edge that has several. An event that cannot be taken back needs a
        ``permit`` for this very life; raises ``TypeError`` without.
        """
        was = self.domain.state
        edge = advance(self.domain.name, was, event)
        self._need(event, permit)
        if to is not None and to not in edge.landings:
            raise ValueError(f"{event} does not lead to {to}")
        self.set(state=to or edge.to, since=self.now)
        self.note(event, by=by, why=why, was=was)
        if edge.says and not quiet:
            self.say(edge.says, facts)
        if edge.to is State.REMOVED or (self.domain.round and edge.to is not State.AWAITING_APPROVAL):
            self._lapse()
        return self

    def _need(self, event: Event, permit: Permit | None) -> None:
        steps = PERMITS.get(event)
        if steps is None:
            return
        d = self.domain
        if permit is None or permit.step not in steps or not _is_for(permit, d):
            raise TypeError(f"{event} of {d.name} needs a permit for {', '.join(sorted(steps))}")

    def adopt(self, permit: Permit) -> Draft:
        """The platform had the name before this life: from here on it is one of ours."""
        d = self.domain
        if permit.step is not Step.IMPORT or not _is_for(permit, d):
            raise TypeError(f"importing {d.name} needs a permit")
        seen = d.observations
        if seen.approved(Purpose.IMPORT, permit.org.id) is None:
            seen = seen.with_approval(Approval(self.now, 0, Purpose.IMPORT, permit.org.id))
        return self.observe(replace(seen, published_at=self.now))

    def deprovision(self, permit: Permit) -> Draft:
        """The platform has taken it out of service: approval and the two hours come again."""
        if permit.step is not Step.DEPROVISION or not _is_for(permit, self.domain):
            raise TypeError(f"counting {self.domain.name} as deprovisioned needs a permit")
        return self.observe(self.domain.observations.deprovisioned()).set(unprovisioned=True)

    def observe(self, observations: Observations) -> Draft:
        """Keep what was observed."""
        return self.set(observations=observations)

    def rebind(self, asked: Round) -> Draft:
        """The open round with the digest of what is asked, computed anew: the same question in other words."""
        self._rebound = asked
        return self.set(round=asked)

    def note(self, event: str, *, by: str, why: str = "", was: State | None = None) -> Draft:
        """Record something in the history; without ``was`` the state did not change."""
        look = self.domain.look
        evidence = look.as_json() if look and by == "dns" else {}
        after = self.domain.state
        self._entries.append(Entry(self.now, str(event), was or after, after, by, why, evidence))
        return self

    def say(self, kind: Kind, facts: Facts | None = None) -> Draft:
        self._said.append(Said(kind, dict(facts or {})))
        return self

    def tell(self, mark: str) -> Draft:
        """Remember that a one-time remark was made."""
        return self.set(told=(*self.domain.told, mark)) if mark not in self.domain.told else self

    def open_round(self, asked: Round) -> Draft:
        self._opened = asked
        return self.set(round=asked, rounds=asked.id, expiry_at=None)

    def _asked(self) -> Round:
        if self.domain.round is None:
            raise Stale(self.domain.name)
        return self.domain.round

    def close_round(self, outcome: Outcome, *, by: str, reason: str = "", permit: Permit | None = None) -> Round:
        """Close the open round; returns it as closed. Votes on it count no more.

        A rejection is a vote: it needs a ``permit`` of whoever rejects.
        """
        if outcome is Outcome.REJECTED:
            self._need_of_voter(Step.REJECT, by, permit)
        asked = self._asked()
        self._closed = replace(asked, closed_at=self.now, outcome=outcome, decided_by=by, reason=reason or None)
        if outcome is Outcome.APPROVED and asked.purpose is Purpose.ACTIVATION:
            approval = Approval(self.now, asked.id, asked.purpose, self.domain.org_id, asked.digest)
            self.observe(self.domain.observations.with_approval(approval))
        self.set(round=None)
        return self._closed

    def _need_of_voter(self, step: Step, user: str, permit: Permit | None) -> None:
        if permit is None or permit.step is not step or permit.voter != user or not _is_for(permit, self.domain):
            raise TypeError(f"a vote of {user} about {self.domain.name} needs a permit")

    def vote(self, user: str, permit: Permit) -> Round:
        """Add a vote to the open round; returns the round with it."""
        self._need_of_voter(Step.VOTE, user, permit)
        vote = Vote(user, self.now)
        counted = replace(self._asked(), votes=(*self._asked().votes, vote))
        self._vote = (counted.id, vote)
        self.set(round=counted)
        return counted

    def _lapse(self) -> None:
        """Whatever ends the question ends the round: a domain that is removed or lost leaves none open."""
        if self.domain.round and (
            self.domain.round.purpose is Purpose.ACTIVATION or self.domain.state is State.REMOVED
        ):
            self.close_round(Outcome.LAPSED, by="clock")

    def change(self, rhythm: Rhythm, intent: str | None = None) -> Change:
        return Change(
            before=self.before,
            after=self.domain.but(due_at=due_at(self.domain, rhythm)),
            entries=tuple(self._entries),
            said=tuple(self._said),
            opened=self._opened,
            closed=self._closed,
            vote=self._vote,
            rebound=self._rebound,
            intent=intent,
            loud=self._loud,
            again=self._again,
        )
