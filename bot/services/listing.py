"""The workspace's domains by who acts next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import names
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.people import Who
from bot.ports import Ports
from bot.services import adopting

PAGE = 10

#: What waits for people comes first.
_ORDER = (
    State.DEGRADED,
    State.STALLED,
    State.AWAITING_APPROVAL,
    State.READY,
    State.AWAITING_DNS,
    State.REMOVING,
    State.REGISTERING,
    State.ACTIVATING,
    State.WAITING,
    State.OPEN,
)


@dataclass(frozen=True, slots=True)
class Page:
    domains: Sequence[EmailDomain]
    number: int  #: from 1
    pages: int
    total: int
    there: tuple[str, ...] = ()  #: names that exist at the platform only
    here: frozenset[str] = frozenset()  #: names the platform no longer has


async def page(ports: Ports, *, by: Who, words: str = "", number: int = 1) -> Page:
    """Domains whose name or state holds every one of ``words``; a number past the end gives the last page."""
    wanted = names.tidy(words).lower().split()
    every = list(await ports.store.domains(by.team))
    found = [
        d
        for d in every
        if d.state is not State.REMOVED and all(w in d.name or w in d.state.value or w in by_name(d) for w in wanted)
    ]
    found.sort(key=lambda d: (_ORDER.index(d.turn), d.name))
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    marked = await adopting.sides(ports, every)
    there = tuple(name for name in marked.there if all(w in name for w in wanted))
    return Page(found[(number - 1) * PAGE : number * PAGE], number, pages, len(found), there, marked.here)


def by_name(domain: EmailDomain) -> str:
    """The name as people write it, for IDN."""
    return names.unicode_form(domain.name)
