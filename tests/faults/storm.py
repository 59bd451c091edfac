"""Many domains at once, killed again and again at random, over a Slack that fails a few calls in a hundred."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.model.lifecycle import State
from bot.tryout.message import Json
from tests.faults.mutants import live
from tests.faults.town import Town
from tests.scenarios.world import ALEX, SAM, SUZUKI, ZONE

#: Seconds. Small, so that many kills fit into a minute; settling takes three and four times this.
SLACK_TIMEOUT = 0.4

#: What happens to a call of the Web API, of a hundred.
FAULTS: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    ("chat.postMessage", "drop_after", 5, {}),
    ("chat.postMessage", "drop_before", 3, {}),
    ("chat.postMessage", "hang", 2, {"act": True}),
    ("chat.postMessage", "slow", 6, {"seconds": SLACK_TIMEOUT * 1.5}),  # accepted after nobody waits any more
    ("chat.postMessage", "status", 3, {"act": True}),
    ("chat.postMessage", "fatal_error", 3, {"act": True}),
    ("chat.postMessage", "ratelimited", 3, {"retry_after": 1}),
    ("chat.update", "drop_after", 3, {}),
    ("chat.update", "status", 3, {}),
    ("conversations.*", "status", 2, {}),
    ("users.info", "drop_before", 2, {}),
    ("response_url", "drop_after", 3, {}),
)


@dataclass
class Tally:
    kills: int = 0
    lives: int = 0
    messages: int = 0
    wrong: list[str] = field(default_factory=list)


class Storm(Town):
    """``await Storm(path, seed).blow(kills=300)``. ``mutant`` names one of the wrong bots."""

    def __init__(self, path: Path, seed: int, *, mutant: str = "", worse: float = 1.0) -> None:
        super().__init__(path, SLACK_TIMEOUT=str(SLACK_TIMEOUT), PORT=str(_free_port()))
        self._random = random.Random(seed)
        self._mutant, self._worse = mutant, worse
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(["tests.faults.mutants"])
        self._child: Any = None
        self._names = 0
        self._over = False
        self.tally = Tally()

    # ---- lives of the process: forked, because importing everything takes longer than a life

    async def start(self) -> None:
        self.port = int(self.environ["PORT"])
        self._child = self._forks.Process(target=live, args=(self.environ, self._mutant, self.path / "log"))
        self._child.start()
        self.slack.request_url = f"http://127.0.0.1:{self.port}/slack/events"

    async def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            await asyncio.to_thread(self._child.join)
            self._child.close()
            self._child = None

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        await super().__aexit__()

    # ---- the storm

    async def blow(self, kills: int, domains: int = 6) -> Tally:
        for method, kind, percent, options in FAULTS:
            self.slack.faults.add(method, kind, None, where=self._now_and_then(percent * self._worse), **options)
        await self.start()
        await self._up()
        people = [asyncio.create_task(self._people()) for _ in range(domains)]
        for _ in range(kills):
            short = self._random.random() < 0.8
            await asyncio.sleep(self._random.uniform(0.02, 0.6) if short else self._random.uniform(2.0, 4.0))
            await self.kill()
            self.tally.kills += 1
            await self.start()
            if self._random.random() < 0.8:
                await self._up()  # the others die while they start
        await self._up()
        self._over = True
        self.slack.faults.clear()
        try:
            await asyncio.wait_for(asyncio.gather(*people), 120)
            await self.until(self.ledger.settled, "everything is said and answered", 60)
        except (TimeoutError, AssertionError) as error:
            self.tally.wrong.append(f"never over: {error}"[:2000])
        finally:
            for person in people:
                person.cancel()
            await asyncio.gather(*people, return_exceptions=True)
        await self.kill()
        self.tally.messages = len(self.messages())
        self.tally.wrong += self.ledger.faults(self.messages())
        return self.tally

    def _now_and_then(self, percent: float) -> Callable[[Json], bool]:
        return lambda _: self._random.random() * 100 < percent

    async def _up(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(60):
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    # ---- people

    async def _people(self) -> None:
        """One domain after another, from *add* to *removed*."""
        while not self._over:
            self._names += 1
            name, channel = f"n{self._names}.{ZONE}", f"C0CHANNEL{self._names:03}"
            self.slack.workspace.add_channel(channel, name, members=[ALEX, SAM, SUZUKI])
            await self._life(name, channel)
            self.tally.lives += 1
            self.tally.wrong += self._not_once(name)

    async def _life(self, name: str, channel: str) -> None:
        """People look now and then and do what the state asks for; again, if it seems not to have happened."""
        opened = False
        while (state := await self._state(name)) != State.REMOVED:
            match state:
                case None:
                    await self._type(channel, f"add {name}")
                case State.AWAITING_DNS | State.STALLED:
                    self.publish(name)
                case State.READY:
                    await self._type(channel, f"activate {name}")
                case State.AWAITING_APPROVAL:
                    await self._vote(name)
                case State.OPEN:
                    opened = True
                    await self._remove(name, channel)
                case State.REMOVING:
                    self.zone.remove(name, "CNAME")
            await asyncio.sleep(0.4)
        if not opened and not self.ledger.passages(name):
            self.tally.wrong.append(f"removed before it was open: {name}")

    async def _state(self, name: str) -> str | None:
        return self.ledger.state(name) if self.database.exists() else None

    async def _type(self, channel: str, text: str) -> None:
        await self.slack.command(ALEX, channel, text)

    async def _vote(self, name: str) -> None:
        for message in self.messages("approval", name)[-1:]:
            if '"action_id": "approve"' in str(message.blocks).replace("'", '"'):
                await self.slack.click(self._random.choice([SAM, SUZUKI]), message, "approve", stale=True)

    async def _remove(self, name: str, channel: str) -> None:
        if self.ledger.body(name)["round"]:
            await self._vote(name)
            return
        await self._type(channel, f"remove {name}")
        await asyncio.sleep(0.3)
        for message in self.slack.private(ALEX)[::-1]:
            if message.channel == channel and "remove_anyway" in str(message.blocks):
                await self.slack.click(ALEX, message, "remove_anyway", stale=True)
                return

    def _not_once(self, name: str) -> list[str]:
        """An activation may be given up (its deadline passes while nobody is alive) and be approved again."""
        passages = self.ledger.passages(name)
        return [] if passages == 1 else [f"{passages} passages to waiting: {name}"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
