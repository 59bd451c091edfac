"""Letting go of a domain: it is no longer watched, and nothing is changed at DNS or platform. It can be imported."""

from __future__ import annotations

from bot.errors import NotAllowed, TooEarly
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, State
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import authorizing, binding
from bot.services.asking import ask
from bot.services.updating import alter, find

_NOT = (State.REGISTERING, State.REMOVED)


async def considered(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Whether this person may let go of this domain; changes nothing."""
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    await authorizing.require(ports, Action.RELEASE, by, domain)
    if domain.state is State.REGISTERING:
        raise NotAllowed(domain.name, "release", domain.state.value)
    _not_deleting(domain)
    return domain


def _not_deleting(domain: EmailDomain) -> None:
    """Raises :class:`TooEarly` where the platform was asked to delete it: it cannot be left as it is any more."""
    if domain.state is State.REMOVING and domain.observations.deleted is not None:
        raise TooEarly(domain.name, "deleting")


async def release(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """The owner asks; an approver decides."""
    domain = await considered(ports, text, by=by)
    await authorizing.enough_approvers(ports, domain, by.user, ports.settings.approvals)

    def decide_(draft: Draft) -> bool:
        _not_deleting(draft.domain)
        if draft.domain.state in _NOT:
            return False
        return ask(draft, ports, Purpose.RELEASE, by.user, ends="released")

    return await alter(ports, domain, decide_, intent=by.intent)


def let_go(draft: Draft, by: str) -> None:
    """Approved: from here on nobody looks."""
    _not_deleting(draft.domain)
    permit = decide(Step.RELEASE, binding.alone(draft))
    if isinstance(permit, Permit):
        draft.move(Event.RELEASED, by=by, facts={"why": "released", "by": by, "said": ""}, permit=permit)
        draft.tell("released").set(next_look_at=None, next_platform_at=None)
