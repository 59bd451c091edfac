"""Bots that are wrong on purpose: what proves anything must see each of these fail.

The wrong bots of before, and one for every need of every step that cannot be taken back: it does not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from sqlite_utils import Database

import bot.app
from bot.model import permits
from bot.model.change import Change
from bot.model.domain import EmailDomain
from bot.model.outbox import Notice
from bot.model.permits import NEEDS, Need, Step
from bot.runtime.clock import SystemClock
from bot.services import approving, updating
from bot.services.outbox import reconciling
from bot.slack.client import Messenger
from storage import codec, domains
from tests.simulation import process
from tests.simulation.storing import InlineStore

#: (object, name of what is replaced, what takes its place)
Patch = tuple[Any, str, Any]


class NoIntention(InlineStore):
    """Posts first and writes down afterwards, as an ordinary outbox does."""

    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None:
        return notice.__class__(**{f: getattr(notice, f) for f in notice.__slots__} | {"channel": channel})

    async def sent(self, notice: Notice, channel: str, ts: str, shown: str, version: int) -> None:
        begun = await super().begin_sending(notice, "nobody", 0, channel, None)
        if begun is not None:
            await super().sent(begun, channel, ts, shown, version)


class MarkedFirst(InlineStore):
    """Counts a message as sent before it is."""

    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None:
        begun = await super().begin_sending(notice, owner, anchor, channel, thread)
        if begun is not None:
            await super().sent(begun, channel, "1.000000", "", 0)
        return begun


class Blind(Messenger):
    """Sends again without looking whether the message is there."""

    async def find(self, channel: str, key: str, *, since: int, thread: str | None) -> str | None:
        return None


class Retrying(Messenger):
    """Lets slack_sdk send again after a dropped connection, as it does by default."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        soon = FixedValueRetryIntervalCalculator(1)
        self._client.retry_handlers = [AsyncConnectionErrorRetryHandler(interval_calculator=soon, error_types=_DROPPED)]


_DROPPED: list[Any] = [aiohttp.ServerDisconnectedError]


def _overwrite(db: Database, change: Change, saved: EmailDomain) -> None:
    """Saves whatever somebody else has saved meanwhile."""
    row = codec.domain_row(saved)
    values = ", ".join(f":{column}" for column in row)
    db.execute(f"INSERT OR REPLACE INTO domains ({', '.join(row)}) VALUES ({values})", row)


_APPROVE = approving.approve


async def _approve_first(ports: Any, name: str, token: str, *, by: Any) -> EmailDomain:
    """Activates at the platform first, and writes down afterwards that it was approved."""
    domain = await updating.find(ports, by.team, name)
    if domain.round is not None and domain.round.purpose == "activation":
        await ports.platform.activate(domain.name, domain.account)
    return await _APPROVE(ports, name, token, by=by)


#: The wrong bots of before.
BOTS: Mapping[str, tuple[Patch, ...]] = MappingProxyType(
    {
        "no intention is stored": ((process, "InlineStore", NoIntention),),
        "marked as sent before it is": ((process, "InlineStore", MarkedFirst),),
        "sent again without looking": ((bot.app, "Messenger", Blind),),
        "looks before it has settled": ((reconciling, "OURS", 0), (reconciling, "EARLIER", 0)),
        "slack_sdk sends again by itself": ((bot.app, "Messenger", Retrying),),
        "the machine's own clock is trusted": ((SystemClock, "heard", lambda self, instant: None),),
        "saved without comparing": ((domains, "_compare_and_set", _overwrite),),
        "activated before that is on disk": ((approving, "approve", _approve_first),),
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
