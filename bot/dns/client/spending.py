"""How many packets one piece of work may send: whoever writes a zone decides how much a look at it asks.

``with purse(150):`` holds for everything that is asked inside, in tasks that are begun there, too. A datagram costs
one, each repetition another, a connection one. Whoever shares the answer to somebody else's question pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Purse:
    """``left`` packets may still be sent."""

    __slots__ = ("left",)

    def __init__(self, packets: int) -> None:
        self.left = packets

    def pay(self) -> bool:
        """Whether one more may be sent; if so, it is paid."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


_current: ContextVar[Purse | None] = ContextVar("purse", default=None)


def current() -> Purse | None:
    """From what a question asked here is paid; None where nothing bounds it."""
    return _current.get()


def spent() -> bool:
    """Whether nothing more may be sent here: what was found may be half of what there is."""
    found = _current.get()
    return found is not None and found.left <= 0


@contextmanager
def purse(packets: int) -> Iterator[Purse]:
    """A purse of its own for what is asked inside."""
    made = Purse(packets)
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)
