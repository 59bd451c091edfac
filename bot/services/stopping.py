"""A removal that is not to go on as it is: stopped, or finished although DNS could not be confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.errors import Forbidden, NotAllowed, PlatformDown, PlatformRefused, Problem, TooEarly
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import BEFORE_ACTIVATION, Event, Kind, State
from bot.model.look import Look
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.model.registration import Registration
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import adopting, authorizing, binding, guarding_campaigns, retrying, syncing_platform, waiting
from bot.services.applying_look import lapse_open
from bot.services.asking import ask
from bot.services.updating import alter, find

_S = State


async def stop(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Go back from a removal, until the platform was asked to delete: to where a fresh look and reading show it."""
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    wish = domain.observations.wish
    asker = wish.by if wish else None
    await authorizing.require(ports, Action.STOP_REMOVAL, by, authorizing.About.of(domain, asker))
    if domain.state is not _S.REMOVING:
        raise NotAllowed(domain.name, Event.REMOVAL_STOPPED.value, domain.state.value)
    found = await _look(ports, domain)
    case = await binding.case(ports, domain, found.answer.org)

    def decide_(draft: Draft) -> bool:
        d = draft.domain
        if d.state is not _S.REMOVING:
            raise NotAllowed(d.name, Event.REMOVAL_STOPPED.value, d.state.value)
        if d.observations.deleted is not None:
            raise TooEarly(d.name, "deleting")
        _go_back(draft, ports, found, case, by.user)
        return True

    return await alter(ports, domain, decide_, intent=by.intent)


async def not_agreed(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """The approvers were asked after it had begun, and did not agree: it stops by itself, once that can be seen."""
    try:
        found = await _look(ports, domain)
    except (PlatformDown, PlatformRefused):
        return await alter(ports, domain, lambda draft: _later(draft, ports))
    case = await binding.case(ports, domain, found.answer.org)

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not _S.REMOVING or draft.domain.observations.deleted is not None:
            return False
        try:
            _go_back(draft, ports, found, case, "")
        except Problem:
            _later(draft, ports)
        return True

    return await alter(ports, domain, decide_)


def _later(draft: Draft, ports: Ports) -> bool:
    draft.set(next_look_at=retrying.again(draft, ports.rhythm, cap="look_steady"))
    return True


@dataclass(frozen=True, slots=True)
class _Found:
    """What a fresh reading and a fresh look say; no look where there are no records to look for."""

    answer: Registration
    look: Look | None


async def _look(ports: Ports, domain: EmailDomain) -> _Found:
    answer = await syncing_platform.look(ports, domain)
    records = domain.records
    return _Found(answer, await ports.dns.look(domain.name, records, confirm=True, fresh=True) if records else None)


def _go_back(draft: Draft, ports: Ports, found: _Found, case: binding.CaseOf, by: str) -> None:
    """Raises what is missing for it. ``by`` is empty where the approvers did not agree."""
    d, now, answer, look = draft.domain, draft.now, found.answer, found.look
    seen = binding.read(ports, d, answer, now)
    permit = decide(Step.STOP_REMOVAL, case(d, now, seen))
    if not isinstance(permit, Permit):
        raise authorizing.refusal(d.name, permit)
    lapse_open(draft, "stopped", by or "approvers")
    anew = seen.reading is not None and seen.reading.ours is False
    sends = isinstance(decide(Step.RECOVER, case(d.but(look=look), now, seen)), Permit)
    waits = isinstance(decide(Step.WAIT, case(d, now, seen)), Permit)
    to = _landing(d, answer, look, anew=anew, sends=sends, waits=waits)
    why = {"why": "removal_stopped", "by": by} if by else {"why": "removal_not_agreed"}
    opens = None if d.unprovisioned or d.observations.started is None else d.opens_at
    kept = tuple(one for one in d.observations.approvals if one.purpose is Purpose.IMPORT)
    created = None if anew else seen.created
    draft.observe(replace(seen.afresh(), created=created, wish=None, approvals=kept, others=None))
    draft.move(Event.REMOVAL_STOPPED, by=by or "approvers", permit=permit, to=to)
    draft.set(removing_from=None, refused=None, platform_tries=0, good_since=None, bad_since=None, suspect=None)
    draft.set(next_platform_at=now + ports.rhythm["platform"], next_look_at=now + ports.rhythm["second_good"])
    draft.set(watch_from=now, told=tuple(mark for mark in d.told if mark == "seen"))
    if look is not None:
        draft.set(look=look)
    if answer.done and to in BEFORE_ACTIVATION:
        draft.set(next_platform_at=now + ports.rhythm["second_good"])
    if to is _S.REGISTERING:
        draft.set(next_platform_at=now)
        if adopting.only_asked(draft.domain):
            adopting.drop(draft, by or "approvers")
        return
    if anew:
        # Deleted there and made again by somebody: other records, and nothing of what was approved holds.
        draft.set(records=answer.records, baseline=(), said=(), look=None, opens_at=None)
        # Where it is provisioned already nobody here has approved that.
        draft.set(next_platform_at=now, next_look_at=now, unprovisioned=d.unprovisioned or answer.done, trouble=None)
        draft.note("records_changed", by="platform").say(Kind.CARD, {"why": "records"})
        draft.say(Kind.REMINDER, why)
        return
    if to is _S.WAITING and (opens is None or d.removing_from is not _S.WAITING):
        # Activated meanwhile, or not known since when: two hours from now, or from when it is done again.
        if answer.done:
            opens = waiting.from_now(draft, ports.rhythm, waiting.instants(ports.clock, answer))
            draft.say(Kind.ACTIVATED, {"opens_at": opens, "outside": True})
        else:
            waiting.stop(draft)
            draft.set(held_by="platform", next_platform_at=now + ports.rhythm["platform_waiting"])
    if to is _S.WAITING:
        draft.set(next_guard_at=now, unprovisioned=False)
    if to is _S.OPEN:
        draft.set(trouble=None)
    if to is _S.DEGRADED:
        draft.set(trouble="dns" if answer.done or look is None or not look.good else "platform")
    draft.say(Kind.REMINDER, why)


def _landing(d: EmailDomain, answer: Registration, look: Look | None, *, anew: bool, sends: bool, waits: bool) -> State:
    """Where it is now, whatever it was: what it was decides only whether the two hours are behind it.

    ``sends``: it may be said now that one can send. What was degraded recovers as always, after a second look.
    ``waits``: the two hours may begin now; of what somebody else activated its owner is asked first, as always.
    """
    if not d.records or look is None or d.importing is not None:
        return _S.REGISTERING  # an import goes on only as it was approved
    if anew:
        return _S.AWAITING_DNS
    if d.unprovisioned and d.removing_from not in (_S.WAITING, _S.ACTIVATING):
        return _S.READY if look.good else _S.AWAITING_DNS  # approval is owed, whatever the platform says now
    if answer.done:
        if d.removing_from in (_S.OPEN, _S.DEGRADED):
            return _S.OPEN if sends and d.removing_from is _S.OPEN else _S.DEGRADED
        if waits or d.removing_from is _S.WAITING:
            return _S.WAITING
        return _S.READY if look.good else _S.AWAITING_DNS  # the next reading goes on with it
    if d.removing_from in (_S.OPEN, _S.DEGRADED):
        return _S.DEGRADED
    if d.removing_from is _S.WAITING:
        return _S.WAITING
    return _S.READY if look.good else _S.AWAITING_DNS


async def finishable(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Before the form for the reason: whether this person may ask to finish a removal anyway, and is it time."""
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    await authorizing.require(ports, Action.FINISH_ANYWAY, by, domain)
    _finishable(domain, ports, ports.clock.now())
    return domain


def _finishable(domain: EmailDomain, ports: Ports, now: int) -> None:
    if domain.state is not _S.REMOVING:
        raise NotAllowed(domain.name, "finish_anyway", domain.state.value)
    if domain.observations.deleted is not None:
        raise TooEarly(domain.name, "deleting")
    wish = domain.observations.wish
    if wish is None or now < wish.at + ports.rhythm["finish_anyway"]:
        raise TooEarly(domain.name, "seven_days")


async def finish_anyway(ports: Ports, text: str, reason: str, *, by: Who) -> EmailDomain:
    """Ask the approvers to delete it although DNS could not be confirmed; another person decides."""
    domain = await finishable(ports, text, by=by)
    if not reason.strip():
        raise Forbidden("finish_anyway", "with_reason")
    await authorizing.enough_approvers(ports, domain, by.user, ports.settings.approvals)
    using = await guarding_campaigns.campaigns(ports, domain.name)

    def decide_(draft: Draft) -> bool:
        _finishable(draft.domain, ports, draft.now)
        last = draft.domain.observations.last
        return ask(
            draft, ports, Purpose.REMOVAL_FORCED, by.user, ends="removal_asked", reason=reason.strip(), using=using,
            servers=last.as_facts() if last else [],
        )  # fmt: skip

    return await alter(ports, domain, decide_, intent=by.intent)
