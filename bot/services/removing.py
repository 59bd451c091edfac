"""Wanting a domain removed: what it would mean, who has to agree, and its beginning.

A CNAME left behind after the platform has let go of the name can be claimed by others. So campaigns are switched off
first, the records come out of DNS, and the platform deletes last: :mod:`bot.services.deleting`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.errors import PlatformDown, PlatformRefused, Superseded
from bot.model.approval import Outcome, Purpose
from bot.model.campaign import Campaigns
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import REMOVAL_NEEDS_APPROVAL, Event, Kind, State
from bot.model.needs import CHECKS, Need
from bot.model.observations import Wish
from bot.model.people import Who
from bot.model.registration import Registration, Stage
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import adopting, authorizing, binding, guarding_campaigns, syncing_platform
from bot.services.applying_look import decided, lapse_open
from bot.services.asking import ask
from bot.services.updating import alter, find

_S = State

NOT_AGREED = "not_agreed"  #: mark: the approvers were asked after the removal had begun, and did not agree


@dataclass(frozen=True, slots=True)
class Considered:
    """What a removal would mean: whether it needs approval, and the campaigns that use the domain (None: not read).

    ``unasked``: it was only asked to be imported, so there is nothing to remove but that request.
    """

    domain: EmailDomain
    approval: bool
    using: Campaigns | None
    unasked: bool = False


async def consider(ports: Ports, text: str, *, by: Who) -> Considered:
    """Whether this person may remove this domain; changes nothing. What follows is confirmed first.

    Raises what the platform raises: whether anything is at stake, it has to say now.
    """
    await authorizing.person(ports, by)
    domain = await find(ports, by.team, text)
    await authorizing.require(ports, Action.REMOVE, by, domain)
    if adopting.only_asked(domain):
        return Considered(domain, approval=False, using=None, unasked=True)
    if domain.state is not _S.REMOVING:
        return await _considered(ports, domain)
    try:
        found = await _considered(ports, domain)
    except (PlatformDown, PlatformRefused):
        return Considered(domain, approval=False, using=None)
    # It has begun; approval is asked for once more where the platform says meanwhile that something is at stake.
    return replace(found, approval=found.approval and binding.APPROVAL_ASKED in domain.told)


async def _considered(ports: Ports, domain: EmailDomain) -> Considered:
    answer = await syncing_platform.look(ports, domain)
    using = await guarding_campaigns.campaigns(ports, domain.name)
    return Considered(domain, await _needs_approval(ports, domain, answer), using)


async def _needs_approval(ports: Ports, domain: EmailDomain, answer: Registration) -> bool:
    """Decided by what the platform says, not by our own state alone."""
    if domain.state in REMOVAL_NEEDS_APPROVAL:
        return True
    if domain.state is _S.REMOVING and approved(domain):
        return False
    if domain.state is _S.REGISTERING and not domain.records and answer.stage is Stage.ABSENT:
        return False  # it has nothing of ours, and may never have
    case = await binding.case(ports, domain, answer.org)
    seen = binding.read(ports, domain, answer)
    return CHECKS[Need.NOTHING_AT_STAKE](case(domain, ports.clock.now(), seen)) is not None


def approved(domain: EmailDomain) -> bool:
    return domain.observations.agreed(Purpose.REMOVAL, domain.org_id)


async def remove(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Start a removal, at once or by asking the approvers; what it does depends on the platform and the state."""
    considered = await consider(ports, text, by=by)
    domain, using = considered.domain, considered.using
    if considered.approval and domain.round is None:
        await authorizing.enough_approvers(ports, domain, by.user, ports.settings.approvals)

    def decide_(draft: Draft) -> bool:
        state = draft.domain.state
        if adopting.only_asked(draft.domain) is not considered.unasked and state is not _S.REMOVED:
            raise Superseded(draft.domain.name)  # approved meanwhile: consider it anew
        if considered.unasked and state is _S.REGISTERING:
            _withdraw_import(draft, by.user)
            return True
        if state is _S.REMOVED or (state is _S.REMOVING and not considered.approval):
            return False
        if considered.approval or state in REMOVAL_NEEDS_APPROVAL:
            return ask(draft, ports, Purpose.REMOVAL, by.user, ends="removal_asked", using=using)
        start(draft, by.user, using)
        return True

    return await alter(ports, domain, decide_, intent=by.intent)


def _withdraw_import(draft: Draft, by: str) -> None:
    """Nothing was imported, so nothing is removed: the request ends, and with it this life."""
    if draft.domain.round is not None:
        closed = draft.close_round(Outcome.WITHDRAWN, by=by)
        draft.note("import_withdrawn", by=by).say(Kind.DECIDED, decided(closed))
    adopting.drop(draft, by)


def announced(d: EmailDomain) -> bool:
    """Whether people have something to do when its removal begins, and are told."""
    return d.published and bool(d.records)


def start(draft: Draft, by: str, using: Campaigns | None = None, approved_by: str | None = None) -> None:
    """From here on what is seen counts. Of a name that was never published nobody has to do anything."""
    d = draft.domain
    lapse_open(draft, "removed", by)
    wish = Wish(draft.now, by)
    facts = begun(wish, using)
    if approved_by is not None:
        facts["actor"] = approved_by
    draft.move(Event.REMOVAL_STARTED, by=by, quiet=not announced(d), facts=facts)
    seen = d.observations.with_wish(wish)
    draft.observe(seen.with_listed(d.look.asked(), d.look.at) if d.look is not None else seen)
    draft.set(
        removing_from=d.state, watch_from=draft.now, next_look_at=draft.now, boost_until=None, nothing_at=None,
        next_platform_at=None, platform_tries=0, told=tuple(mark for mark in d.told if not mark.startswith("still_")),
    )  # fmt: skip


def begun(wish: Wish, using: Campaigns | None) -> dict[str, Any]:
    """Facts of the message that says what to do; ``campaigns`` is None where they were not read."""
    return {"by": wish.by, "campaigns": using.as_facts() if using else None, "wish_at": wish.at}
