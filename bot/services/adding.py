"""Starting a domain's life: from pasted text to a stored *registering*."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import AlreadyThere, InboundDomain, NotYours, PlatformDown, PlatformRefused, ZoneApex
from bot.model import names
from bot.model.approval import digest
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.people import Who
from bot.model.registration import Preflight, Registration, Stage
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import advising, authorizing, binding
from bot.services.registering import begin, deleted_until

_SPARE = 3  #: how many domains are used is said when no more than this many are left


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: ``domain``, or the ``conflict`` types that make us ask first (S9)."""

    name: str
    domain: EmailDomain | None = None
    fresh: bool = False
    conflict: tuple[str, ...] = ()
    used: int | None = None  #: sending domains of the org, this one counted, of ``limit``; None where that is far off
    limit: int | None = None


async def add(ports: Ports, text: str, *, by: Who, anyway: bool = False) -> Added:
    """Register a campaign domain, or show the one that is there.

    ``anyway``: the person has read that mail and web at this name stop. Raises the errors of :func:`names.parse`,
    :class:`ZoneApex`, :class:`InboundDomain`, :class:`NotYours`, :class:`AlreadyThere`, and what the platform raises.
    """
    await authorizing.person(ports, by)
    name = names.parse(text)
    existing = await ports.store.domain(by.team, name)
    if existing is not None and existing.state is not State.REMOVED and existing.left_at is None:
        await authorizing.require(ports, Action.SEE, by, existing)
        return Added(name, existing)
    channel = ports.settings.channel or _channel(by, existing)
    owner = existing.owner if existing is not None and channel == existing.channel else None
    await authorizing.require(ports, Action.ADD, by, authorizing.About(channel, owner, name=name))
    try:
        known = await ports.platform.preflight()
    except PlatformRefused as refused:
        raise PlatformRefused(refused.platform, refused.reason, refused.said, name) from None
    if known.org is not None:  # where it is not known whose it is nothing is created, until it is
        await binding.require(ports, known.org, name)
    await _refuse(ports, name, known, existing)
    survey = await ports.dns.survey(name)
    if survey.apex:
        raise ZoneApex(name, ", ".join(survey.nameservers))
    if survey.types and not anyway:
        return Added(name, conflict=survey.types)
    draft = begin(
        ports, name, by, existing, channel=channel, org=known.org,
        conflicts=survey.types if survey.checked else ("unchecked",), zone=survey.zone, nameservers=survey.nameservers,
        unread=advising.unread(known.unread),
    )  # fmt: skip
    domain = await ports.store.save(draft.note("added", by=by.user).change(ports.rhythm, by.intent))
    ports.wake()
    near = known.limit is not None and known.used is not None and known.used + 1 >= known.limit - _SPARE
    used = (known.used or 0) + 1 if near else None
    return Added(name, domain, fresh=True, used=used, limit=known.limit)


def _channel(by: Who, past: EmailDomain | None) -> str:
    """Where it was asked for; what was refused by direct message and is tried again there goes where it went first."""
    direct = past is not None and by.user == past.owner and by.channel.startswith("D")
    return past.channel if past is not None and direct else by.channel


async def _refuse(ports: Ports, name: str, known: Preflight, past: EmailDomain | None) -> None:
    """What the platform tells before anything is written there."""
    if known.owns(name):
        raise NotYours(name)
    if known.receives(name):
        raise InboundDomain(name)
    try:
        there = await ports.platform.look(name)
    except PlatformDown:
        if known.halting:
            raise  # it does not answer just now, whatever it is asked
        return  # it is looked for again, and taken for ours only where we made it
    except PlatformRefused as refused:
        if refused.reason == "credentials":
            raise PlatformRefused(refused.platform, refused.reason, refused.said, name) from None
        return
    if there.stage is not Stage.ABSENT:
        if not deleted_lately(ports, past):
            raise AlreadyThere(name, stage(there), version(there))
    elif known.full:
        raise PlatformRefused(ports.platform.name, "limit", name=name)


def deleted_lately(ports: Ports, past: EmailDomain | None) -> bool:
    """We deleted it a moment ago: what the platform still shows is waited for, then it is created."""
    until = past and deleted_until(ports, past)
    return bool(until and ports.clock.now() < until)


def version(there: Registration) -> str:
    """Of what the platform holds of a name: another one after it was deleted and made again there."""
    return digest(there.name, there.org.id if there.org else "", there.records)


def stage(there: Registration) -> str:
    """How far it is there, as ``AlreadyThere`` says it."""
    if there.done:
        return "done"
    return "verified" if there.all_verified else "there"
