"""The bot without Slack's door and without a network: real services, a real database, and a fuse to kill it with."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from bot.config import settings
from bot.errors import AlreadyDone, Problem, Superseded
from bot.i18n.translator import translator
from bot.model.outbox import Intent
from bot.model.people import Identity, Who
from bot.model.schedule import Rhythm
from bot.ports import Ports
from bot.services import activating, adding, approving, checking, removing
from bot.services.outbox.delivering import Deliverer
from bot.services.outbox.refreshing import CONVERGING
from bot.services.sweeping import Sweeper
from storage.sqlite import SqliteStore
from tests.lives.outside import CHANNEL, TEAM, TIMEOUT, Clock, Directory, Dns, Fuse, Killed, Platform, Slack

T = TypeVar("T")

SETTINGS = settings.load(
    {
        "SLACK_BOT_TOKEN": "xoxb-lives", "SLACK_SIGNING_SECRET": "secret", "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_TIMEOUT": str(round(TIMEOUT)), "EMAILDOMAIN_PLATFORM": "embedded",
    }, None,
)  # fmt: skip

Action = Callable[[Ports, dict[str, Any], Who], Awaitable[Any]]
ACTIONS: dict[str, Action] = {
    "add": lambda p, b, who: adding.add(p, b["name"], by=who),
    "activate": lambda p, b, who: activating.ask(p, b["name"], by=who),
    "approve": lambda p, b, who: approving.approve(p, b["name"], b["token"], by=who),
    "reject": lambda p, b, who: approving.reject(p, b["name"], b["token"], "no", by=who),
    "withdraw": lambda p, b, who: approving.withdraw(p, b["name"], b["token"], by=who),
    "remove": lambda p, b, who: removing.remove(p, b["name"], by=who),
    "keep": lambda p, b, who: activating.keep_waiting(p, b["name"], by=who),
    "check": lambda p, b, who: checking.check(p, b["name"], by=who, pressed=True),
}


class Mortal(SqliteStore):
    """The real store; the fuse burns before and after each commit."""

    fuse: Fuse

    async def _write(self, work: Callable[[Database], T]) -> T:
        self.fuse.burn()
        result = await super()._write(work)
        self.fuse.burn()
        return result


class Life:
    """One process after another on one database. ``await life.act(...)``, ``sweep()``, ``deliver()``, ``kill()``."""

    def __init__(self, path: Path, empty: Path) -> None:
        self.path = path
        shutil.copy(empty, path)
        self.clock, self.fuse = Clock(), Fuse()
        self.slack = Slack(self.clock, self.fuse)
        self.dns = Dns(self.clock)
        self.platform = Platform(self.clock, self.fuse, self.dns)
        self.lives = self.taken = 0
        self.next_at: int | None = None

    async def start(self) -> None:
        self.lives += 1
        self.fuse.left, self.fuse.dead = None, False
        self.store = Mortal(self.path, self.clock, TEAM)
        self.store.fuse = self.fuse
        self.ports = Ports(
            settings=SETTINGS, rhythm=Rhythm.at(1), clock=self.clock, store=self.store, dns=self.dns,
            platform=self.platform, messenger=self.slack, directory=Directory(), translate=translator,
            identity=lambda: Identity(TEAM, "U0BOT", "B0BOT"), wake=self._wake,
            foreign=lambda: False,
        )  # fmt: skip
        self.sweeper = Sweeper(self.ports)
        self.deliverer = Deliverer(self.ports, f"life {self.lives}")
        await self.store.mark_all_stale(CONVERGING)
        for intent in await self.store.unfinished():
            await self._carry_out(intent)

    def _wake(self) -> None:
        self.deliverer.ring()

    async def stop(self) -> None:
        self.fuse.dead = True
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.store.close()

    async def kill(self) -> None:
        await self.stop()
        await self.start()

    async def mortal(self, work: Awaitable[object]) -> bool:
        """Do it; True where it killed the process, which is then started again."""
        try:
            await work
        except Killed:
            await self.kill()
            return True
        self.fuse.left = None
        return False

    # ---- what people and time do

    async def act(self, what: str, who: str, **body: Any) -> None:
        """Stored, acknowledged, carried out: as behind Slack's door."""
        self.taken += 1
        intent = Intent(f"wish {self.taken}", TEAM, {"what": what, "who": who, **body}, self.clock.now())
        await self.store.take(intent)
        await self._carry_out(intent)

    async def _carry_out(self, intent: Intent) -> None:
        body = intent.body
        by = Who(body["who"], TEAM, CHANNEL, "en", intent.key)
        for _ in range(3):
            try:
                await ACTIONS[body["what"]](self.ports, body, by)
            except Superseded:
                continue
            except (AlreadyDone, Problem):
                break
            break
        await self.store.finish(intent.key)

    async def sweep(self) -> None:
        self.next_at = await self.sweeper.sweep()

    async def deliver(self) -> float | None:
        self.slack.settle()
        return await self.deliverer.deliver()
