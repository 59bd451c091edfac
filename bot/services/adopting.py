"""Importing domains that the platform has already: each into its state, and nothing said of what is past.

Operators import; anybody else who may add can ask to, which an approver decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import NotFound, OtherLife, PlatformDown, PlatformRefused, Superseded
from bot.model import names
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Look
from bot.model.needs import CHECKS, Need
from bot.model.observations import OVER, UNSURE, Observations
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.model.records import RecordType, same_records
from bot.model.registration import Registration, Stage
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import authorizing, binding, registering, retrying, syncing_platform, waiting
from bot.services.adding import version
from bot.services.applying_look import degrade
from bot.services.asking import ask
from bot.services.registering import begin, start_watching
from bot.services.updating import alter

_S = State
_SOON = 3.0  #: seconds a list waits for the platform
IMPORTED = "imported"  #: in place of what stood at the name before: it was registered already


class Outcome(StrEnum):
    """What came of one name: keys of ``[adopted.*]``."""

    ADOPTED = "adopted"
    KNOWN = "known"
    ASK = "ask"  #: provisioned: whether the two hours are over, only a person can know
    SMTP = "smtp"
    FAILED = "failed"
    UNREAD = "unread"  #: the platform did not answer


@dataclass(frozen=True, slots=True)
class Row:
    """``version`` is of what the platform held when the question was asked; a button carries it."""

    name: str
    outcome: Outcome
    state: State | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """Names that exist on one side only; both empty where the platform cannot tell."""

    there: tuple[str, ...] = ()  #: at the platform, not in this workspace
    here: frozenset[str] = frozenset()  #: of those that are shown, what is not at the platform


async def adopt(ports: Ports, *, by: Who) -> tuple[Row, ...]:
    """All domains of the platform, each imported where that needs no question. May be repeated."""
    await authorizing.require(ports, Action.IMPORT, by)
    other = await binding.other_org(ports)
    if other is not None:
        raise PlatformRefused(ports.platform.name, "another_org", other[0].name)
    found = await ports.platform.domains()
    return tuple([await _one_of_many(ports, name, by) for name in sorted(found)])


async def _one_of_many(ports: Ports, name: str, by: Who) -> Row:
    """Others may be imported already, so a silence is said of this name alone."""
    try:
        return await _one(ports, name, by)
    except PlatformDown:
        return Row(name, Outcome.UNREAD)


async def answer(ports: Ports, text: str, *, over: bool, by: Who) -> Row:
    """What the operator knows of a provisioned domain; ``over``: activated more than two hours ago.

    ``text`` is the name, and the version of what the question was asked about; raises :class:`OtherLife` where the
    platform holds something else by now.
    """
    await authorizing.require(ports, Action.IMPORT, by)
    name, _, asked = text.partition(" ")
    row = await _one(ports, name, by, over=over, asked=asked)
    if row.outcome is Outcome.FAILED:
        raise NotFound(name)
    return row


async def sides(ports: Ports, team: str, shown: Sequence[EmailDomain]) -> Sides:
    """For a list: what exists on one side only. A platform that is slow or silent marks nothing."""
    try:
        async with asyncio.timeout(_SOON):
            found = frozenset(await ports.platform.domains())
            if await binding.other_org(ports) is not None:
                return Sides()  # its names are not this database's
    except (PlatformDown, PlatformRefused, TimeoutError):
        return Sides()
    here = await ports.store.names(team, found) if found else {}
    passing = (_S.REGISTERING, _S.REMOVING)  # on their way in or out: no news
    gone = frozenset(d.name for d in shown if d.state not in passing) - found
    return Sides(tuple(sorted(found - here.keys())), gone)


async def _one(ports: Ports, name: str, by: Who, *, over: bool | None = None, asked: str | None = None) -> Row:
    past = await ports.store.domain(by.team, name)
    if past is not None and past.state is not _S.REMOVED and past.left_at is None:
        return Row(name, Outcome.KNOWN, past.state)
    try:
        found = await ports.platform.look(name)
    except PlatformRefused as refused:
        return Row(name, Outcome.SMTP if refused.reason == "smtp" else Outcome.FAILED)
    if found.stage in (Stage.ABSENT, Stage.FAILED):
        return Row(name, Outcome.FAILED)
    if asked is not None and asked != version(found):
        raise OtherLife(name)
    if found.done and over is None:
        return Row(name, Outcome.ASK, version=version(found))
    await binding.require(ports, found.org, name)
    look = await ports.dns.look(name, found.records, confirm=True) if found.records else None
    channel = ports.settings.channel or by.channel
    draft = begin(ports, name, by, past, channel=channel, org=found.org, conflicts=(IMPORTED,))
    case = await binding.case(ports, draft.domain, found.org, vouched=True)
    permit = decide(Step.IMPORT, case(draft.domain, draft.now, binding.read(ports, draft.domain, found, draft.now)))
    if not isinstance(permit, Permit):
        raise authorizing.refusal(name, permit)
    _place(draft, ports, found, look, permit, OVER if over else UNSURE)
    try:
        saved = await ports.store.save(draft.change(ports.rhythm, by.intent if over is not None else None))
    except Superseded:  # somebody else was faster
        return Row(name, Outcome.KNOWN)
    ports.wake()
    return Row(name, Outcome.ADOPTED, saved.state)


# ---- asking to import


async def ask_import(ports: Ports, text: str, *, over: bool | None, by: Who) -> tuple[EmailDomain | None, Registration]:
    """Ask the approvers to import one name; ``over`` answers import's question, None: it was not asked yet.

    Returns the domain with its open round, or None where the question has to be answered first.
    """
    name, _, asked = text.partition(" ")
    name = names.clean(name)
    channel = ports.settings.channel or by.channel
    await authorizing.require(ports, Action.ASK, by, authorizing.About(channel, name=name))
    past = await ports.store.domain(by.team, name)
    found = await ports.platform.look(name)
    if past is not None and past.state is not _S.REMOVED and past.left_at is None:
        return past, found
    if found.stage is Stage.ABSENT:
        raise NotFound(name)
    if asked and asked != version(found):
        raise OtherLife(name)
    if found.done and over is None:
        return None, found
    await binding.require(ports, found.org, name)
    known = "" if not found.done else OVER if over else UNSURE
    draft = begin(
        ports, name, by, past, channel=channel, org=found.org, conflicts=(IMPORTED,),
        importing=known,
    )  # fmt: skip
    draft.set(records=found.records)
    await authorizing.enough_approvers(ports, draft.domain, by.user, ports.settings.approvals)
    ask(draft, ports, Purpose.IMPORT, by.user, importing=known)
    saved = await ports.store.save(draft.change(ports.rhythm, by.intent))
    ports.wake()
    return saved, found


async def place(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """An import that was approved: into its state, as the platform and DNS show it now.

    What says nothing of it (silence, another org, records that are not complete) is waited out.
    """
    try:
        found = await syncing_platform.look(ports, domain)
        same = found.stage is not Stage.ABSENT and same_records(found.records, domain.records)
        there = same and found.records
        look = await ports.dns.look(domain.name, found.records, confirm=True, fresh=True) if there else None
    except (PlatformDown, PlatformRefused):
        return await alter(ports, domain, lambda draft: _later(draft, ports))
    case = await binding.case(ports, domain, found.org)

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not _S.REGISTERING or draft.domain.round is not None:
            return False
        seen = binding.read(ports, draft.domain, found, draft.now)
        if found.stage is Stage.ABSENT:
            return _missed(draft, ports, seen, case)
        if not same:
            return _ended(draft, case, "import_changed") if _complete(found) else _later(draft, ports)
        permit = decide(Step.IMPORT, case(draft.domain, draft.now, seen))
        if not isinstance(permit, Permit):
            return _later(draft, ports)
        draft.observe(replace(draft.domain.observations, absences=()))
        _place(draft, ports, found, look, permit, draft.domain.importing or UNSURE)
        return True

    return await alter(ports, domain, decide_)


async def prepare(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Imported while the platform was still making its records: waited for, and never created by us."""
    try:
        found = await syncing_platform.look(ports, domain)
    except (PlatformDown, PlatformRefused):
        return await alter(ports, domain, lambda draft: _later(draft, ports))
    if found.stage not in (Stage.ABSENT, Stage.FAILED):
        return await registering.prepare(ports, domain)
    case = await binding.case(ports, domain, found.org)

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not _S.REGISTERING:
            return False
        if found.stage is Stage.FAILED:
            if registering.twice_failed(draft, ports):
                _ended(draft, case, "import_failed", found.said)
            return True
        return _missed(draft, ports, binding.read(ports, draft.domain, found, draft.now), case)

    return await alter(ports, domain, decide_)


def _complete(found: Registration) -> bool:
    """Both records are told: then they can be compared."""
    return {record.type for record in found.records} >= set(RecordType)


def _missed(draft: Draft, ports: Ports, seen: Observations, case: binding.CaseOf) -> bool:
    """The platform does not show it: looked for again, and ended after three readings an hour apart."""
    draft.observe(seen)
    if CHECKS[Need.THREE_ABSENCES](case(draft.domain, draft.now)) is None:
        return _ended(draft, case, "import_gone")
    syncing_platform.look_again(draft, ports)
    return True


def only_asked(domain: EmailDomain) -> bool:
    """Somebody asked to import it, and nobody has agreed: it is not one of ours."""
    return (
        domain.state is _S.REGISTERING
        and domain.importing is not None
        and domain.observations.approved(Purpose.IMPORT, domain.org_id) is None
    )


def drop(draft: Draft, by: str) -> None:
    """An import that was not approved took nothing."""
    permit = decide(Step.DROP, binding.alone(draft))
    if isinstance(permit, Permit):
        draft.move(Event.REFUSED, by=by, quiet=True, permit=permit)


def _ended(draft: Draft, case: binding.CaseOf, why: str, said: str = "") -> bool:
    """What was approved is there no longer, or not as it was; whoever asked is told."""
    permit = decide(Step.DROP, case(draft.domain, draft.now))
    if not isinstance(permit, Permit):
        return False
    facts = {"why": why, "to": draft.domain.owner, "said": said}
    draft.move(Event.REFUSED, by="platform", facts=facts, permit=permit)
    return True


def _later(draft: Draft, ports: Ports) -> bool:
    if draft.domain.state is not _S.REGISTERING:
        return False
    draft.set(next_platform_at=retrying.again(draft, ports.rhythm))
    return True


def _place(draft: Draft, ports: Ports, found: Registration, look: Look | None, permit: Permit, known: str) -> None:
    """The state it is in. Its card is posted, which calls nobody; pings begin with what happens from now on."""
    draft.adopt(permit)
    if look is None:  # the platform is still making the records
        draft.set(importing=None).note("imported", by=draft.domain.owner)
        return
    now, rhythm = draft.now, ports.rhythm
    state = _S.READY if look.good else _S.AWAITING_DNS
    if found.done:
        state = _S.OPEN if known == OVER else _S.WAITING
    draft.set(records=found.records, state=state, since=now, importing=None).note("imported", by=draft.domain.owner)
    draft.say(Kind.RECORDS)
    start_watching(draft, ports)
    draft.set(look=look, zone=look.zone, nameservers=look.nameservers)
    if state is _S.AWAITING_DNS:
        draft.set(baseline=tuple(f.identity for f in look.findings if f.kind == "wrong"))
        return
    draft.tell("seen").set(next_look_at=now + rhythm["look_steady"])
    if found.done:
        draft.set(next_look_at=now + rhythm["second_good"])
    if state is _S.WAITING:
        waiting.from_now(draft, rhythm, waiting.instants(ports.clock, found))
        draft.set(next_platform_at=now + rhythm["platform_waiting"])
    if state is _S.OPEN and look.bad:
        degrade(draft, rhythm, trouble="dns", look=look)
