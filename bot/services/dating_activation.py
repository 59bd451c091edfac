"""Something was activated in the platform itself, without approval here: how long ago, only a person can know."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import Stale
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.needs import Need
from bot.model.observations import OVER
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import authorizing, binding, syncing_platform
from bot.services.updating import alter, find

#: Without these an answer is not taken; the rest may follow.
_FIRST = frozenset({Need.NO_HOLD, Need.SURE_TIME, Need.SAME_ORG})


async def answer(ports: Ports, text: str, said: str, *, by: Who) -> EmailDomain:
    """*More than two hours ago* opens the domain, *not sure* begins the two hours; both on a fresh look and reading.

    The button says when that was found, since it may be undone and found again; raises :class:`Stale` where what it
    asks is no longer open.
    """
    text, _, asked = text.partition(" ")
    domain = await find(ports, by.team, text)
    await authorizing.require(ports, Action.OUTSIDE, by, domain)
    found = await syncing_platform.look(ports, domain)
    look = await ports.dns.look(domain.name, domain.records, confirm=True, fresh=True)
    case = await binding.case(ports, domain, found.org)

    def decide_(draft: Draft) -> bool:
        outside = draft.domain.outside
        if outside is None or outside.said or str(outside.at) != asked or not found.done:
            raise Stale(domain.name)
        answered = replace(outside, said=said, by=by.user)
        draft.observe(replace(draft.domain.observations, outside=answered)).note(f"outside_{said}", by=by.user)
        if draft.domain.records == domain.records:
            draft.set(look=look)
        seen = binding.read(ports, draft.domain, found, draft.now)
        step = Step.OPEN_OUTSIDE if said == OVER else Step.WAIT
        lacks = decide(step, case(draft.domain, draft.now, seen))
        if not isinstance(lacks, Permit) and (first := [one for one in lacks if one.need in _FIRST]):
            raise authorizing.refusal(domain.name, first)
        syncing_platform.done(draft, ports, found, seen, case)
        return True

    return await alter(ports, domain, decide_, intent=by.intent)
