"""Permits for tests: honest ones, given by :func:`bot.model.permits.decide` for observations that suffice."""

from __future__ import annotations

from bot.model.approval import Purpose
from bot.model.domain import EmailDomain
from bot.model.observations import (
    Approval,
    CampaignReading,
    CnameAnswer,
    CnamePoll,
    Create,
    Delete,
    Observations,
    Org,
    Reading,
    ServerAnswer,
    Wish,
)
from bot.model.permits import DURATIONS, Case, Permit, Step, decide
from tests.clock import START

_MS = {name: round(duration.total_seconds() * 1000) for name, duration in DURATIONS.items()}
_GONE = frozenset({Step.DELETED, Step.END})  #: steps that need the name to be gone
ORG = Org("embedded", "practice", "Practice")
_UNMADE = frozenset({Step.REFUSE, Step.DROP})  #: steps that need that we never created it


def permit(step: Step, name: str, org: Org, *, team: str = "T0XYZCORP", life: int = 1, now: int = START) -> Permit:
    """One for ``step``; fails where :func:`decide` finds something missing."""
    found = decide(step, case(step, name, org, team=team, life=life, now=now))
    assert isinstance(found, Permit), found
    return found


def of(domain: EmailDomain, step: Step, now: int = START) -> Permit:
    """One for this very life of a domain."""
    return permit(step, domain.name, ORG, team=domain.team, life=domain.life, now=now)


def case(step: Step, name: str, org: Org, *, team: str = "T0XYZCORP", life: int = 1, now: int = START) -> Case:
    """Everything that ``step`` needs: made, wished away a week ago, approved, and not to be seen in DNS now."""
    wished = now - _MS["finish_anyway"]
    seen = Observations(
        created=None if step in _UNMADE else Create(wished - 1000, org, answered_at=wished - 500),
        deleted=Delete(now - 1000, org, answered_at=now - 500) if step is Step.DELETED else None,
        wish=Wish(wished, "U0ALEX"),
        campaigns=CampaignReading(now, seen=True),
        approvals=tuple(Approval(wished, number, purpose, org.id) for number, purpose in enumerate(Purpose, 1)),
    )
    for at in (now - _MS["polls_apart"], now):
        server = ServerAnswer("ns1.xyzcorp.com", "192.0.2.1", CnameAnswer.NONE)
        seen = seen.with_poll(CnamePoll(at, (server,)))
    for hours in (2, 1, 0):
        at = now - hours * _MS["absences_apart"]
        there = step not in _GONE
        reading = Reading(at, org, present=there, provisioned=step is Step.RECOVER, verified=False, ours=there)
        seen = seen.with_reading(reading, _MS["absences_apart"])
    return Case(
        team, name, life, org, connected=org, held=False, seen=seen, now=now, ms=_MS,
        ended_at=now, vouched=True, refused=step is Step.REFUSE, right_at=now,
    )  # fmt: skip
