"""Bots that are wrong on purpose: what proves anything must see each of these fail.

The wrong bots of before, and one for every need of every step that cannot be taken back: it does not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, ClassVar

import aiohttp

import bot.app
from bot.model import permits
from bot.model.needs import Need
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


def without(step: Step, need: Need) -> Mapping[Step, tuple[Need, ...]]:
    return MappingProxyType({**NEEDS, step: tuple(one for one in NEEDS[step] if one is not need)})


def _careless() -> Iterator[tuple[str, tuple[Patch, ...]]]:
    for step, needs in NEEDS.items():
        for need in needs:
            table = without(step, need)
            yield f"{step.value} without {need.value}", ((permits.decide, "__defaults__", (table,)),)


MUTANTS: Mapping[str, tuple[Patch, ...]] = MappingProxyType({**BOTS, **dict(_careless())})


@contextmanager
def mutant(name: str) -> Iterator[None]:
    """This bot instead of the right one."""
    undo: list[Callable[[], None]] = []
    try:
        for target, attribute, value in MUTANTS[name]:
            was = getattr(target, attribute)
            undo.append(lambda target=target, attribute=attribute, was=was: setattr(target, attribute, was))  # type: ignore[misc]
            setattr(target, attribute, value)
        yield
    finally:
        for back in undo:
            back()
