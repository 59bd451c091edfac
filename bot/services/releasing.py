"""Letting go of a domain: it is no longer watched, and nothing is changed at DNS or platform. It can be imported."""

from __future__ import annotations

from bot.errors import Forbidden, TooEarly
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.people import Who
from bot.model.permits import Case, Permit, Step, decide
from bot.ports import Ports
from bot.services import permitting
from bot.services.asking import new_round, request
from bot.services.observing import lapse
from bot.services.saving import alter, find

_NOT = (State.REGISTERING, State.REMOVED)


async def considered(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Whether this person may let go of this domain; changes nothing."""
    await permitting.person(ports, by)
    domain = await find(ports, by.team, text)
    if by.user != domain.owner:
        raise Forbidden("release", "owner")
    _not_deleting(domain)
    return domain


def _not_deleting(domain: EmailDomain) -> None:
    """Raises :class:`TooEarly` where the platform was asked to delete it: it cannot be left as it is any more."""
    if domain.state is State.REMOVING and domain.observations.deleted is not None:
        raise TooEarly(domain.name, "deleting")


async def release(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """The owner asks; an approver decides."""
    domain = await considered(ports, text, by=by)
    await permitting.enough_approvers(ports, domain, by.user, ports.settings.approvals)

    def decide_(draft: Draft) -> bool:
        _not_deleting(draft.domain)
        if draft.domain.state in _NOT:
            return False
        if draft.domain.round is not None:
            if draft.domain.round.purpose is Purpose.RELEASE:
                return False
            draft.say(Kind.DECIDED, lapse(draft, "released", by.user))
            if draft.domain.state is State.AWAITING_APPROVAL:
                draft.move(Event.LAPSED, by=by.user, quiet=True)
        asked = new_round(draft, ports, Purpose.RELEASE, by.user)
        draft.open_round(asked).note("release_asked", by=by.user)
        draft.say(Kind.APPROVAL, request(ports, draft, asked, None))
        return True

    return await alter(ports, domain, decide_, intent=by.intent)


def let_go(draft: Draft, by: str) -> None:
    """Approved: from here on nobody looks."""
    d = draft.domain
    _not_deleting(d)
    case = Case(
        team=d.team, name=d.name, life=d.life, org=d.account, connected=None, held=False, seen=d.observations,
        now=draft.now, ms={},
    )  # fmt: skip
    permit = decide(Step.RELEASE, case)
    if isinstance(permit, Permit):
        draft.move(Event.RELEASED, by=by, facts={"why": "released", "by": by, "said": ""}, permit=permit)
        draft.tell("released").set(next_look_at=None, next_platform_at=None)
