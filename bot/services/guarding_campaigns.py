"""The early-send guard: campaigns that use a domain before it is open are named. The bot never stops one."""

from __future__ import annotations

from typing import Any

from bot.model.campaign import Campaigns, set_of
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from bot.model.schedule import GUARDED
from bot.ports import Ports
from bot.runtime.advisory import NotChecked, advisory
from bot.services.updating import alter

#: Seconds for all pages of campaigns: there may be many, and people wait for some of these readings.
_WITHIN = 60.0


async def campaigns(ports: Ports, name: str) -> Campaigns | None:
    """Those that use the domain; None where the platform does not answer now."""
    found = await advisory("campaigns", ports.platform.campaigns(name), within=_WITHIN)
    return None if isinstance(found, NotChecked) else found


async def live(ports: Ports, name: str) -> list[dict[str, Any]]:
    """Facts of the campaigns that are switched on, as far as they can be seen."""
    found = await campaigns(ports, name)
    return [c.as_facts() for c in found.live] if found else []


async def guard(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Look once; each distinct set of campaigns that would send too early is named once."""
    found = await campaigns(ports, domain.name)

    def decide(draft: Draft) -> bool:
        d = draft.domain
        if d.state not in GUARDED or d.next_guard_at is None:
            return False
        # Where campaigns may not be seen there is nothing to look at; doctor says so, and the next request tries again.
        blind = found is not None and not found.seen
        draft.set(next_guard_at=None if blind else draft.now + ports.rhythm["guard"])
        if found is not None:
            _name(draft, ports, found)
        return True

    return await alter(ports, domain, decide)


def _name(draft: Draft, ports: Ports, found: Campaigns) -> None:
    # Before the two hours began nobody knows their end; they cannot end sooner than this.
    until = draft.domain.opens_at if draft.domain.state is State.WAITING else None
    until = until if until is not None else draft.now + ports.rhythm.timers[State.WAITING]
    early = found.early(until)
    mark = set_of(early)
    if early and mark not in draft.domain.guarded:
        draft.set(guarded=(*draft.domain.guarded, mark))
        facts = {"campaigns": [c.as_facts() for c in early], "schedules": found.schedules}
        draft.say(Kind.GUARD, facts).note("guard", by="platform", why=", ".join(c.name for c in early))
