"""Which org this database belongs to, which one the bot is connected to, and whether it is on hold.

The first org that the platform names becomes the database's own; another one is told to the operators, and no step that
cannot be taken back is taken there (:mod:`bot.model.permits`). Only ``emaildomain rebind`` changes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.errors import PlatformDown, PlatformRefused
from bot.model.change import Draft
from bot.model.clocks import Instants
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.needs import Case
from bot.model.observations import Observations, Org, Reading
from bot.model.records import same_records
from bot.model.registration import Registration, Stage, Verification
from bot.ports import Ports
from bot.services import alerting

log = structlog.get_logger(__name__)

APPROVAL_ASKED = "approval_asked"  #: mark: the approvers were asked after the removal had begun

_SOON = 2.0  #: seconds that a question of readiness waits for the platform

#: Documents of the database: ``binding/org`` and ``binding/hold``.
KIND, ORG, HOLD = "binding", "org", "hold"

_ENOUGH = 15  #: domains of an older version that are looked for in an org; more than one org may have by default


@dataclass(frozen=True, slots=True)
class Hold:
    """No step that cannot be taken back is taken.

    ``why``: ``asked``, ``started`` (by ``run --hold``), ``restored``; or ``another_team``, for as long as the database
    belongs to another workspace than the one we are in.
    """

    by: str
    at: int
    why: str


async def held(ports: Ports) -> Hold | None:
    if ports.foreign():
        return Hold("", ports.clock.now(), "another_team")
    return await kept_hold(ports)


async def kept_hold(ports: Ports) -> Hold | None:
    """The hold of the database, whichever workspace we are in."""
    found = await ports.store.document(KIND, HOLD)
    return Hold(found["by"], found["at"], found["why"]) if found else None


async def bound(ports: Ports) -> Org | None:
    """The org this database belongs to; None before the platform has named one."""
    found = await ports.store.document(KIND, ORG)
    return org_of(found) if found else None


def org_of(body: Mapping[str, Any]) -> Org:
    return Org(body["platform"], body["id"], body["name"])


def as_body(org: Org) -> dict[str, Any]:
    return {"platform": org.platform, "id": org.id, "name": org.name}


async def meet(ports: Ports, org: Org | None, *, proven: bool = False, patient: bool = False) -> bool:
    """The platform has said which org it is. Whether it is the database's own; operators are told of another one.

    ``proven``: a domain of an older version, which did not write down whose it is, was found there with the same
    records. Where nothing has proven it yet the platform is asked about some of them, which raises what it raises;
    ``patient``: it is not, since readings of those domains will tell.
    """
    if org is None or not org.id:
        return False
    own = await bound(ports)
    if own is None:
        if not proven and not await _proven(ports, org, patient=patient):
            return False
        await ports.store.put_document(KIND, ORG, as_body(org))
        await alerting.over(ports, "another_org")
        return True
    if own.is_same(org):
        if own.name != org.name and org.name:
            await ports.store.put_document(KIND, ORG, as_body(org))
        return True
    log.warning("connected to another org", connected=f"{org.platform} {org.id}", own=f"{own.platform} {own.id}")
    await _tell(ports, org, own.name or own.id)
    return False


async def _tell(ports: Ports, org: Org, own: str) -> None:
    connected = org.name or org.id
    await alerting.tell_operators(ports, "another_org", f"{org.platform}/{org.id}", connected=connected, own=own)


async def require(ports: Ports, org: Org | None, name: str) -> None:
    """Raises ``PlatformRefused`` (``another_org``) where ``org`` is not the database's own."""
    if not await meet(ports, org):
        raise PlatformRefused(ports.platform.name, "another_org", org.name if org else "", name)


async def _proven(ports: Ports, org: Org, *, patient: bool) -> bool:
    """A file that an older version wrote belongs to the org in which one of its domains is found, not to the first."""
    identity = ports.identity()
    every = await ports.store.domains(identity.team) if identity else ()
    old = [d for d in every if d.records and not d.org_id and d.state is not State.REMOVED]
    if not old or patient:
        return not old
    for domain in old[:_ENOUGH]:
        answer = await ports.platform.look(domain.name)
        there = answer.stage is not Stage.ABSENT and org.is_same(answer.org)
        if there and same_records(answer.records, domain.records):
            return True
    await _tell(ports, org, old[0].org or "?")
    return False


def bind_to(draft: Draft, org: Org) -> None:
    """The domain, of which an older version did not write down whose it is, belongs to ``org``.

    What was observed before is of that org, too. What is being asked stays asked: its digest is computed anew.
    """
    d = draft.domain
    seen = d.observations
    digest = d.but(platform=org.platform, org_id=org.id).digest
    approvals = tuple(
        one if one.org else replace(one, org=org.id, digest=digest if one.digest == d.digest else one.digest)
        for one in seen.approvals
    )
    made = seen.created
    if made is not None and not made.org.id:
        made = replace(made, org=org)
    if (approvals, made) != (seen.approvals, seen.created):
        draft.observe(replace(seen, approvals=approvals, created=made))
    draft.set(platform=org.platform, org_id=org.id, org=org.name)
    if draft.domain.round is not None:
        draft.rebind(replace(draft.domain.round, digest=draft.domain.digest))


async def other_org(ports: Ports) -> tuple[Org, Org] | None:
    """(the one connected to, the database's own) where they differ; None where they do not, or it cannot be told."""
    own = await bound(ports)
    if own is None:
        return None
    try:
        async with asyncio.timeout(_SOON):
            now = await ports.platform.organisation()
    except (PlatformDown, PlatformRefused, TimeoutError):
        return None
    if own.is_same(now):
        await alerting.over(ports, "another_org")
        return None
    return now, own


def read(ports: Ports, domain: EmailDomain, answer: Registration, at: int | None = None) -> Observations:
    """What is known of the domain with this answer of the platform, as far as it is of the domain's own org.

    ``at``: the instant (UTC ms) of the decision it is read for, where that is fixed already; nothing may be later.
    """
    if answer.org is None or not domain.account.is_same(answer.org):
        return domain.observations
    reading = Reading(
        at=ports.clock.now() if at is None else at,
        org=answer.org,
        present=answer.stage is not Stage.ABSENT,
        provisioned=_provisioned(domain, answer),
        verified=_verified(domain, answer),
        ours=same_records(answer.records, domain.records) if answer.records and domain.records else None,
        done=answer.done,
        other=answer.stage.value if answer.other else "",
    )
    apart, others_apart = ports.rhythm["absences_apart"], ports.rhythm["others_apart"]
    return domain.observations.with_reading(reading, apart, others_apart, timed=ports.clock.sure)


def _provisioned(domain: EmailDomain, answer: Registration) -> bool | None:
    if answer.stage in (Stage.PREPARING, Stage.ABSENT):
        return None if domain.records else False  # records that it gave before it must have made
    return None if answer.stage is Stage.UNKNOWN else answer.stage is Stage.PROVISIONED


def _verified(domain: EmailDomain, answer: Registration) -> bool | None:
    if not answer.records:
        return None if domain.records else False
    said = set(answer.verified.values())
    if Verification.VERIFIED in said:
        return True
    return None if Verification.UNKNOWN in said or len(answer.verified) < len(answer.records) else False


async def case(
    ports: Ports, domain: EmailDomain, connected: Org | None, *, vouched: bool = False, refused: bool = False
) -> CaseOf:
    """What a decision about ``domain`` is made from; the rest is filled in when it is made."""
    return CaseOf(ports, connected, await held(ports) is not None, vouched, refused)


@dataclass(frozen=True, slots=True)
class CaseOf:
    """Everything of a :class:`Case` that has to be asked for. Call it with the domain as it stands.

    ``clocks``: the moment of the reading that the decision rests on, where time is a part of it.
    """

    ports: Ports
    connected: Org | None
    held: bool
    vouched: bool = False
    refused: bool = False
    clocks: Instants | None = None

    def __call__(self, domain: EmailDomain, now: int, seen: Observations | None = None) -> Case:
        return Case(
            team=domain.team, name=domain.name, life=domain.life, org=domain.account, connected=self.connected,
            held=self.held, sure=self.ports.clock.sure, seen=domain.observations if seen is None else seen, now=now,
            ms=self.ports.rhythm.ms,
            shown=bool(domain.records), ended_at=domain.gone_at, vouched=self.vouched, refused=self.refused,
            asked=domain.state is State.REMOVING and APPROVAL_ASKED in domain.told,
            right_at=domain.look.at if domain.look is not None and domain.look.good else None,
            digest=domain.digest, clocks=self.clocks,
        )  # fmt: skip


def alone(draft: Draft) -> Case:
    """What a decision is made from that rests on nothing outside: the platform is not asked."""
    d = draft.domain
    return Case(
        team=d.team, name=d.name, life=d.life, org=d.account, connected=None, held=False, sure=False,
        seen=d.observations, now=draft.now, ms={},
    )  # fmt: skip
