"""Answers to a round: approve, reject, withdraw, and what the clock does to it."""

from __future__ import annotations

import re

from bot.errors import AlreadyDecided, AlreadyVoted, Forbidden, Stale
from bot.model.approval import Outcome, Purpose, Round
from bot.model.campaign import Campaigns
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.observations import Approval
from bot.model.people import Who
from bot.model.permits import Permit, Step
from bot.ports import Ports
from bot.services import adopting, authorizing, guarding_campaigns, releasing, removing, voting
from bot.services.applying_look import decided
from bot.services.updating import Decide, alter, find


async def approve(ports: Ports, name: str, token: str, *, by: Who) -> EmailDomain:
    """One vote; at quorum the domain passes on, once, however many people click at once."""
    domain = await find(ports, by.team, name)
    cast = await _cast(ports, domain, token, Step.VOTE, by)
    removal = domain.round is not None and domain.round.purpose is Purpose.REMOVAL
    using = await guarding_campaigns.campaigns(ports, domain.name) if removal else None

    def decide_(draft: Draft) -> bool:
        permit = cast.permit(draft)
        asked = draft.domain.round
        if asked is not None and by.user in asked.voters:
            raise AlreadyVoted(draft.domain.name, asked.missing)
        asked = draft.vote(by.user, permit)
        draft.note("voted", by=by.user)
        if asked.missing == 0:
            _carry_out(draft, by.user, using)
        return True

    return await _answer(ports, domain, token, decide_, by)


async def reject(ports: Ports, name: str, token: str, reason: str, *, by: Who) -> EmailDomain:
    """One rejection, with a reason, ends the round."""
    domain = await find(ports, by.team, name)
    cast = await _cast(ports, domain, token, Step.REJECT, by)

    def decide_(draft: Draft) -> bool:
        _close(draft, Outcome.REJECTED, by.user, reason.strip(), cast.permit(draft))
        return True

    return await _answer(ports, domain, token, decide_, by)


async def withdraw(ports: Ports, name: str, token: str, *, by: Who) -> EmailDomain:
    """Who asked takes it back."""
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, name)

    def decide_(draft: Draft) -> bool:
        asked = _check(draft, token, by)
        if by.user != asked.asked_by:
            raise Forbidden("withdraw", "asker")
        _close(draft, Outcome.WITHDRAWN, by.user, "")
        return True

    return await _answer(ports, domain, token, decide_, by)


async def may_reject(ports: Ports, name: str, token: str, *, by: Who) -> tuple[EmailDomain, Round]:
    """Before the form for the reason is shown: the same answers as a rejection would get."""
    domain = await find(ports, by.team, name)
    cast = await _cast(ports, domain, token, Step.REJECT, by)
    cast.permit(Draft(domain, ports.clock.now()))
    if domain.round is None:
        raise Stale(domain.name)
    return domain, domain.round


async def _cast(ports: Ports, domain: EmailDomain, token: str, step: Step, by: Who) -> voting.Cast:
    try:
        return await voting.cast(ports, domain, token, step, by=by)
    except Stale:
        await _raise_decided(ports, domain, token)
        raise


async def _answer(ports: Ports, domain: EmailDomain, token: str, decide: Decide, by: Who) -> EmailDomain:
    """Save an answer to the round; whoever comes second, be it by a moment, is told who was first."""
    try:
        return await alter(ports, domain, decide, intent=by.intent)
    except Stale:
        await _raise_decided(ports, domain, token)
        raise


async def _raise_decided(ports: Ports, domain: EmailDomain, token: str) -> None:
    """Raises :class:`AlreadyDecided` where the round that a button belongs to was decided by somebody."""
    number = token.partition(".")[0]
    if not re.fullmatch(r"[0-9]{1,9}", number):
        return
    asked = await ports.store.round(domain.team, domain.name, int(number))
    if asked is not None and asked.outcome in (Outcome.APPROVED, Outcome.REJECTED, Outcome.WITHDRAWN):
        raise AlreadyDecided(domain.name, asked.decided_by or "", asked.outcome.value) from None


def _check(draft: Draft, token: str, by: Who) -> Round:
    """The open round, if ``token`` was drawn for it and for what the domain is now; raises :class:`Stale`.

    What arrives when its time is up counts no more, even if nobody has closed it yet.
    """
    asked = draft.domain.round
    if asked is None or asked.token != token or draft.domain.digest != asked.digest:
        raise Stale(draft.domain.name)
    if (draft.now if by.at is None else by.at) >= asked.expires_at:
        raise Stale(draft.domain.name)
    return asked


_AFTER: dict[Outcome, Event] = {
    Outcome.APPROVED: Event.APPROVED,
    Outcome.REJECTED: Event.REJECTED,
    Outcome.WITHDRAWN: Event.WITHDRAWN,
    Outcome.EXPIRED: Event.EXPIRED,
    Outcome.LAPSED: Event.LAPSED,
}


def _close(draft: Draft, outcome: Outcome, by: str, reason: str, permit: Permit | None = None) -> Round:
    """End the round and say so. A round on a removal leaves the state as it is."""
    closed = draft.close_round(outcome, by=by, reason=reason, permit=permit)
    facts = decided(closed)
    begins = closed.purpose is Purpose.REMOVAL and outcome is Outcome.APPROVED
    if begins and draft.domain.state is not State.REMOVING and removing.announced(draft.domain):
        facts["followed"] = True  # by a message that says what to do, and calls
    if closed.purpose is Purpose.ACTIVATION:
        draft.move(_AFTER[outcome], by=by, why=reason, facts=facts)
    else:
        draft.note(f"{closed.purpose.value}_{outcome.value}", by=by, why=reason).say(Kind.DECIDED, facts)
    if closed.purpose is Purpose.REMOVAL and draft.domain.state is State.REMOVING and outcome is not Outcome.APPROVED:
        draft.tell(removing.NOT_AGREED).set(next_look_at=draft.now)
    if closed.purpose is Purpose.RELEASE and draft.domain.state is State.REMOVING:
        draft.set(next_look_at=draft.now)  # a removal that waited for this goes on
    if closed.purpose is Purpose.IMPORT and outcome is not Outcome.APPROVED:
        adopting.drop(draft, by)
    return closed


def _carry_out(draft: Draft, by: str, using: Campaigns | None) -> None:
    closed = _close(draft, Outcome.APPROVED, by, "")
    now = draft.now
    if closed.purpose is Purpose.ACTIVATION:
        draft.set(
            activation_by=closed.asked_by, asked_verify_at=None, opens_at=None, next_platform_at=now, platform_tries=0,
            told=tuple(mark for mark in draft.domain.told if mark == "seen"),
        )  # fmt: skip
        return
    org = draft.domain.org_id
    draft.observe(draft.domain.observations.with_approval(Approval(now, closed.id, closed.purpose, org)))
    match closed.purpose:
        case Purpose.REMOVAL if draft.domain.state is State.REMOVING:
            draft.set(next_look_at=now, platform_tries=0)  # it had begun, before the platform said what is at stake
        case Purpose.REMOVAL:
            removing.start(draft, closed.asked_by, using, approved_by=by)
        case Purpose.REMOVAL_FORCED:
            draft.set(next_look_at=now, platform_tries=0)
        case Purpose.IMPORT:
            draft.set(next_platform_at=now, platform_tries=0)
        case Purpose.RELEASE:
            releasing.let_go(draft, closed.asked_by)


def lapse(draft: Draft, why: str, by: str) -> None:
    """End the open round, if there is one, because what it rested on has changed; and whatever waits for it."""
    if draft.domain.round is not None:
        _close(draft, Outcome.LAPSED, by, why)


async def expire(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Nobody decided in time: nothing is activated, one click asks again.

    Not while a vote that arrived in time is undecided, which is carried out first, nor while it is not sure what
    time it is.
    """
    asked = domain.round
    waits = not ports.clock.sure or (asked is not None and await voting.undecided(ports, domain, asked))

    def decide_(draft: Draft) -> bool:
        if draft.domain.round is None or draft.domain.round != asked or draft.now < asked.expires_at:
            return False
        if waits:
            draft.set(expiry_at=draft.now + ports.rhythm["expiry_again"])
            return True
        _close(draft, Outcome.EXPIRED, "clock", "")
        return True

    return await alter(ports, domain, decide_)


async def nudge(ports: Ports, domain: EmailDomain, mark: str) -> EmailDomain:
    """Remind the approvers, once for each time that is due."""

    def decide_(draft: Draft) -> bool:
        asked = draft.domain.round
        if asked is None or mark in draft.domain.told:
            return False
        facts = {"why": "approval", "round": asked.id, "token": asked.token, "purpose": asked.purpose.value}
        draft.tell(mark).say(
            Kind.REMINDER,
            facts | {"expires_at": asked.expires_at, "missing": asked.missing, "asked_by": asked.asked_by},
        )
        return True

    return await alter(ports, domain, decide_)


def asker(domain: EmailDomain) -> str | None:
    """Who asked for the activation that is going on or was last approved."""
    if domain.round is not None and domain.state is State.AWAITING_APPROVAL:
        return domain.round.asked_by
    return domain.activation_by
