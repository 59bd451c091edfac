"""Answers to a round: approve, reject, withdraw, and what the clock does to it."""

from __future__ import annotations

import re

from bot.errors import AlreadyDecided, AlreadyVoted, Forbidden, OwnRound, Stale
from bot.model.approval import Outcome, Purpose, Round
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.people import Who
from bot.ports import Ports
from bot.services import permitting
from bot.services.observing import decided
from bot.services.saving import alter, find


async def approve(ports: Ports, name: str, token: str, *, by: Who) -> EmailDomain:
    """One vote; at quorum the domain passes on, once, however many people click at once."""
    domain = await _answerable(ports, name, token, by)
    await permitting.approver(ports, domain, by)
    closed = await _closed(ports, domain, token)

    def decide(draft: Draft) -> bool:
        asked = _check(draft, token, closed)
        if by.user == asked.asked_by:
            raise OwnRound(draft.domain.name)
        if by.user in asked.voters:
            raise AlreadyVoted(draft.domain.name, asked.missing)
        asked = draft.vote(by.user)
        draft.note("voted", by=by.user)
        if asked.missing == 0:
            _carry_out(draft, by.user)
        return True

    return await alter(ports, domain, decide, intent=by.intent)


async def reject(ports: Ports, name: str, token: str, reason: str, *, by: Who) -> EmailDomain:
    """One rejection, with a reason, ends the round."""
    domain = await _answerable(ports, name, token, by)
    await permitting.approver(ports, domain, by)
    closed = await _closed(ports, domain, token)

    def decide(draft: Draft) -> bool:
        asked = _check(draft, token, closed)
        if by.user == asked.asked_by:
            raise OwnRound(draft.domain.name)
        _close(draft, Outcome.REJECTED, by.user, reason.strip())
        return True

    return await alter(ports, domain, decide, intent=by.intent)


async def withdraw(ports: Ports, name: str, token: str, *, by: Who) -> EmailDomain:
    """Who asked takes it back."""
    domain = await _answerable(ports, name, token, by)
    closed = await _closed(ports, domain, token)

    def decide(draft: Draft) -> bool:
        asked = _check(draft, token, closed)
        if by.user != asked.asked_by:
            raise Forbidden("withdraw", "asker")
        _close(draft, Outcome.WITHDRAWN, by.user, "")
        return True

    return await alter(ports, domain, decide, intent=by.intent)


async def may_reject(ports: Ports, name: str, token: str, *, by: Who) -> tuple[EmailDomain, Round]:
    """Before the form for the reason is shown: the same answers as a rejection would get."""
    domain = await _answerable(ports, name, token, by)
    await permitting.approver(ports, domain, by)
    asked = _check(Draft(domain, ports.clock.now()), token, await _closed(ports, domain, token))
    if by.user == asked.asked_by:
        raise OwnRound(domain.name)
    return domain, asked


async def _answerable(ports: Ports, name: str, token: str, by: Who) -> EmailDomain:
    await permitting.person(ports, by)
    return await find(ports, by.team, name)


async def _closed(ports: Ports, domain: EmailDomain, token: str) -> Round | None:
    """The round a button belongs to, if it is over: whoever comes second is told who was first."""
    number = token.partition(".")[0]
    known = re.fullmatch(r"[0-9]{1,9}", number)
    found = await ports.store.round(domain.team, domain.name, int(number)) if known else None
    return found if found is not None and not found.open else None


def _check(draft: Draft, token: str, closed: Round | None) -> Round:
    """The open round, if ``token`` was drawn for it and for what the domain is now."""
    asked = draft.domain.round
    if asked is None or asked.token != token:
        if closed is not None and closed.outcome in (Outcome.APPROVED, Outcome.REJECTED, Outcome.WITHDRAWN):
            raise AlreadyDecided(draft.domain.name, closed.decided_by or "", closed.outcome.value)
        raise Stale(draft.domain.name)
    if draft.domain.digest != asked.digest:
        raise Stale(draft.domain.name)
    return asked


_AFTER: dict[Outcome, Event] = {
    Outcome.APPROVED: Event.APPROVED,
    Outcome.REJECTED: Event.REJECTED,
    Outcome.WITHDRAWN: Event.WITHDRAWN,
    Outcome.EXPIRED: Event.EXPIRED,
}


def _close(draft: Draft, outcome: Outcome, by: str, reason: str) -> Round:
    """End the round and say so. A round on a removal leaves the state as it is."""
    closed = draft.close_round(outcome, by=by, reason=reason)
    if closed.purpose is Purpose.ACTIVATION:
        draft.move(_AFTER[outcome], by=by, why=reason, facts=decided(closed))
    else:
        draft.note(f"removal_{outcome.value}", by=by, why=reason).say(Kind.DECIDED, decided(closed))
    return closed


def _carry_out(draft: Draft, by: str) -> None:
    closed = _close(draft, Outcome.APPROVED, by, "")
    now = draft.now
    if closed.purpose is Purpose.ACTIVATION:
        draft.set(
            activation_by=closed.asked_by, asked_verify_at=None, accepted_at=None, verified_at=None,
            provisioned_at=None, opens_at=None, next_platform_at=now, platform_tries=0,
            told=tuple(mark for mark in draft.domain.told if mark == "seen"),
        )  # fmt: skip
        return
    draft.move(Event.REMOVAL_STARTED, by=by, facts={"by": closed.asked_by})
    draft.set(watch_from=now, next_look_at=now, boost_until=None)


async def expire(ports: Ports, domain: EmailDomain) -> None:
    """Nobody decided in time: nothing is activated, one click asks again."""

    def decide(draft: Draft) -> bool:
        if draft.domain.round is None or draft.now < draft.domain.round.expires_at:
            return False
        _close(draft, Outcome.EXPIRED, "clock", "")
        return True

    await alter(ports, domain, decide)


async def nudge(ports: Ports, domain: EmailDomain, mark: str) -> None:
    """Remind the approvers, once for each time that is due."""

    def decide(draft: Draft) -> bool:
        asked = draft.domain.round
        if asked is None or mark in draft.domain.told:
            return False
        facts = {"why": "approval", "round": asked.id, "token": asked.token, "purpose": asked.purpose.value}
        draft.tell(mark).say(
            Kind.REMINDER,
            facts | {"expires_at": asked.expires_at, "missing": asked.missing, "asked_by": asked.asked_by},
        )
        return True

    await alter(ports, domain, decide)


def asker(domain: EmailDomain) -> str | None:
    """Who asked for the activation that is going on or was last approved."""
    if domain.round is not None and domain.state is State.AWAITING_APPROVAL:
        return domain.round.asked_by
    return domain.activation_by
