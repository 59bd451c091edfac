"""A workspace and its DNS in this process, on the real clock; the bot as a process of its own, which can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiohttp

from bot.model.lifecycle import State
from bot.model.records import DnsRecord
from bot.slack import manifest
from bot.tryout.dns import DnsLab
from bot.tryout.slack.simulated import Delivery, Message, SimulatedSlack
from tests.faults.ledger import Ledger, payload
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, ZONE, RealClock

ROOT = Path(__file__).parents[2]
#: Two hours in two seconds.
PACE = 3600
#: Generous: other work may be running on the machine that runs the tests.
PATIENCE = 60.0


async def is_up(ready: aiohttp.ClientResponse) -> bool:
    """Whether work has begun: Slack has answered and is connected."""
    return ready.status == 200 and not {"slack", "socket"} & (await ready.json())["warnings"].keys()


class Town:
    """``async with Town(tmp_path) as town``; ``await town.start()``, ``await town.kill()``."""

    def __init__(self, path: Path, *, socket: bool = False, pace: float = PACE, **environ: str) -> None:
        self.path, self.socket = path, socket
        self.database = path / "emaildomain.db"
        self.ledger = Ledger(self.database)
        self._environ = {"EMAILDOMAIN_PACE": str(pace), "SLACK_TIMEOUT": "0.6", **environ}
        self.lab = DnsLab()
        self.slack = SimulatedSlack(
            clock=RealClock(), scopes=manifest.SCOPES, commands=["/emaildomain"], rate_limits=False
        )
        self.process: asyncio.subprocess.Process | None = None
        self.port = 0
        self.log: list[dict[str, Any]] = []
        self._reading: asyncio.Task[None] | None = None
        self.kills = 0

    async def __aenter__(self) -> Self:
        await self.lab.start()
        await self.slack.start()
        workspace = self.slack.workspace
        workspace.add_person(ALEX, "alex", real_name="Alex Tanaka")
        workspace.add_person(SAM, "sam", real_name="Sam Sato")
        workspace.add_person(SUZUKI, "suzuki", real_name="鈴木", locale="ja-JP", tz="Asia/Tokyo")
        workspace.add_channel(CHANNEL, "email-domains", members=[ALEX, SAM, SUZUKI])
        # Resolvers forget within a second: records come and go quickly here.
        self.zone = self.lab.zone(ZONE, negative=1, ttl=1)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process is not None:
            await self.kill()
        await self.slack.stop()
        await self.lab.stop()

    # ---- the process

    @property
    def environ(self) -> dict[str, str]:
        mode = {"SLACK_APP_TOKEN": self.slack.app_token}
        if not self.socket:
            mode = {"SLACK_SIGNING_SECRET": self.slack.signing_secret}
        return {
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),  # this very tree, whatever is installed
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
            "EMAILDOMAIN_DATABASE": str(self.database),
            "EMAILDOMAIN_PLATFORM": "embedded",
            "EMAILDOMAIN_LOG": "json",
            **self.lab.settings, **mode, **self._environ,
        }  # fmt: skip

    async def spawn(self, before: Callable[[], object] | None = None) -> asyncio.subprocess.Process:
        """``emaildomain run`` in a folder without a ``.env``; ``before`` is called in the new process."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=self.environ, cwd=self.path,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, limit=1 << 20,
            preexec_fn=before,
        )  # fmt: skip

    async def start(self) -> None:
        """Ready to be talked to when this returns."""
        self.process, self.port = await self.spawn(), 0
        self._reading = asyncio.create_task(self._read(self.process))
        await self.until(lambda: bool(self.port), "the bot starts")
        if self.socket:
            await self.slack.socket.opened(1, PATIENCE)
        else:
            self.slack.request_url = f"http://127.0.0.1:{self.port}/slack/events"
        await self._ready()

    async def _ready(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
            while True:
                async with session.get(f"http://127.0.0.1:{self.port}/readyz") as response:
                    if await is_up(response):
                        return
                await asyncio.sleep(0.02)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            try:
                entry: dict[str, Any] = json.loads(line)
            except ValueError:
                entry = {"event": line.decode().rstrip(), "level": "raw"}
            self.log.append(entry)
            if entry["event"] == "started":
                self.port = entry["port"]

    async def kill(self) -> None:
        """SIGKILL: nothing of the process runs after this."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
            self.kills += 1
        await self._gone()

    async def terminate(self) -> int:
        """SIGTERM, and the exit status."""
        assert self.process is not None
        self.process.terminate()
        return await self._gone()

    async def _gone(self) -> int:
        assert self.process is not None
        assert self._reading is not None
        status = await self.process.wait()
        await self._reading
        self.process = None
        return status

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    async def kill_in(self, state: State, name: str = NAME) -> None:
        """Kill the bot while the domain is in a state, and start it again."""
        await self.state_is(state, name)
        await self.kill()
        assert self.ledger.state(name) == state, "the domain moved on before the bot was dead"
        await self.start()

    # ---- waiting

    async def until(self, met: Callable[[], bool], what: str, within: float = PATIENCE) -> None:
        try:
            async with asyncio.timeout(within):
                while not met():  # noqa: ASYNC110 - what is waited for happens in another process
                    await asyncio.sleep(0.005)
        except TimeoutError:
            tail = "\n".join(str(entry) for entry in self.log[-15:])
            raise AssertionError(f"in vain: {what}\n{self.ledger.summary()}\n{self.kinds()}\n{tail}") from None

    async def state_is(self, state: State, name: str = NAME) -> None:
        await self.until(lambda: self.ledger.state(name) == state, f"{name} is {state}")

    async def said(self, kind: str, name: str = NAME, count: int = 1) -> Message:
        """The ``count``-th message of a kind, once it is there."""
        await self.until(lambda: len(self.messages(kind, name)) >= count, f"{kind} is said of {name}")
        return self.messages(kind, name)[count - 1]

    async def quiet(self) -> None:
        """Until nothing is owed to anybody any more."""
        await self.until(self.ledger.settled, "everything is said and answered")

    # ---- people

    async def insist(self, act: Callable[[], Any]) -> Delivery:
        """What people do when Slack says that the app did not respond: the same again."""
        async with asyncio.timeout(PATIENCE):
            while True:
                delivery: Delivery = await act()
                if delivery.problem is None:
                    return delivery
                await asyncio.sleep(0.1)

    async def command(self, person: str, text: str) -> Delivery:
        return await self.insist(lambda: self.slack.command(person, CHANNEL, text))

    async def click(self, person: str, message: Message, action: str) -> Delivery:
        return await self.insist(lambda: self.slack.click(person, message, action, stale=True))

    async def press_last(self, person: str, action: str) -> Delivery:
        """Press a button of the private answer that has it, once it is there."""

        def shown() -> list[Message]:
            return [m for m in self.slack.private(person) if f'"{action}' in json.dumps(m.blocks)]

        await self.until(lambda: bool(shown()), f"{person} is shown {action}")
        return await self.click(person, shown()[-1], action)

    def publish(self, name: str = NAME) -> None:
        for record in self.records(name):
            self.zone.publish(record)

    def records(self, name: str = NAME) -> list[DnsRecord]:
        return [DnsRecord.from_json(record) for record in self.ledger.body(name)["records"]]

    def silence(self, *, on: bool = True) -> None:
        """Name servers say nothing: looking at DNS takes its time and tells nothing."""
        for server in self.zone.servers:
            server.silence() if on else server.heal()

    def limit(self, what: int, value: int | None) -> None:
        """A limit of the system (``resource.RLIMIT_...``), set from outside on the running bot; None lifts it."""
        hard = resource.prlimit(self.pid, what)[1]
        resource.prlimit(self.pid, what, (hard if value is None else value, hard))

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    # ---- what is there

    def messages(self, kind: str | None = None, name: str | None = None) -> list[Message]:
        """The bot's messages everywhere, in order; of one kind and one domain where given."""
        every = [m for channel in self.slack.workspace.channels.values() for m in channel.messages.values()]
        ours = sorted((m for m in every if m.metadata), key=lambda m: m.ts)
        return [m for m in ours if kind in (None, payload(m)["kind"]) and name in (None, payload(m)["domain"])]

    def kinds(self, name: str = NAME) -> list[str]:
        return [payload(m)["kind"] for m in self.messages(name=name)]

    def judge(self) -> None:
        """Every message exactly once, numbered from 1, in order; no domain registered twice; nothing left open."""
        wrong = self.ledger.faults(self.messages())
        assert not wrong, "\n".join(wrong)
