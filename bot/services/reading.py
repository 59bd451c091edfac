"""Reading the platform: what changed there behind the bot's back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.errors import PlatformDown, PlatformRefused
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.ports import Ports, Registration, Stage
from bot.services import guarding
from bot.services.observing import degrade, lapse, recover
from bot.services.registering import start_watching
from bot.services.saving import alter

_S = State
_BEFORE_ACTIVATION = (_S.AWAITING_DNS, _S.STALLED, _S.READY, _S.AWAITING_APPROVAL)
_OUT = (Stage.DEPROVISIONED, Stage.FAILED)
_AFTER_ACTIVATION = (_S.WAITING, _S.OPEN, _S.DEGRADED)


async def read(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Compare the platform with what we hold; raises ``PlatformDown`` or ``PlatformRefused``."""
    answer = await ports.platform.look(domain.name)
    org = await ports.platform.organisation()
    lost = domain.state is _S.OPEN and answer.stage in _OUT
    sending = await guarding.live(ports, domain.name) if lost else []
    return await alter(ports, domain, lambda draft: compare(draft, ports, answer, org, sending))


async def hourly(ports: Ports, domain: EmailDomain) -> EmailDomain:
    try:
        return await read(ports, domain)
    except (PlatformDown, PlatformRefused):
        # Nothing may be concluded from silence; the next hour asks again.
        return await alter(ports, domain, lambda draft: _next(draft, ports))


def _next(draft: Draft, ports: Ports) -> bool:
    draft.set(next_platform_at=draft.now + ports.rhythm["platform"])
    return True


def compare(draft: Draft, ports: Ports, answer: Registration, org: str, sending: Sequence[dict[str, Any]] = ()) -> bool:
    """Draw the consequences of what the platform says; True where something is to be saved."""
    state = draft.domain.state
    if state in (_S.REGISTERING, _S.REMOVING, _S.REMOVED):
        return False
    if state is not _S.ACTIVATING:  # that reads the platform in a rhythm of its own; an hour would put it off
        _next(draft, ports)
    if answer.stage is Stage.ABSENT:
        gone(draft)
    elif answer.records and answer.records != draft.domain.records:
        records_changed(draft, ports, answer)
    elif org != draft.domain.org:
        _org_changed(draft, org)
    elif answer.done and state in _BEFORE_ACTIVATION and not draft.domain.unprovisioned:
        _activated_outside(draft, ports)
    elif state in _AFTER_ACTIVATION:
        _service(draft, ports, answer, sending)
    return True


def gone(draft: Draft) -> None:
    """Deleted at the platform by somebody else."""
    if draft.domain.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "gone"))
    draft.move(Event.GONE, by="platform", facts={"why": "gone", "by": "platform", "said": ""})


def records_changed(draft: Draft, ports: Ports, answer: Registration) -> None:
    """New values: a new copy of the card, votes lapse, DNS has to be edited again."""
    if draft.domain.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "records"))
    draft.set(records=answer.records, baseline=(), said=(), look=None, accepted_at=None, opens_at=None, held_by=None)
    draft.move(Event.RECORDS_CHANGED, by="platform", facts={"why": "records"})
    start_watching(draft, ports)


def _org_changed(draft: Draft, org: str) -> None:
    draft.set(org=org).note("org_changed", by="platform", why=org)
    if draft.domain.round is not None and draft.domain.state is _S.AWAITING_APPROVAL:
        draft.move(Event.LAPSED, by="platform", facts=lapse(draft, "org"))


def _activated_outside(draft: Draft, ports: Ports) -> None:
    if draft.domain.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "outside"))
    now = draft.now
    opens = now + ports.rhythm.timers[_S.WAITING]
    draft.set(accepted_at=now, verified_at=now, provisioned_at=now, opens_at=opens, next_look_at=now, next_guard_at=now)
    draft.move(Event.ACTIVATED_OUTSIDE, by="platform", facts={"opens_at": opens, "outside": True})


def _service(draft: Draft, ports: Ports, answer: Registration, sending: Sequence[dict[str, Any]]) -> None:
    """Whether the platform still sends for the domain. Provisioning, not its own DNS verdict: that we see ourselves."""
    out = answer.stage in _OUT
    state = draft.domain.state
    if out and state is _S.OPEN:
        draft.set(unprovisioned=True)
        degrade(draft, ports.rhythm, trouble="platform", look=None, sending=sending)
        draft.set(next_look_at=draft.now)
    elif out and state is _S.DEGRADED and not draft.domain.unprovisioned:
        draft.set(unprovisioned=True)
        draft.note("deprovisioned", by="platform")
    elif out and state is _S.WAITING and draft.domain.held_by is None:
        draft.set(held_by="platform").say(Kind.FAILED, {"why": "held_platform", "findings": [], "said": answer.said})
        draft.note("failed", by="platform", why="held_platform")
    elif answer.done and state is _S.WAITING and draft.domain.held_by == "platform":
        draft.set(held_by=None, hold_until=None)
    elif answer.done and state is _S.DEGRADED and draft.domain.trouble == "platform" and draft.domain.unprovisioned:
        look = draft.domain.look
        if look is not None and look.good:
            recover(draft, ports.rhythm)
