"""Taking on domains that exist at the platform already: each into its state, and nothing said of what is past."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Forbidden, NotFound, PlatformDown, PlatformRefused, Superseded
from bot.model.change import Draft
from bot.model.lifecycle import Kind, State
from bot.model.look import Look
from bot.model.people import Who
from bot.ports import Ports, Registration, Stage
from bot.services import permitting
from bot.services.registering import begin, start_watching

_S = State
_SOON = 3.0  #: seconds a list waits for the platform


class Outcome(StrEnum):
    """What came of one name: keys of ``[adopted.*]``."""

    ADOPTED = "adopted"
    KNOWN = "known"
    ASK = "ask"  #: provisioned: whether the two hours are over, only a person can know
    SMTP = "smtp"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    outcome: Outcome
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """Names that exist on one side only; both empty where the platform cannot tell."""

    there: tuple[str, ...] = ()  #: at the platform, not in this workspace
    here: frozenset[str] = frozenset()  #: in this workspace, not at the platform


async def adopt(ports: Ports, *, by: Who) -> tuple[Row, ...]:
    """All domains of the platform, each taken on where that needs no question. May be repeated."""
    await _administrator(ports, by)
    names = await ports.platform.domains() or ()
    return tuple([await _one(ports, name, by) for name in sorted(names)])


async def answer(ports: Ports, name: str, *, over: bool, by: Who) -> Row:
    """What the importer knows of a provisioned domain; ``over``: activated more than two hours ago."""
    await _administrator(ports, by)
    row = await _one(ports, name, by, over=over)
    if row.outcome is Outcome.FAILED:
        raise NotFound(name)
    return row


async def sides(ports: Ports, team: str) -> Sides:
    """For a list: what exists on one side only. A platform that is slow or silent marks nothing."""
    try:
        async with asyncio.timeout(_SOON):
            names = await ports.platform.domains()
    except (PlatformDown, PlatformRefused, TimeoutError):
        return Sides()
    if names is None:
        return Sides()
    here = await ports.store.names(team)
    passing = (_S.REGISTERING, _S.REMOVING)  # on their way in or out: no news
    gone = {name for name, state in here.items() if state not in passing} - set(names)
    return Sides(tuple(sorted(set(names) - here.keys())), frozenset(gone))


async def _administrator(ports: Ports, by: Who) -> None:
    if not (await permitting.person(ports, by)).admin:
        raise Forbidden("import", "admins")


async def _one(ports: Ports, name: str, by: Who, *, over: bool | None = None) -> Row:
    past = await ports.store.domain(by.team, name)
    if past is not None and past.state is not _S.REMOVED:
        return Row(name, Outcome.KNOWN, past.state)
    try:
        found = await ports.platform.look(name)
    except PlatformRefused as refused:
        return Row(name, Outcome.SMTP if refused.reason == "smtp" else Outcome.FAILED)
    if found.stage in (Stage.ABSENT, Stage.FAILED):
        return Row(name, Outcome.FAILED)
    if found.done and over is None:
        return Row(name, Outcome.ASK)
    look = await ports.dns.look(name, found.records, confirm=True) if found.records else None
    org, channel = await ports.platform.organisation(), ports.settings.channel or by.channel
    draft = begin(ports, name, by, past, channel=channel, org=org, conflicts=("unchecked",))
    _place(draft, ports, found, look, over=bool(over))
    try:
        saved = await ports.store.save(draft.change(ports.rhythm, by.intent if over is not None else None))
    except Superseded:  # somebody else was faster
        return Row(name, Outcome.KNOWN)
    ports.wake()
    return Row(name, Outcome.ADOPTED, saved.state)


def _place(draft: Draft, ports: Ports, found: Registration, look: Look | None, *, over: bool) -> None:
    """The state it is in. Its card is posted, which calls nobody; pings begin with what happens from now on."""
    if look is None:  # the platform is still making the records
        draft.note("imported", by=draft.domain.owner)
        return
    now, rhythm = draft.now, ports.rhythm
    state = _S.READY if look.good else _S.AWAITING_DNS
    if found.done:
        state = _S.OPEN if over else _S.WAITING
    draft.set(records=found.records, state=state).note("imported", by=draft.domain.owner)
    draft.say(Kind.RECORDS)
    start_watching(draft, ports)
    draft.set(look=look, zone=look.zone, nameservers=look.nameservers)
    if state is _S.AWAITING_DNS:
        draft.set(baseline=tuple(f.identity for f in look.findings if f.kind == "wrong"))
        return
    draft.tell("seen").set(next_look_at=now + rhythm["look_steady"])
    if found.done:
        draft.set(accepted_at=now, verified_at=now, provisioned_at=now, next_look_at=now + rhythm["second_good"])
    if state is _S.WAITING:
        draft.set(opens_at=now + rhythm.timers[_S.WAITING], next_guard_at=now)
