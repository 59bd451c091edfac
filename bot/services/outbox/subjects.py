"""What a message is about: its domain in the life that the message belongs to."""

from __future__ import annotations

from typing import NamedTuple

from bot.model.domain import EmailDomain
from bot.model.outbox import Notice
from bot.ports import Ports


class Subject(NamedTuple):
    """``queue``: whose turn it takes, a channel or a person. ``past``: its life has ended, and another has begun."""

    domain: EmailDomain
    queue: str
    past: bool = False

    @property
    def channel(self) -> str:
        """Where it goes: what is late from a past life to that life's channel, which is in nobody's way."""
        return self.domain.channel if self.past else self.queue


async def subject(ports: Ports, notice: Notice) -> Subject | None:
    """The domain as it is, or as it was when that life ended; None where there is none. Raises ``Unreadable``.

    Where an older version did not keep how it was, what has changed since is left out.
    """
    domain = await ports.store.domain(notice.team, notice.name)
    if domain is None:
        return None
    to = notice.facts.get("to")
    queue = to if isinstance(to, str) else domain.channel
    if domain.life == notice.life:
        return Subject(domain, queue)
    was = await ports.store.past(notice.team, notice.name, notice.life)
    was = was or domain.but(life=notice.life, records=(), look=None, round=None)
    return Subject(was, queue, past=True) if to is None else Subject(was, queue)
