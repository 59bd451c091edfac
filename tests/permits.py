"""Permits for tests: honest ones, given by :func:`bot.model.permits.decide` for observations that suffice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.model.approval import ANYONE, Ballot, Purpose, Round, Standing
from bot.model.clocks import Instants
from bot.model.domain import EmailDomain
from bot.model.needs import DURATIONS, Case
from bot.model.observations import (
    OVER,
    Activation,
    Approval,
    CampaignReading,
    CnameAnswer,
    CnamePoll,
    Create,
    Delete,
    Observations,
    Org,
    Others,
    Outside,
    Reading,
    ServerAnswer,
    Wish,
)
from bot.model.permits import Permit, Step, decide
from tests.clock import START

_MS = {name: round(duration.total_seconds() * 1000) for name, duration in DURATIONS.items()}
_GONE = frozenset({Step.DELETED, Step.END})  #: steps that need the name to be gone
ORG = Org("embedded", "practice", "Practice")
DIGEST = "0123456789abcdef"
_DONE = frozenset({Step.WAIT, Step.SEND, Step.OPEN_OUTSIDE})  #: steps that need the platform to have done everything
_UNMADE = frozenset({Step.REFUSE, Step.DROP})  #: steps that need that we never created it


def clocks(slack: int) -> Instants:
    """On clocks of which each is wrong by an amount of its own."""
    return Instants(slack, platform=slack - 1234, machine=slack + 86_400_000, boottime=slack - START + 10**9, boot="b")


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
        approvals=tuple(Approval(wished, n, purpose, org.id, DIGEST) for n, purpose in enumerate(Purpose, 1)),
        activation=Activation(wished, org, DIGEST),
        outside=Outside(wished, DIGEST, OVER, "U0ALEX"),
        started=clocks(now - _MS["two_hours"]),
    )
    for at in (now - _MS["polls_apart"], now):
        server = ServerAnswer("ns1.xyzcorp.com", "192.0.2.1", CnameAnswer.NONE)
        seen = seen.with_poll(CnamePoll(at, (server,)))
    for hours in (2, 1, 0):
        at = now - hours * _MS["absences_apart"]
        there = step not in _GONE
        done, other = step in _DONE, "deprovisioned" if step is Step.DEPROVISION else ""
        provisioned = done or step is Step.RECOVER
        reading = Reading(
            at, org, present=there, provisioned=provisioned, verified=done, ours=there, done=done, other=other
        )  # fmt: skip
        seen = seen.with_reading(reading, _MS["absences_apart"])
    if step is Step.DEPROVISION:
        seen = replace(seen, others=Others((now - _MS["others_apart"], now), "deprovisioned"))
    return Case(
        team, name, life, org, connected=org, held=False, sure=True, seen=seen, now=now, ms=_MS,
        ended_at=now, vouched=True, refused=step is Step.REFUSE, right_at=now, clocks=clocks(now),
        round=asked(now), digest=DIGEST, ballot=ballot(now),
    )  # fmt: skip


VOTER = "U0SAM"


def asked(now: int = START, **changes: Any) -> Round:
    """An open round of a while ago."""
    values: dict[str, Any] = {
        "id": 7, "purpose": Purpose.ACTIVATION, "asked_by": "U0ALEX", "asked_at": now - 3_600_000, "digest": DIGEST,
        "quorum": 1, "expires_at": now + 3_600_000, "channel": "C0MAIL", "approvers": (ANYONE,),
    }  # fmt: skip
    return Round(**values | changes)


def ballot(now: int = START, user: str = VOTER, token: str = f"7.{DIGEST}") -> Ballot:
    """A vote of an hour ago, of somebody whose standing Slack has just said."""
    standing = Standing(user, now, None, on_round_list=True, on_todays_list=True)
    return Ballot(user, token, now - 3_600_000, standing)


def to_vote(domain: EmailDomain, user: str, step: Step = Step.VOTE, now: int = START) -> Permit:
    """To count an answer of ``user`` to the open round of this domain."""
    assert domain.round is not None
    like = replace(domain.round, digest=domain.digest)
    about = case(step, domain.name, ORG, team=domain.team, life=domain.life, now=now)
    found = decide(step, replace(about, round=like, digest=domain.digest, ballot=ballot(now, user, like.token)))
    assert isinstance(found, Permit), found
    return found
