"""How the store stands: what a watcher wants to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the store stands at one moment; ages in ms, 0 where there is nothing of the kind."""

    states: Mapping[str, int]  #: domains by state
    due_lag: int  #: how long the most overdue domain has been due
    unsent: int  #: messages owed, whatever keeps them
    oldest_unsent: int
    ambiguous: int  #: messages of which nobody knows yet whether Slack has them
    failing: int  #: messages that could not be sent: refused, or without words
    oldest_wish: int  #: of those acknowledged and not answered
