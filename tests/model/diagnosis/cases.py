"""Cases for decisions: complete ones, and what they are changed with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.model.approval import Purpose
from bot.model.needs import Case, Need
from bot.model.observations import (
    Approval,
    CnameAnswer,
    CnamePoll,
    Org,
    Reading,
    ServerAnswer,
    Wish,
)
from bot.model.permits import Permit, Step, decide
from tests import permits
from tests.clock import START

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
FRESH = 5 * MINUTE
NOW = START
NAME, TEAM = "sales.xyzcorp.com", "T0XYZCORP"
ORG = Org("genesys", "a1", "XYZ Corp")
RENAMED = ORG._replace(name="XYZ Group")
OTHER = Org("genesys", "b2", "XYZ Corp")
ELSEWHERE = Org("embedded", "a1", "XYZ Corp")
NAMELESS = Org("genesys", "", "XYZ Corp")
MS = permits.case(Step.DELETE, NAME, ORG).ms


def complete(step: Step, org: Org = ORG) -> Case:
    """Everything that ``step`` needs: agreed to just now, and nothing at stake at the platform."""
    case = permits.case(step, NAME, org, team=TEAM)
    agreed = tuple(replace(one, at=NOW) for one in case.seen.approvals)
    return seen(case, approvals=agreed)


def granted(step: Step, **changes: Any) -> Permit:
    found = decide(step, replace(complete(step), **changes))
    assert isinstance(found, Permit), found
    return found


def missing(step: Step, case: Case) -> list[Need]:
    found = decide(step, case)
    return [] if isinstance(found, Permit) else [lack.need for lack in found]


# ---- what a case is changed with


def seen(case: Case, **changes: Any) -> Case:
    return replace(case, seen=replace(case.seen, **changes))


def said(case: Case, **changes: Any) -> Case:
    assert case.seen.reading is not None
    return seen(case, reading=replace(case.seen.reading, **changes))


def poll(at: int, *answers: CnameAnswer, problem: str | None = None, denied: bool = False) -> CnamePoll:
    servers = [ServerAnswer(f"ns{n}.xyzcorp.com", f"192.0.2.{n}", one) for n, one in enumerate(answers, 1)]
    return CnamePoll(at, tuple(servers), problem, denied)


def denial(at: int) -> CnamePoll:
    return poll(at, problem="unregistered", denied=True)


def rounds(case: Case, *polls: CnamePoll) -> Case:
    """As they are kept when they come one after the other."""
    found = replace(case.seen, first=None, whole=None, last=None)
    for one in polls:
        found = found.with_poll(one)
    return replace(case, seen=found)


def absent_at(case: Case, *instants: int) -> Case:
    found = replace(case.seen, absences=())
    for at in instants:
        found = found.with_reading(Reading(at, case.org, present=False), HOUR)
    return replace(case, seen=found)


def cast(case: Case, **changes: Any) -> Case:
    """The vote, otherwise."""
    assert case.ballot is not None
    return replace(case, ballot=replace(case.ballot, **changes))


def stands(case: Case, **changes: Any) -> Case:
    """What Slack said of the voter, otherwise."""
    assert case.ballot is not None and case.ballot.standing is not None
    return cast(case, standing=replace(case.ballot.standing, **changes))


def asking(case: Case, **changes: Any) -> Case:
    """The round, otherwise."""
    assert case.round is not None
    return replace(case, round=replace(case.round, **changes))


def reported(case: Case, *instants: int, other: str = "deprovisioned") -> Case:
    """Readings in which the platform had another word than *provisioned*, as they are kept."""
    found = replace(case.seen, others=None)
    for at in instants:
        found = found.with_reading(Reading(at, case.org, present=True, provisioned=False, other=other), HOUR)
    return replace(case, seen=found)


def wished(case: Case, at: int) -> Case:
    return seen(case, wish=Wish(at, "U0ALEX"))


def approved(case: Case, purpose: Purpose, at: int, org: Org = ORG) -> Case:
    """By this round only."""
    return seen(case, approvals=(Approval(at, 1, purpose, org.id, case.digest),))
