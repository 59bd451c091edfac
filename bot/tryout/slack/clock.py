"""What the simulated Slack asks of a clock."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time as the simulated Slack sees it; tests and the try-out pass one that can be moved by hand."""

    def now(self) -> int:
        """The instant, in UTC milliseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment: what trigger ids, response URLs and rate limits are measured on."""
        ...
