"""Bots that are wrong on purpose: what proves anything must see each of these fail.

The wrong bots of before, and one for every need of every step that cannot be taken back: it does not ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, ClassVar

import aiohttp

import bot.app
from bot.model import permits
from bot.model.needs import CHECKS, Case, Need
from bot.model.permits import NEEDS, Step
from bot.runtime.clock import SystemClock
from bot.services import approving
from bot.services.outbox import reconciling
from storage import domains
from tests.simulation import process
from tests.simulation.storing import InlineStore
from tests.wrong_bots import Blind, MarkedFirst, NoIntention, Retrying, approve_first, overwrite, trust

#: (object, name of what is replaced, what takes its place)
Patch = tuple[Any, str, Any]


class InlineNoIntention(NoIntention, InlineStore):
    """In virtual time."""


class InlineMarkedFirst(MarkedFirst, InlineStore):
    """In virtual time."""


class RetryingSoon(Retrying):
    """In virtual time."""

    after: ClassVar[float] = 1
    how: ClassVar[dict[str, Any]] = {"error_types": [aiohttp.ServerDisconnectedError]}


#: The wrong bots of before.
BOTS: Mapping[str, tuple[Patch, ...]] = MappingProxyType(
    {
        "no intention is stored": ((process, "InlineStore", InlineNoIntention),),
        "marked as sent before it is": ((process, "InlineStore", InlineMarkedFirst),),
        "sent again without looking": ((bot.app, "Messenger", Blind),),
        "looks before it has settled": ((reconciling, "OURS", 0), (reconciling, "EARLIER", 0)),
        "slack_sdk sends again by itself": ((bot.app, "Messenger", RetryingSoon),),
        "the machine's own clock is trusted": ((SystemClock, "heard", trust),),
        "saved without comparing": ((domains, "_compare_and_set", overwrite),),
        "activated before that is on disk": ((approving, "approve", approve_first),),
    }
)


def without(step: Step, need: Need) -> Patch:
    """``step`` does not ask for ``need``."""
    row = tuple(one for one in NEEDS[step] if one is not need)
    return permits.decide, "__defaults__", (MappingProxyType({**NEEDS, step: row}),)


#: By name: a bot that is careless about one need of one step.
CARELESS: Mapping[str, tuple[Step, Need]] = MappingProxyType(
    {f"{step.value} without {need.value}": (step, need) for step, needs in NEEDS.items() for need in needs}
)


@contextmanager
def watched() -> Iterator[tuple[Counter[tuple[Step, Need]], Counter[tuple[Step, Need]]]]:
    """How often a need stood between the right bot and a step: it alone, and at all.

    Where it was never missing a bot that is careless about it does the same as the right one, in every line.
    """
    alone: Counter[tuple[Step, Need]] = Counter()
    missed: Counter[tuple[Step, Need]] = Counter()

    def weigh(step: Step) -> Callable[[Case], None]:
        def check(case: Case) -> None:
            lacking = [need for need in NEEDS[step] if CHECKS[need](case) is not None]
            missed.update((step, need) for need in lacking)
            if len(lacking) == 1:
                alone[step, lacking[0]] += 1

        return check

    checks: Any = {**CHECKS, **{f"watch {step.value}": weigh(step) for step in NEEDS}}
    table: Any = {step: (*needs, f"watch {step.value}") for step, needs in NEEDS.items()}
    with patched(((permits.decide, "__defaults__", (table,)), (permits, "CHECKS", checks))):
        yield alone, missed


MUTANTS: Mapping[str, tuple[Patch, ...]] = MappingProxyType(
    {**BOTS, **{name: (without(*one),) for name, one in CARELESS.items()}}
)


@contextmanager
def mutant(name: str) -> Iterator[None]:
    """This bot instead of the right one."""
    with patched(MUTANTS[name]):
        yield


@contextmanager
def patched(patches: Sequence[Patch]) -> Iterator[None]:
    undo: list[Callable[[], None]] = []
    try:
        for target, attribute, value in patches:
            was = getattr(target, attribute)
            undo.append(lambda target=target, attribute=attribute, was=was: setattr(target, attribute, was))  # type: ignore[misc]
            setattr(target, attribute, value)
        yield
    finally:
        for back in undo:
            back()
