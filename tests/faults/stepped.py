"""A world on the real clocks, at a quick pace, on a machine whose own clock is wrong by ``ahead`` seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.schedulers.base
import pytest

from bot.app import Bot, Parts
from bot.config import settings
from bot.model.lifecycle import State
from tests.faults.ledger import Ledger
from tests.scenarios.world import ALEX, NAME, SAM, RealClock, World

#: Two hours in six seconds: more than the two to which a clock that follows Slack's Date header is true.
PACE = 1200


class SteppedWorld(World):
    """``world.ahead += 3600`` steps the machine's clock; Slack's stays right."""

    two_hours = 7200 / PACE  #: s

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch, **environ: str) -> None:
        super().__init__(path, socket=False, SLACK_TIMEOUT="0.6", EMAILDOMAIN_PACE=str(PACE), **environ)
        self.ahead = 0.0
        world = self

        class Wrong(datetime):
            """What APScheduler goes by."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + timedelta(seconds=world.ahead)  # noqa: TID251 - it is stepped here

        monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Wrong)
        for part in (self.slack.workspace, self.slack._api, self.slack._http, self.slack.context.triggers):
            for name in ("clock", "_clock"):
                if hasattr(part, name):
                    setattr(part, name, RealClock())
        self.lab = type(self.lab)(now=RealClock().now)

    def _machine(self) -> float:
        return RealClock().now() / 1000 + self.ahead

    async def __aenter__(self) -> SteppedWorld:
        await super().__aenter__()
        self.zone = self.lab.zones["xyzcorp.com"]
        return self

    async def start(self) -> None:
        self._bot = Bot(settings.load(self.environ, None), Parts(wall=self._machine, pacing=time.monotonic))
        await self.bot.start()
        self.slack.request_url = f"http://127.0.0.1:{self.bot.front.port}/slack/events"
        await self.until(lambda: self.bot.ports.identity() is not None)

    async def settle(self) -> None:
        """Time passes by itself here."""

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.path / "emaildomain.db")

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(40):
            while not met():  # noqa: ASYNC110 - it happens by the clock
                await asyncio.sleep(0.01)

    async def until_waiting(self) -> None:
        await self.slack.command(ALEX, "C0MAIL", f"add {NAME}")
        await self.until(lambda: bool(self.said("records")))
        await self.publish()
        await self.until(lambda: bool(self.said("ready")))
        await self.slack.click(ALEX, self.said("ready")[0], "activate")
        await self.until(lambda: bool(self.said("approval")))
        await self.slack.click(SAM, self.said("approval")[0], "approve")
        await self.until(lambda: self.ledger.state(NAME) == State.WAITING)

    async def until_open(self) -> None:
        await self.until(lambda: bool(self.said("sending_allowed")))
        await self.until(self.ledger.settled)
