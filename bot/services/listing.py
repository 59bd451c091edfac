"""The workspace's domains by who acts next, and what waits for one reader."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from bot.errors import Trouble
from bot.model import names
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.people import Seen, Who
from bot.ports import Ports
from bot.services import adopting, authorizing

PAGE = 10

#: Of the App Home: what waits for its reader, and domains of the workspace.
WAITING, SHOWN = 10, 100

_ROUNDS, _OWN = 30, 30  #: open requests, and domains of the reader, that are looked through for those that wait

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
    there: tuple[str, ...] = ()  #: names that exist at the platform only, for those who may see every domain
    here: frozenset[str] = frozenset()  #: of ``domains``, the names that the platform no longer has


#: States in which a domain waits for its owner, the most pressing first; of those that wait for the clock, some do.
_OWNERS = (State.DEGRADED, State.STALLED, State.READY, State.AWAITING_DNS, State.REMOVING)
_LOOKED_THROUGH = (State.DEGRADED, State.WAITING, *_OWNERS[1:])


@dataclass(frozen=True, slots=True)
class Overview:
    """What the App Home shows one reader."""

    votes: Sequence[EmailDomain]  #: with a request this reader may answer
    own: Sequence[EmailDomain]  #: theirs, that wait for them
    more_waiting: bool  #: than these
    domains: Sequence[EmailDomain]  #: the first of the workspace's, by who acts next
    total: int  #: of the workspace


async def overview(ports: Ports, *, by: Who) -> Overview:
    """Bounded, however many domains there are; asks neither platform nor DNS.

    Raises :class:`NotAPerson` for whoever may not see them.
    """
    await authorizing.person(ports, by)
    store = ports.store
    asked = [d for d in await store.asked(by.team, _ROUNDS) if d.round is not None]
    votes = [d for d in asked if await _may_answer(ports, d, by)]
    own = [d for d in await store.owned(by.team, by.user, _LOOKED_THROUGH, _OWN) if _waits(d)]
    own.sort(key=lambda d: _OWNERS.index(State.DEGRADED if d.state is State.WAITING else d.state))
    shown, _, total = await store.page(by.team, _ORDER, 1, SHOWN, seen=await _seen(ports, by))
    room = WAITING - len(votes[:WAITING])
    more = len(votes) + len(own) > WAITING
    return Overview(votes[:WAITING], own[:room], more, shown, total)


async def _may_answer(ports: Ports, domain: EmailDomain, by: Who) -> bool:
    asked = domain.round
    if asked is None or asked.asked_by == by.user or by.user in asked.voters:
        return False
    try:
        return await authorizing.may_approve(ports, domain, by.user)
    except Trouble:  # Slack does not say who may: it stands among the domains all the same
        return False


async def _seen(ports: Ports, by: Who) -> Seen | None:
    """Which domains somebody may see, by the table of :mod:`bot.model.roles`; None: all of them.

    A channel of which Slack does not tell who is in it is one they are not in.
    """
    if await _told(authorizing.sees_all(ports, by.user)):
        return None
    every = await ports.store.channels(by.team)
    theirs = tuple([one for one in every if await _told(authorizing.is_in(ports, one, by.user))])
    return None if len(theirs) == len(every) else Seen(by.user, theirs)


async def _told(answer: Awaitable[bool]) -> bool:
    try:
        return await answer
    except Trouble:
        return False


def _waits(domain: EmailDomain) -> bool:
    """Whether its owner has something to do: one that waits for the clock only if something is wrong with it."""
    return domain.state is not State.WAITING or domain.held_by is not None


async def page(ports: Ports, *, by: Who, words: str = "", number: int = 1) -> Page:
    """Domains whose name or state holds every one of ``words``; a number past the end gives the last page."""
    wanted = names.tidy(words).lower().split()
    found, number, total = await ports.store.page(by.team, _ORDER, number, PAGE, wanted, await _seen(ports, by))
    marked = await adopting.sides(ports, by.team, found)
    # What the platform alone has is of no channel here: it is for those who may see every domain.
    everything = await _told(authorizing.sees_all(ports, by.user))
    there = tuple(name for name in marked.there if everything and all(w in name for w in wanted))
    return Page(found, number, max(1, -(-total // PAGE)), total, there, marked.here)
