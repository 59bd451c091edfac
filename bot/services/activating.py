"""From *ready* to *waiting* and *open*: asking the team, asking the platform, and the end of the two hours."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotAllowed, NotFoundThere, PlatformDown, PlatformRefused, RoundOpen
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Look
from bot.model.people import Who
from bot.model.records import RecordType, same_records
from bot.model.registration import Registration, Stage, Verification
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import authorizing, binding, guarding_campaigns, retrying, syncing_platform
from bot.services.applying_look import evidence, findings, observe
from bot.services.asking import new_round, request
from bot.services.updating import alter, find

_LATE = 120_000  #: a ping this many ms after its time says that it is late


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking. ``look`` shows what is missing where DNS is not right."""

    domain: EmailDomain
    look: Look | None = None
    opened: bool = False  #: a round was opened now
    own_vote: bool = False  #: nothing was asked yet: whoever asks cannot approve, and this one could


async def ask(ports: Ports, text: str, *, by: Who, anyway: bool = False) -> Asked:
    """Ask the team to approve activation.

    In every other state than *ready* nothing is changed; the answer depends on the state. ``anyway``: an approver
    has read that whoever asks cannot approve.
    """
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    await authorizing.require(ports, Action.ASK, by, domain)
    if domain.state is not State.READY:
        return Asked(domain, domain.look)
    if domain.round is not None:
        raise RoundOpen(domain.name, domain.round.purpose.value)
    if by.user in ports.settings.approvers.users and not anyway:
        return Asked(domain, own_vote=True)
    await authorizing.enough_approvers(ports, domain, by.user, ports.settings.approvals)
    domain = await syncing_platform.read(ports, domain)
    if domain.observations.absences:
        raise NotFoundThere(domain.name)
    look = await ports.dns.look(domain.name, domain.records, confirm=True)
    if not look.good:
        domain = await alter(ports, domain, lambda draft: observe(draft, look, ports.rhythm))
        return Asked(domain, look)

    using = await guarding_campaigns.campaigns(ports, domain.name)

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.READY or draft.domain.round is not None:
            return False
        observe(draft, look, ports.rhythm)
        asked = new_round(draft, ports, Purpose.ACTIVATION, by.user)
        draft.open_round(asked).move(Event.ASKED, by=by.user, facts=request(ports, draft, asked, look, using))
        draft.set(next_guard_at=draft.now if using is None or using.seen else None)
        return True

    before = domain.rounds
    domain = await alter(ports, domain, decide, intent=by.intent)
    return Asked(domain, opened=domain.rounds != before)


async def step(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """*activating*: the platform is asked to verify, then asked how far it is."""
    now = ports.clock.now()
    asked = domain.asked_verify_at
    verify = asked is None or now - asked >= ports.rhythm["verify_again"]
    try:
        if asked is None or not domain.org_id:
            domain = await syncing_platform.read(ports, domain)
            if domain.state is not State.ACTIVATING:
                return domain
        if await binding.held(ports) is not None or domain.observations.absences or not domain.org_id:
            return await alter(ports, domain, lambda draft: _again(draft, ports))
        if verify:
            answer = await ports.platform.activate(domain.name, domain.account)
        else:
            answer = await syncing_platform.look(ports, domain)
        case = await binding.case(ports, domain, answer.org)
    except (PlatformDown, PlatformRefused):
        return await alter(ports, domain, lambda draft: _again(draft, ports))
    return await alter(ports, domain, lambda draft: _progress(draft, ports, answer, verify, case))


def _again(draft: Draft, ports: Ports) -> bool:
    if draft.domain.state is not State.ACTIVATING:
        return False
    draft.set(next_platform_at=retrying.again(draft, ports.rhythm, "activate_first", "activate_cap"))
    return True


def _progress(draft: Draft, ports: Ports, answer: Registration, verify: bool, case: binding.CaseOf) -> bool:
    if draft.domain.state is not State.ACTIVATING:
        return False
    now, d = draft.now, draft.domain
    if answer.stage is Stage.ABSENT:
        return syncing_platform.compare(draft, ports, answer, case)
    if verify:
        draft.set(asked_verify_at=now, accepted_at=d.accepted_at if d.accepted_at is not None else now)
    if answer.all_verified and d.verified_at is None:
        draft.set(verified_at=now)
    if answer.stage is Stage.PROVISIONED and d.provisioned_at is None:
        draft.set(provisioned_at=now)
    if not answer.done:
        return _again(draft, ports)
    # The platform gives no timestamp: the clock starts at the latest of what we saw ourselves.
    d = draft.domain
    started = max(at for at in (d.accepted_at, d.verified_at, d.provisioned_at) if at is not None)
    opens = started + ports.rhythm.timers[State.WAITING]
    draft.set(opens_at=opens, held_by=None, hold_until=None, next_look_at=now + ports.rhythm["look_steady"])
    draft.set(unprovisioned=False, next_platform_at=now + ports.rhythm["platform"], platform_tries=0)
    draft.move(Event.PROVISIONED, by="platform", facts={"opens_at": opens, "outside": False})
    return True


async def late(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """After ten minutes of activating: what is missing, by the platform's own word and by what DNS says now."""
    look = await ports.dns.look(domain.name, domain.records, confirm=True)
    answer, reason = None, ""
    try:
        answer = await syncing_platform.look(ports, domain)
    except PlatformDown:
        pass
    except PlatformRefused as refused:
        reason = refused.reason

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.ACTIVATING:
            return False
        facts: dict[str, object] = {"why": "activation_slow", "missing": _missing(answer), "findings": findings(look)}
        facts["reason"] = reason
        facts["evidence"] = {"at": look.at, **evidence(look)} if look.published else None
        draft.tell("late").say(Kind.FAILED, facts)
        draft.note("failed", by="platform", why="activation_slow")
        return True

    return await alter(ports, domain, decide)


def _missing(answer: Registration | None) -> list[str]:
    if answer is None:
        return ["platform"]
    missing = [t.value for t in RecordType if answer.verified.get(t) is not Verification.VERIFIED]
    if answer.stage is Stage.PROVISIONED:
        return missing
    return [*missing, answer.stage.value if answer.stage in (Stage.FAILED, Stage.DEPROVISIONED) else "provisioning"]


async def open_window(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """The two hours are over: one last look at both records and the platform, then *open*, or a word on what holds."""
    look = await ports.dns.look(domain.name, domain.records, confirm=True, fresh=True)
    served: bool | None
    try:
        answer = await syncing_platform.look(ports, domain)
        domain = await syncing_platform.apply(ports, domain, answer)
        # Whose it is has to be known: another org's word is none about this one.
        served = answer.done and same_records(answer.records, domain.records) if domain.org_id else None
    except (PlatformDown, PlatformRefused):
        served = None
    held = "dns" if not look.good else None if served else "unread" if served is None else "platform"
    if held is None and await binding.held(ports) is not None:
        held = "hold"
    return await alter(ports, domain, lambda draft: _conclude(draft, ports, look, held))


def _conclude(draft: Draft, ports: Ports, look: Look, held: str | None) -> bool:
    d = draft.domain
    if d.state is not State.WAITING or d.opens_at is None or draft.now < d.opens_at:
        return False
    draft.set(look=look)
    if held is None:
        late = draft.now - d.opens_at > _LATE
        draft.move(Event.WINDOW_OPENED, by="clock", facts={"opened_at": d.opens_at, "late": late})
        draft.set(held_by=None, hold_until=None, bad_since=None, next_look_at=draft.now + ports.rhythm["look_open"])
        return True
    draft.set(hold_until=draft.now + ports.rhythm["hold"])
    if "held" not in d.told and not ports.foreign():
        draft.tell("held").say(Kind.FAILED, {"why": f"held_{held}", "findings": findings(look)})
        draft.note("failed", by=held, why=f"held_{held}")
    draft.set(held_by=held)
    return True


async def keep_waiting(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """*stalled* becomes *awaiting_dns*, all waits counted anew. By the owner or an approver."""
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    await authorizing.require(ports, Action.EXTEND, by, domain)

    def decide(draft: Draft) -> bool:
        if draft.domain.state is State.AWAITING_DNS:
            return False
        if draft.domain.state is not State.STALLED:
            raise NotAllowed(draft.domain.name, Event.KEPT_WAITING.value, draft.domain.state.value)
        seen = draft.domain.seen
        draft.move(Event.KEPT_WAITING, by=by.user)
        draft.set(watch_from=draft.now, told=("seen",) if seen else (), next_look_at=draft.now)
        return True

    return await alter(ports, domain, decide, intent=by.intent)
