"""File descriptors: as many as the system gives, and some kept back for the bot's own calls."""

from __future__ import annotations

import resource
from pathlib import Path

#: Enough for every connection there may be and for all that the bot opens itself.
WANTED = 4096

#: Connections to the HTTP server at most, and descriptors that they leave to calls of Slack, DNS and the platform.
CONNECTIONS, KEPT_BACK = 512, 64

#: Where no system says what is open: database, sockets, logs (a running bot has about 40).
_OPEN = 48


def raise_limit() -> None:
    """The soft limit up to :data:`WANTED`, as far as the hard one goes; many systems begin with 1,024 or 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= WANTED:
        return
    best = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if best > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard))


def connection_limit() -> int:
    """How many connections there may be, with what is open now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(1, min(CONNECTIONS, soft - _opened() - KEPT_BACK))


def _opened() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return sum(1 for _ in Path(folder).iterdir())
        except OSError:
            continue
    return _OPEN
