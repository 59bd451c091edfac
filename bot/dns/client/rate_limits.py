"""How much one server is asked, by whose server it is. A server that is asked too much stops answering all of us."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple


class Budget(NamedTuple):
    """``rate`` questions a second in the long run, ``burst`` at once after a pause, ``at_once`` unanswered."""

    rate: float
    burst: float
    at_once: int


#: Somebody else's name server. The burst is three looks at one of its zones with all that a diagnosis asks.
AUTHORITATIVE = Budget(rate=20, burst=60, at_once=60)

#: A public resolver. Google's is said to refuse from 100 a second on; nobody promises anything.
RESOLVER = Budget(rate=50, burst=50, at_once=50)

#: A resolver inside our own network: a home router's gives up above 150 at once (dnsmasq's default).
NEIGHBOUR = Budget(rate=500, burst=500, at_once=150)

#: Our own machine, laboratories and measurements.
UNPACED = Budget(rate=float("inf"), burst=1, at_once=20_000)


def usual(address: str, recursive: bool) -> Budget:
    """The budget of the server at ``address``; ``recursive``: it is asked as a resolver."""
    ip = ipaddress.ip_address(address)
    if ip.is_loopback:
        return UNPACED
    if not recursive:
        return AUTHORITATIVE
    return RESOLVER if ip.is_global else NEIGHBOUR


_ROUNDING = 1e-6  # seconds


class Bucket:
    """Tells when the next question may go (a token bucket, kept as one instant). Instants in seconds."""

    __slots__ = ("_credit", "_empty", "_step")

    def __init__(self, budget: Budget) -> None:
        self._step = 1 / budget.rate
        self._credit = (budget.burst - 1) * self._step if self._step else 0.0
        self._empty = float("-inf")  #: the instant from which on it is full again

    def take(self, now: float) -> bool:
        """Whether a question may go now; if so, it goes."""
        empty = self._empty
        if empty < now:
            self._empty = now + self._step
        elif empty - self._credit - now > _ROUNDING:
            return False
        else:
            self._empty = empty + self._step
        return True

    def owe(self, now: float) -> None:
        """A question goes now, allowed or not: repetitions do not wait, and whoever comes next waits longer."""
        self._empty = max(self._empty, now) + self._step

    def wait(self, now: float) -> float:
        """Seconds until a question may go."""
        return max(0.0, self._empty - self._credit - now)

    def full(self, now: float) -> bool:
        return self._empty <= now
