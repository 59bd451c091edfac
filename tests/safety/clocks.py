"""A world in which the bot's clock is the real one, on a machine whose clocks are moved by hand."""

from __future__ import annotations

import time
from pathlib import Path

from bot.app import Bot, Parts
from bot.config import settings as config
from bot.runtime.clock import SystemClock
from tests.clock import HandClock
from tests.safety.world import OrgWorld


class HandMachine(SystemClock):
    """Slack's time is learned from its answers; the machine's own clocks are ``hand``'s."""

    def __init__(self, hand: HandClock) -> None:
        super().__init__(lambda: hand.machine() / 1000, lambda: hand.boottime() / 1000, hand.boot)
        self._hand = hand

    def monotonic(self) -> float:
        return self._hand.monotonic()

    def delay_until(self, instant: int) -> float:
        return 3600.0


class ClockWorld(OrgWorld):
    """``clock`` is the true time, Slack's and the platform's; ``told`` is what the bot makes of Slack's answers."""

    told: HandMachine

    def __init__(self, path: Path, **environ: str) -> None:
        super().__init__(path, **environ)
        self.told = HandMachine(self.clock)

    def bot_of(self, environ: dict[str, str]) -> Bot:
        self.told = HandMachine(self.clock)
        pacing = lambda: time.monotonic() * 1000  # noqa: E731
        return Bot(config.load(environ, None), Parts(clock=self.told, pacing=pacing))

    async def heard(self, times: int = 1, seconds: float = 61) -> None:
        """Slack answers so often, each time after ``seconds``."""
        for _ in range(times):
            self.clock.forward(round(seconds * 1000))
            await self.bot.messenger.call("auth.test")
        await self.settle()

    @property
    def wrong(self) -> float:
        """By how many seconds the bot is wrong."""
        return (self.told.now() - self.clock.now()) / 1000
