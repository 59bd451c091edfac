"""One more try with the platform that led nowhere: when the next one is."""

from __future__ import annotations

from bot.model.change import Draft
from bot.model.schedule import Rhythm, backoff


def again(draft: Draft, rhythm: Rhythm, first: str = "prepare_first", cap: str = "prepare_cap") -> int:
    """Counts the try. Returns the instant (UTC ms) of the next; ``first`` and ``cap`` are durations of the rhythm."""
    tries = draft.domain.platform_tries
    draft.set(platform_tries=tries + 1)
    return draft.now + backoff(rhythm[first], rhythm[cap], tries)
