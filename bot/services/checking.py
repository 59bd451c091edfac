"""A person looks at DNS now: what is there, and what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.errors import CoolDown
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Look
from bot.model.people import Who
from bot.model.roles import Action
from bot.model.schedule import Rhythm
from bot.ports import Ports
from bot.services import authorizing, guarding_campaigns
from bot.services.applying_look import observe
from bot.services.updating import alter, find

_LOOKED_AT = frozenset(State) - {State.REGISTERING, State.REMOVED}


Early = Callable[[EmailDomain, Look], Awaitable[None]]


async def check(
    ports: Ports, text: str, *, by: Who, pressed: bool = False, early: Early | None = None
) -> tuple[EmailDomain, Look | None]:
    """Look at ``text`` and keep what was seen; ``pressed``: by the button, which has a cool-down.

    The look is None while the platform has not given the records yet. Watching is quick for a while afterwards,
    and resumes where it had ended. ``early`` tells what is known where the rest takes longer.
    """
    await authorizing.require(ports, Action.CHECK, by)
    domain = await find(ports, by.team, text, over=True)
    if domain.state not in _LOOKED_AT or not domain.records:
        return domain, None
    now = ports.clock.now()
    if pressed and domain.checked_at is not None and now - domain.checked_at < ports.rhythm["cool_down"]:
        raise CoolDown(domain.name, -(-(domain.checked_at + ports.rhythm["cool_down"] - now) // 1000))
    await ports.store.hurry(domain)
    look = await _look(ports, domain, early)
    sending = await guarding_campaigns.live(ports, domain.name) if domain.state is State.OPEN and look.bad else []
    domain = await alter(ports, domain, lambda draft: _apply(draft, look, ports.rhythm, pressed, sending))
    return domain, look


async def _look(ports: Ports, domain: EmailDomain, early: Early | None) -> Look:
    known: asyncio.Future[Look] = asyncio.get_running_loop().create_future()
    whole = asyncio.create_task(
        ports.dns.look(domain.name, domain.records, confirm=True, fresh=True, early=known.set_result)
    )
    await asyncio.wait([whole, known], return_when=asyncio.FIRST_COMPLETED)
    if early is not None and not whole.done():
        await early(domain, known.result())
    return await whole


def _apply(draft: Draft, look: Look, rhythm: Rhythm, pressed: bool, sending: list[dict[str, Any]]) -> bool:
    d, now = draft.domain, draft.now
    if d.state not in _LOOKED_AT or tuple(r.record for r in look.records) != d.records:
        return False
    if d.state is State.REMOVING:
        # What a removal rests on is more than this look: its own step comes at once.
        draft.set(boost_until=now + rhythm["look_boost_for"], look=look, next_look_at=now)
        return True
    draft.set(boost_until=now + rhythm["look_boost_for"])
    if d.state in (State.AWAITING_DNS, State.STALLED):
        if d.next_look_at is None:  # watching had ended: it resumes, with its waits counted anew
            draft.set(watch_from=now, told=tuple(mark for mark in d.told if mark == "seen"))
        if pressed:
            draft.set(checked_at=now, nothing_at=d.nothing_at or (None if look.seen else now + rhythm["nothing"]))
    return observe(draft, look, rhythm, pressed=pressed, sending=sending)
