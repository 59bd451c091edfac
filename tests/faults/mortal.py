"""A bot in this process that dies at the n-th write, before or after it is on disk; and what comes after."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from bot.app import Bot, Parts
from bot.config import settings
from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.tryout.slack.simulated import Delivery, Message
from storage.database_file import connect
from storage.writer import Writer, _Job
from tests.faults.ledger import Ledger
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, World

Side = Literal["before", "after"]


class MortalWriter(Writer):
    """Commits ``n - 1`` times; the n-th commit is never made, or made and never reported. Then nothing more."""

    def __init__(self, path: Path, n: int | None, side: Side, died: Callable[[], object]) -> None:
        self.commits = 0
        self._n, self._side, self._died = n, side, died
        self._dead = threading.Event()
        super().__init__(lambda: connect(path))

    def _commit(self, db: Database, jobs: list[_Job]) -> None:
        if self._dead.is_set():
            return
        self.commits += 1
        if self.commits != self._n:
            super()._commit(db, jobs)
            return
        self._dead.set()
        if self._side == "after":
            super()._commit(db, [_Job(job.work, job.loop) for job in jobs])  # nobody waits for these
        self._died()


class MortalWorld(World):
    """Dies once, at the ``n``-th write of its first life (never where None), and is started again at once."""

    def __init__(self, path: Path, n: int | None, side: Side = "before") -> None:
        super().__init__(path, SLACK_TIMEOUT="0.5")
        self._n, self._side = n, side
        self.deaths = 0
        self._death = asyncio.Event()
        self._watched = False
        self.writer: MortalWriter | None = None

    async def __aenter__(self) -> MortalWorld:
        await super().__aenter__()
        return self

    async def start(self) -> None:
        """As the world's own; the first life is the mortal one, and a death on the way is survived."""
        await self.alive(self._start)

    async def _start(self) -> None:
        self._bot = Bot(
            settings.load(self.environ, None), Parts(clock=self.clock, pacing=lambda: time.monotonic() * 1000)
        )
        if self.writer is None:
            loop = asyncio.get_running_loop()
            self._bot.store._writer.close()
            self.writer = MortalWriter(
                self._bot.store.path, self._n, self._side, lambda: loop.call_soon_threadsafe(self._death.set)
            )
            self._bot.store._writer = self._bot.store._repeats._writer = self.writer
        await self._bot.start()
        self.slack.request_url = f"http://127.0.0.1:{self._bot.front.port}/slack/events"
        while self._bot.ports.identity() is None:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.002)
        await super().settle()

    async def settle(self) -> None:
        await self.alive(super().settle)

    async def alive(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do something with the bot; if it dies meanwhile, a new one is started. None if nothing came of it."""
        if self._watched:
            return await work()
        self._watched = True
        task = asyncio.ensure_future(work())
        death = asyncio.ensure_future(self._death.wait())
        await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
        self._watched = False
        death.cancel()
        if not self._death.is_set():
            return await task
        self._death.clear()
        self.deaths += 1
        await self._abandon()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
        await self.start()
        return None

    async def _abandon(self) -> None:
        """The process ends here: nothing is finished, nothing is put down."""
        bot, self._bot = self.bot, None
        await bot.identity.stop()
        await bot.background.drain(0)
        await bot.jobs.stop()
        if bot.front._runner is not None:
            bot.front._runner._shutdown_timeout = 0.01
        await bot.front.stop()
        await bot.dns.close()
        await bot._session.close()
        await bot.store.close()

    # ---- people, who try again when Slack says that the app did not respond

    async def insist(self, act: Callable[[], Awaitable[Delivery]]) -> None:
        for _ in range(3):
            delivery = await self.alive(act)
            await self.settle()
            if delivery is not None and delivery.problem is None:
                return
        raise AssertionError("never acknowledged")

    async def type(self, person: str, text: str) -> None:
        await self.insist(lambda: self.slack.command(person, CHANNEL, text))

    async def press(self, person: str, message: Message, action: str) -> None:
        await self.insist(lambda: self.slack.click(person, message, action, stale=True))

    async def reach(self, met: Callable[[], bool], what: str, **step: float) -> None:
        """Let time pass until something is so."""
        for _ in range(60):
            await self.settle()
            if met():
                return
            await self.forward(**(step or {"seconds": 5}))
        raise AssertionError(f"in vain: {what}\n{self.ledger.summary()}\n{self.kinds()}")

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.path / "emaildomain.db")

    async def is_in(self, state: State, **step: float) -> None:
        await self.reach(lambda: self.ledger.state(NAME) == state and self.ledger.settled(), f"{state}", **step)

    async def live(self) -> None:
        """A whole life and its end."""
        await self.type(ALEX, f"add {NAME}")
        await self.is_in(State.AWAITING_DNS)
        await self.publish()
        await self.is_in(State.READY)
        await self.press(ALEX, self.said("ready")[0], "activate")
        await self.is_in(State.AWAITING_APPROVAL)
        await self.press(SAM, self.said("approval")[0], "approve")
        await self.is_in(State.WAITING)
        await self.is_in(State.OPEN, minutes=10)
        txt = next(r for r in (await self.domain()).records if r.type is RecordType.TXT)
        self.zone.remove(txt.host, "TXT")
        await self.is_in(State.DEGRADED, minutes=15)
        self.zone.publish(txt)
        await self.is_in(State.OPEN, minutes=15)
        await self.type(ALEX, f"remove {NAME}")
        await self.reach(lambda: bool(self._offers(ALEX)), "the removal is offered")
        await self.press(ALEX, self._offers(ALEX)[-1], "remove_anyway")
        await self.reach(lambda: len(self.said("approval")) > 1 and self.ledger.settled(), "the removal is asked for")
        await self.press(SAM, self.said("approval")[-1], "approve")
        await self.is_in(State.REMOVING)
        self.zone.remove(NAME, "CNAME")
        await self.is_in(State.REMOVED, minutes=5)

    def _offers(self, person: str) -> list[Message]:
        return [m for m in self.slack.private(person) if "remove_anyway" in str(m.blocks)]
