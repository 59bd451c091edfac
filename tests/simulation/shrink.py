"""A failure made small: events are left out as long as the same rule is still broken (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.simulation.acts import Happening
from tests.simulation.run import Outcome

Try = Callable[[Sequence[Happening]], Outcome]


def broken(outcome: Outcome) -> set[tuple[str, str]]:
    """Rules, and of which names."""
    return {(breach.rule, breach.name) for breach in outcome.breaches}


def shrink(events: Sequence[Happening], what: tuple[str, str], attempt: Try, most: int = 90) -> list[Happening]:
    """The shortest list that was found within ``most`` attempts in which ``what`` is broken."""
    kept = list(events)
    tries = 0

    def fails(some: Sequence[Happening]) -> bool:
        nonlocal tries
        tries += 1
        return what in broken(attempt(some))

    pieces = 2
    while len(kept) > 1 and tries < most:
        size = max(1, len(kept) // pieces)
        for begin in range(0, len(kept), size):
            rest = kept[:begin] + kept[begin + size :]
            if tries < most and fails(rest):
                kept, pieces = rest, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(kept), pieces * 2)
    return kept


def story(events: Sequence[Happening]) -> str:
    return "\n".join(f"  {event}" for event in events)
