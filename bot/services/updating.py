"""The one way a service changes a domain: read it afresh, decide, save, and again if somebody was faster."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.errors import NotFound, OtherLife, Superseded
from bot.model import names
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.ports import Ports

#: Two people and a job at once is much; more than this in a row means a bug.
_TRIES = 8

Decide = Callable[[Draft], bool]


async def find(ports: Ports, team: str, text: str, *, over: bool = False) -> EmailDomain:
    """The domain somebody means, in any life but a past one; raises :class:`NotFound` with the nearest name.

    ``over``: one is found, too, that was let go of, or that is gone with the question open whether that was meant.
    """
    text, life = meant(text)
    name = names.clean(text)
    domain = await ports.store.domain(team, name)
    if life is not None and (domain is None or domain.life != life):
        raise OtherLife(name)
    ended = domain is None or domain.state is State.REMOVED
    if domain is not None and over and (domain.released or domain.questioned):
        ended = False
    if domain is None or ended:
        raise NotFound(name, names.nearest_name(name, await ports.store.similar(team, name)))
    return domain


def meant(text: str) -> tuple[str, int | None]:
    """What a button or form carries, ``<name>#<life>``, in its parts; nobody types a life."""
    name, mark, life = text.partition("#")
    return (name, int(life)) if mark and re.fullmatch(r"[0-9]{1,9}", life) else (text, None)


async def alter(
    ports: Ports, domain: EmailDomain, decide: Decide, *, intent: str | None = None, at: int | None = None
) -> EmailDomain:
    """Apply ``decide`` to the domain as it stands now and save; returns it as saved.

    ``decide`` is plain code, so nothing can change between its reading and its saving; it returns False where
    there is nothing to do. It may raise any error of ours, then nothing is saved.
    """
    for _ in range(_TRIES):
        draft = Draft(domain, ports.clock.now() if at is None else at)
        if not decide(draft):
            return domain
        change = draft.change(ports.rhythm, intent)
        try:
            saved = await ports.store.save(change)
        except Superseded:
            fresh = await ports.store.domain(domain.team, domain.name)
            if fresh is None or fresh.life != domain.life:
                raise NotFound(domain.name) from None
            domain = fresh
        else:
            if change.loud or _sooner(saved, domain):
                ports.wake()
            return saved
    raise Superseded(domain.name)


def _sooner(domain: EmailDomain, than: EmailDomain) -> bool:
    return domain.due_at is not None and (than.due_at is None or domain.due_at < than.due_at)
