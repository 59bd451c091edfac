"""Connections of Socket Mode that nobody reads: Slack goes on sending clicks there, and they vanish without a trace.

Slack says in each ``hello`` how many connections the app has (python-slack-sdk #1940). While one connection takes the
place of another there are two for a moment, so one ``hello`` proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable

#: Seconds between two that say so, at least.
APART = 60.0


class Ghosts:
    """``alive`` is how many processes are known to run. ``changed`` is told how many connections nobody reads: once
    when they are certain, and 0 when they are gone."""

    def __init__(
        self, monotonic: Callable[[], float], changed: Callable[[int], None], alive: Callable[[], int] = lambda: 1
    ) -> None:
        self._monotonic, self._changed, self._alive = monotonic, changed, alive
        self._suspected_at: float | None = None
        self._told: int | None = None
        self.connections = 0  #: as Slack last counted them

    @property
    def certain(self) -> int:
        """Connections that nobody reads."""
        return self._told or 0

    def hello(self, connections: int) -> None:
        """Slack greets a new connection, this one among so many."""
        self.connections = connections
        over = max(0, connections - self._alive())
        now = self._monotonic()
        if not over:
            self._suspected_at = None
            self._tell(0)
        elif self._suspected_at is None:
            self._suspected_at = now
        elif now - self._suspected_at >= APART:
            self._tell(over)

    def _tell(self, over: int) -> None:
        """Also that there is none at the first ``hello``: an earlier life may have told of some."""
        if over != self._told:
            self._told = over
            self._changed(over)
