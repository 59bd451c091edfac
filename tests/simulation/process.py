"""One bot after another on one file: started, killed at any line or between two commits, started again."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.app import Bot, Parts
from bot.config import settings as config
from bot.config.settings import Settings
from bot.runtime.http_server import HttpServer
from bot.runtime.scheduler import Intervals
from tests.simulation.loop import VirtualLoop, context_of
from tests.simulation.scheduler import VirtualScheduler
from tests.simulation.slack import API
from tests.simulation.storing import Fuse, InlineStore

#: The pulse is a net below what is armed by itself; it rings seldom here, so that nothing comes to rest upon it.
INTERVALS = Intervals(heartbeat=600.0, clocks=60.0)


class Doorless(HttpServer):
    """Nothing listens: requests come in by a call."""

    def __init__(self) -> None:
        async def nothing() -> Mapping[str, str]:
            return {}

        async def unmeasured() -> None: ...

        super().__init__("", 0, nothing, nothing, unmeasured, CollectorRegistry())

    @property
    def port(self) -> int:
        return 0

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""


@cache
def settings(path: Path, approvals: int, approvers: str) -> Settings:
    return config.load(
        {
            "SLACK_BOT_TOKEN": "xoxb-simulated", "SLACK_API_URL": API, "SLACK_SIGNING_SECRET": "signing-secret",
            "HOST": "127.0.0.1", "PORT": "0", "EMAILDOMAIN_DATABASE": str(path), "EMAILDOMAIN_PLATFORM": "genesys",
            "GENESYSCLOUD_API_URL": "http://127.0.0.1:9", "GENESYSCLOUD_LOGIN_URL": "http://127.0.0.1:9",
            "GENESYSCLOUD_OAUTHCLIENT_ID": "id", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "secret",
            "EMAILDOMAIN_APPROVALS": str(approvals), "EMAILDOMAIN_APPROVERS": approvers,
        }, None,
    )  # fmt: skip


class Process:
    """One life of the bot's process. ``parts`` are the machines it meets."""

    def __init__(self, number: int, loop: VirtualLoop, given: Settings, fuse: Fuse, parts: Mapping[str, Any]) -> None:
        self.number, self._loop, self._settings, self._fuse = number, loop, given, fuse
        self._parts = dict(parts)
        self.context: contextvars.Context = context_of(number)
        self.bot: Bot | None = None
        self.stores: list[InlineStore] = []
        self.up = True
        self.grave: list[asyncio.Task[Any]] = []
        self._life = loop.create_task(self._live(), context=self.context)

    async def _live(self) -> None:
        wall = self._parts["wall"]

        def store(path: Path, clock: Any) -> InlineStore:
            made = InlineStore(path, clock, self._fuse)
            self.stores.append(made)
            return made

        dns = self._parts.pop("dns")
        parts = Parts(
            store=store, scheduler=lambda: VirtualScheduler(wall), intervals=INTERVALS, monotonic=self._loop.time,
            boottime=self._loop.time,
            pacing=self._loop.time, **self._parts,
        )  # fmt: skip
        bot = Bot(self._settings, parts)
        bot.front = Doorless()
        looked: Any = dns(bot.ports.clock.now)
        bot.dns = looked
        object.__setattr__(bot.ports, "dns", looked)
        await bot.start()
        self.bot = bot

    async def serve(self, body: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """One request from Slack; for ever, where the process dies meanwhile."""
        bot = self.bot
        if not self.up or bot is None:
            return None
        answer: asyncio.Future[tuple[int, str]] = self._loop.create_future()

        async def handle() -> None:
            if bot.slack.http is None or not bot.slack.http.is_genuine(body, headers):
                answer.set_result((401, "invalid request"))
                return
            request = AsyncBoltRequest(body=body, headers=dict(headers))
            response = await bot.slack.app.async_dispatch(request)
            if not answer.done():
                answer.set_result((response.status, response.body))

        self._loop.create_task(handle(), context=self.context)
        return await answer

    def kill(self) -> None:
        """It never runs another line. What its tasks hold stays as it is, until :meth:`bury`."""
        self.up = False
        self._loop.dead.add(self.number)
        for store in self.stores:
            store.abandon()
        self.grave = [task for task in asyncio.all_tasks(self._loop) if not task.done()]

    def bury(self) -> None:
        """After the loop has ended."""
        for task in self.grave:
            close(task)
        if self.bot is not None:
            for work in self.bot.background._waiting:
                work.close()


def close(task: asyncio.Task[Any]) -> None:
    """Let go of what a task was doing; what it does on its way out does not count."""
    if task.done():
        return
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    with contextlib.suppress(BaseException):
        task.get_coro().close()
