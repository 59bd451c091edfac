"""What bots that are wrong on purpose do: whatever proves something must see each of them fail.

They live in processes that are killed (tests.faults.mutants) and in virtual time (tests.simulation.mutants).
"""

from __future__ import annotations

from typing import Any, ClassVar

from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from sqlite_utils import Database

from bot.model.change import Change
from bot.model.domain import EmailDomain
from bot.model.outbox import Notice
from bot.model.permits import Step
from bot.runtime.clock import SystemClock
from bot.services import approving, updating
from bot.slack.client import Messenger
from storage import codec
from storage.sqlite import SqliteStore
from tests import permits


class NoIntention(SqliteStore):
    """Posts first and writes down afterwards, as an ordinary outbox does."""

    async def begin_sending(
        self, notice: Notice, owner: str, anchor: int, channel: str, thread: str | None
    ) -> Notice | None:
        return notice.__class__(**{f: getattr(notice, f) for f in notice.__slots__} | {"channel": channel})

    async def sent(self, notice: Notice, channel: str, ts: str, shown: str, version: int) -> None:
        begun = await super().begin_sending(notice, "nobody", 0, channel, None)
        if begun is not None:
            await super().sent(begun, channel, ts, shown, version)


class MarkedFirst(SqliteStore):
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
    """Lets slack_sdk send again after a dropped connection, as it does by default (there after a second or so).

    ``after`` in seconds; ``how`` are further arguments of its handler.
    """

    after: ClassVar[float] = 0.02
    how: ClassVar[dict[str, Any]] = {}

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        soon = FixedValueRetryIntervalCalculator(self.after)
        self._client.retry_handlers = [AsyncConnectionErrorRetryHandler(interval_calculator=soon, **self.how)]


def trust(clock: SystemClock, instant: int) -> None:
    """What Slack says of the time is not heard."""
    clock.sure = True


def overwrite(db: Database, change: Change, saved: EmailDomain) -> None:
    """Saves whatever somebody else has saved meanwhile."""
    row = codec.domain_row(saved)
    values = ", ".join(f":{column}" for column in row)
    db.execute(f"INSERT OR REPLACE INTO domains ({', '.join(row)}) VALUES ({values})", row)


async def approve_first(ports: Any, name: str, token: str, *, by: Any) -> EmailDomain:
    """Activates at the platform first, and writes down afterwards that it was approved."""
    domain = await updating.find(ports, by.team, name)
    if domain.round is not None and domain.round.purpose == "activation":
        await ports.platform.activate(permits.permit(Step.ACTIVATE, domain.name, domain.account))
    return await _APPROVE(ports, name, token, by=by)


_APPROVE = approving.approve
