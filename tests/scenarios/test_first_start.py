"""The very first start: Slack has not said yet which workspace this is, and somebody types already."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.app import Bot, Parts
from bot.config import settings
from bot.model.outbox import Intent
from bot.tryout.slack.simulated import words
from storage.sqlite import SqliteStore
from tests.scenarios.world import ALEX, CHANNEL, NAME, World


class SlowStore(SqliteStore):
    """On a slow disk it takes a while to read what a kill left unfinished."""

    async def unfinished(self) -> Sequence[Intent]:
        await asyncio.sleep(0.3)
        return await super().unfinished()


class Impatient(World):
    """Types at the first moment, and again until it is accepted."""

    async def start(self) -> None:
        self._bot = Bot(settings.load(self.environ, None), Parts(clock=self.clock))
        self.bot.store.__class__ = SlowStore
        self.slack.faults.add("users.info", "slow", seconds=0.6)
        await self.bot.start()
        await self.slack.socket.opened(1)
        # A refusal travels in the acknowledgement.
        while (await self.slack.command(ALEX, CHANNEL, f"add {NAME}")).body:  # noqa: ASYNC110 - as people do
            await asyncio.sleep(0.05)
        await self.bot.identity.known()
        await self.settle()


async def test_what_is_typed_at_the_first_moment_is_carried_out_once(tmp_path: Path) -> None:
    async with Impatient(tmp_path, socket=True) as world:
        told = [words(message) for message in world.slack.private(ALEX)]
        assert len([text for text in told if "just started" not in text]) == 1
