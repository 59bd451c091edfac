"""Campaigns that send from a domain, as far as the platform shows them: which of them would send too early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Campaign:
    """``live``: switched on, or not stopped yet. ``starts``: its schedule switches it on then (UTC ms), if at all."""

    id: str
    name: str
    live: bool
    starts: int | None = None

    def early(self, until: int) -> bool:
        """Whether it sends, or will send, before ``until`` (UTC ms)."""
        return self.live or (self.starts is not None and self.starts < until)

    def as_facts(self) -> dict[str, Any]:
        return {"name": self.name, "live": self.live, "starts": self.starts}


@dataclass(frozen=True, slots=True)
class Campaigns:
    """``seen``: the platform lets us see campaigns; ``schedules``: their schedules, too. None seen is not none.

    ``unclear``: switched on, and the platform does not say from which domain they send.
    """

    found: tuple[Campaign, ...] = ()
    seen: bool = False
    schedules: bool = False
    unclear: tuple[Campaign, ...] = ()

    def early(self, until: int) -> tuple[Campaign, ...]:
        return tuple(c for c in self.found if c.early(until))

    def as_facts(self) -> list[dict[str, Any]] | None:
        """None where they cannot be seen."""
        return [c.as_facts() for c in self.found] if self.seen else None

    @property
    def live(self) -> tuple[Campaign, ...]:
        return tuple(c for c in self.found if c.live)


def set_of(campaigns: tuple[Campaign, ...]) -> str:
    """The same for the same campaigns, whatever their order: each distinct set is named once."""
    return " ".join(sorted(f"{c.id}:{'on' if c.live else c.starts}" for c in campaigns))
