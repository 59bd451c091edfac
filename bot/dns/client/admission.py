"""Whose question goes next: never more under way than allowed in all and for each server, never faster than its budget.

Of what waits for one server the newest goes first. While a server is asked too much, somebody's look that has just
begun still ends in time; what has waited longest is given up soonest anyway, and is asked again at the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.dns.client.rate_limits import Bucket, Budget
from bot.dns.client.sockets import Address

T = TypeVar("T")


class ServerQueue(Generic[T]):
    """One server: what is asked of it now. ``known`` are all its questions, so that none is asked twice at a time."""

    __slots__ = ("at_once", "bucket", "flying", "known", "timer", "waiting", "where")

    def __init__(self, where: Address, budget: Budget) -> None:
        self.where, self.bucket, self.at_once = where, Bucket(budget), budget.at_once
        self.known: dict[bytes, T] = {}
        self.waiting: dict[T, None] = {}
        self.flying = 0
        self.timer: asyncio.TimerHandle | None = None


class AdmissionControl(Generic[T]):
    """Calls ``start`` for one question after the other as they may go; at most ``room`` are under way."""

    def __init__(self, room: int, start: Callable[[T], None]) -> None:
        self._room, self._start = room, start
        self._ready: dict[ServerQueue[T], None] = {}
        self._pumping = False

    def submit(self, peer: ServerQueue[T], one: T, now: float) -> None:
        """It goes now if it may, else when it is its turn. ``now`` is the loop's time."""
        alone = self._room > 0 and not self._ready and not peer.waiting
        if alone and peer.flying < peer.at_once and peer.bucket.take(now):
            peer.flying += 1
            self._room -= 1
            self._start(one)
            return
        peer.waiting[one] = None
        self._ready[peer] = None
        self._pump()

    def release(self, peer: ServerQueue[T], one: T) -> None:
        """It is over, under way or not."""
        if one in peer.waiting:
            del peer.waiting[one]
            return
        peer.flying -= 1
        self._room += 1
        if peer.waiting:
            self._ready[peer] = None
        if self._ready:
            self._pump()

    def _pump(self) -> None:
        """Servers take turns. Not entered twice: what is started may end at once and be released."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._room > 0 and self._ready:
                peer = next(iter(self._ready))
                del self._ready[peer]
                self._step(peer)
        finally:
            self._pumping = False

    def _step(self, peer: ServerQueue[T]) -> None:
        if not peer.waiting or peer.timer is not None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if peer.flying >= peer.at_once:
            return  # whoever is released comes back to it
        if not peer.bucket.take(now):
            peer.timer = loop.call_later(peer.bucket.wait(now), self._due, peer)
            return
        one, _ = peer.waiting.popitem()
        if peer.waiting:
            self._ready[peer] = None
        peer.flying += 1
        self._room -= 1
        self._start(one)

    def _due(self, peer: ServerQueue[T]) -> None:
        peer.timer = None
        self._ready[peer] = None
        self._pump()
