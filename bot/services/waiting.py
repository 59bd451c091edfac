"""The two hours of a domain whose activation nobody here saw: since when it is provisioned is not known."""

from __future__ import annotations

from bot.model.change import Draft
from bot.model.lifecycle import State
from bot.model.schedule import Rhythm


def from_now(draft: Draft, rhythm: Rhythm) -> int:
    """Counted from now. Returns their end (UTC ms)."""
    now = draft.now
    opens = now + rhythm.timers[State.WAITING]
    draft.set(accepted_at=now, verified_at=now, provisioned_at=now, opens_at=opens, next_guard_at=now)
    return opens
