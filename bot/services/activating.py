"""From *ready* to *waiting* and *open*: asking the team, asking the platform, and the end of the two hours."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.errors import NotAllowed, NotFoundThere, PlatformDown, PlatformRefused, RoundOpen
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Look
from bot.model.needs import Need
from bot.model.observations import Activation
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.model.records import RecordType
from bot.model.registration import Registration, Stage, Verification
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import advising, authorizing, binding, guarding_campaigns, retrying, syncing_platform, waiting
from bot.services.applying_look import evidence, findings, notice_servers, observe
from bot.services.asking import new_round, request
from bot.services.updating import alter, find

_LATE = 120_000  #: a ping this many ms after its time says that it is late
_SOON = 60_000  #: ms of two hours that a clock may be behind the others without a word

#: What is missing only because a clock says that the two hours are not over, or because it is not sure what it says.
_BY_CLOCK = frozenset({Need.SURE_TIME, Need.TWO_HOURS, Need.RIGHT_AFTER, Need.DONE_AFTER})


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
    inbound = await advising.before_asking(ports, domain)

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.READY or draft.domain.round is not None:
            return False
        if inbound:
            advising.note_inbound(draft)
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
    asked = domain.asked_verify_at
    verify = asked is None or ports.clock.now() - asked >= ports.rhythm["verify_again"]
    try:
        answer = await syncing_platform.look(ports, domain)
        if verify or not domain.org_id:
            domain = await _look_first(ports, await syncing_platform.apply(ports, domain, answer))
            if domain.state is not State.ACTIVATING:
                return domain
        case = await binding.case(ports, domain, answer.org)
        if verify:
            seen = binding.read(ports, domain, answer)
            permit = decide(Step.ACTIVATE, case(domain, ports.clock.now(), seen))
            if not isinstance(permit, Permit):
                return await alter(ports, domain, lambda draft: _again(draft, ports))
            domain = await alter(ports, domain, _intend)
            if domain.state is not State.ACTIVATING:
                return domain
            answer = await ports.platform.activate(permit)
            case = await binding.case(ports, domain, answer.org)
    except (PlatformDown, PlatformRefused):
        return await alter(ports, domain, lambda draft: _again(draft, ports))
    return await alter(ports, domain, lambda draft: _progress(draft, ports, answer, verify, case))


def _intend(draft: Draft) -> bool:
    """On disk before it is sent: where the answer is lost, what the platform carries out is ours all the same."""
    d, made = draft.domain, draft.domain.observations.activation
    if d.state is not State.ACTIVATING or (made and made.org.is_same(d.account) and made.digest == d.digest):
        return False
    draft.observe(replace(d.observations, activation=Activation(draft.now, d.account, d.digest)))
    return True


async def _look_first(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Nothing is activated before a look after the vote has found both records right."""
    vote = domain.observations.approved(Purpose.ACTIVATION, domain.org_id)
    last = domain.look
    if domain.state is not State.ACTIVATING or vote is None or (last and last.good and last.at >= vote.at):
        return domain
    look = await ports.dns.look(domain.name, domain.records, confirm=True, fresh=True)

    def keep(draft: Draft) -> bool:
        same = draft.domain.state is State.ACTIVATING and draft.domain.records == domain.records
        return same and observe(draft, look, ports.rhythm)

    return await alter(ports, domain, keep)


def _again(draft: Draft, ports: Ports) -> bool:
    if draft.domain.state is not State.ACTIVATING:
        return False
    draft.set(next_platform_at=retrying.again(draft, ports.rhythm, "activate_first", "activate_cap"))
    return True


def _progress(draft: Draft, ports: Ports, answer: Registration, verify: bool, case: binding.CaseOf) -> bool:
    if draft.domain.state is not State.ACTIVATING:
        return False
    now = draft.now
    if answer.stage is Stage.ABSENT:
        return syncing_platform.compare(draft, ports, answer, case)
    if verify:
        draft.set(asked_verify_at=now)
    permit = decide(Step.WAIT, case(draft.domain, now, binding.read(ports, draft.domain, answer, now)))
    if not isinstance(permit, Permit):
        return _again(draft, ports)
    waiting.activated(draft, ports, answer, permit, Event.PROVISIONED)
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
    answer: Registration | None = None
    with contextlib.suppress(PlatformDown, PlatformRefused):  # nothing is known of it then
        answer = await syncing_platform.look(ports, domain)
        domain = await syncing_platform.apply(ports, domain, answer)
    case = await binding.case(ports, domain, answer.org if answer else None)
    case = replace(case, clocks=waiting.instants(ports.clock, answer))
    return await alter(ports, domain, lambda draft: _conclude(draft, ports, look, answer, case))


def _conclude(draft: Draft, ports: Ports, look: Look, answer: Registration | None, case: binding.CaseOf) -> bool:
    d = draft.domain
    if d.state is not State.WAITING or d.opens_at is None or draft.now < d.opens_at:
        return False
    notice_servers(draft, d.look, look)
    draft.set(look=look)
    seen = draft.domain.observations if answer is None else binding.read(ports, draft.domain, answer, draft.now)
    found = decide(Step.SEND, case(draft.domain, draft.now, seen))
    if isinstance(found, Permit):
        late = draft.now - d.opens_at > _LATE
        draft.move(Event.WINDOW_OPENED, by="clock", permit=found, facts={"opened_at": d.opens_at, "late": late})
        draft.set(held_by=None, hold_until=None, bad_since=None, next_look_at=draft.now + ports.rhythm["look_open"])
        draft.set(next_platform_at=draft.now + ports.rhythm["platform"], last_degraded=None)
        return True
    lacks = {lack.need: lack for lack in found}
    left = lacks[Need.TWO_HOURS].until if Need.TWO_HOURS in lacks else None
    if left is not None and left - draft.now <= _SOON and lacks.keys() <= _BY_CLOCK:
        draft.set(hold_until=left)  # clocks are never quite of one mind
        return True
    if Need.SURE_TIME in lacks and lacks.keys() <= _BY_CLOCK:
        draft.set(hold_until=draft.now + _SOON)  # so soon after a start nothing is worth a word
        return True
    held = _held(lacks.keys(), look, answer if draft.domain.org_id else None)
    draft.set(hold_until=draft.now + ports.rhythm["hold"])
    if "held" not in d.told and not ports.foreign():
        draft.tell("held").say(Kind.FAILED, {"why": f"held_{held}", "findings": findings(look)})
        draft.note("failed", by=held, why=f"held_{held}")
    draft.set(held_by=held)
    return True


def _held(lacks: Collection[Need], look: Look, answer: Registration | None) -> str:
    """What people can do something about comes first."""
    if not look.good:
        return "dns"
    if answer is None:
        return "unread"
    if Need.DONE_AFTER in lacks and not (answer.done and Need.TWO_HOURS in lacks):
        return "platform"
    return "clock" if Need.TWO_HOURS in lacks else "hold" if Need.NO_HOLD in lacks else "unread"


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
