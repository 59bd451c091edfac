"""The world of a story: a workspace with people, zones with servers, the bot, and a clock moved by hand."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bot.app import Bot, Parts
from bot.config import settings as config
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.slack import manifest
from bot.tryout.dns import DnsLab
from bot.tryout.slack.forms import Form
from bot.tryout.slack.simulated import Delivery, Message, SimulatedSlack, words
from tests.clock import HandClock

TEAM, CHANNEL = "T0XYZCORP", "C0MAIL"
ALEX, SAM, SUZUKI, GUEST = "U0ALEX", "U0SAM", "U0SUZUKI", "U0GUEST"
NAME, ZONE = "sales.xyzcorp.com", "xyzcorp.com"
MINUTE, HOUR = 60_000, 3_600_000


class RealClock:
    """The clock of this machine."""

    def now(self) -> int:
        return round(time.time() * 1000)  # noqa: TID251 - that is what it is

    def monotonic(self) -> float:
        return time.monotonic()


class World:
    """``async with World(tmp_path) as world``; ``await world.command(ALEX, "add sales.xyzcorp.com")``."""

    def __init__(self, path: Path, *, socket: bool = False, **environ: str) -> None:
        self.path, self.socket, self._environ = path, socket, environ
        self.clock = HandClock()
        self.lab = DnsLab(now=self.clock.now)
        self.slack = SimulatedSlack(
            clock=self.clock, scopes=manifest.SCOPES, commands=["/emaildomain"], rate_limits=False
        )
        self._bot: Bot | None = None

    @property
    def bot(self) -> Bot:
        assert self._bot is not None
        return self._bot

    async def __aenter__(self) -> World:
        await self.lab.start()
        await self.slack.start()
        workspace = self.slack.workspace
        workspace.add_person(ALEX, "alex", real_name="Alex Tanaka")
        workspace.add_person(SAM, "sam", real_name="Sam Sato")
        workspace.add_person(SUZUKI, "suzuki", real_name="鈴木", locale="ja-JP", tz="Asia/Tokyo")
        workspace.add_person(GUEST, "guest", real_name="Guest", is_restricted=True)
        workspace.add_channel(CHANNEL, "email-domains", members=[ALEX, SAM, SUZUKI, GUEST], bot_in=False)
        self.zone = self.lab.zone(ZONE)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._bot is not None:
            await self.bot.stop()
        await self.slack.stop()
        await self.lab.stop()

    # ---- the bot

    @property
    def environ(self) -> dict[str, str]:
        base = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_TIMEOUT": "1",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "EMAILDOMAIN_DATABASE": str(self.path / "emaildomain.db"),
            "EMAILDOMAIN_PLATFORM": "embedded",
            **self.lab.settings,
        }
        mode = {"SLACK_APP_TOKEN": self.slack.app_token} if self.socket else {}
        mode = mode or {"SLACK_SIGNING_SECRET": self.slack.signing_secret}
        return base | mode | self._environ

    def bot_of(self, environ: dict[str, str]) -> Bot:
        return Bot(config.load(environ, None), Parts(clock=self.clock, pacing=lambda: time.monotonic() * 1000))

    async def start(self) -> None:
        self._bot = self.bot_of(self.environ)
        await self.bot.start()
        if self.socket:
            await self.slack.socket.opened(1)
        else:
            self.slack.request_url = f"http://127.0.0.1:{self.bot.front.port}/slack/events"
        while self.bot.ports.identity() is None:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.005)
        await self.settle()

    async def restart(self) -> None:
        await self.bot.stop()
        await self.start()

    async def settle(self) -> None:
        """Until the bot has nothing more to do at this moment."""
        await self.bot.idle()
        self.bot.jobs.wake()
        await self.bot.idle()

    # ---- time

    async def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass, stopping at every moment at which the bot has something to do."""
        end = self.clock.now() + round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
        while True:
            await self.settle()
            moments = [await self.bot.store.next_due(), await self.bot.store.next_sendable()]
            ahead = [at for at in moments if at is not None and self.clock.now() < at <= end]
            if not ahead:
                break
            self.clock.instant = min(ahead)
        self.clock.instant = end
        await self.settle()

    # ---- people

    async def command(self, person: str, text: str, channel: str = CHANNEL, **options: Any) -> Delivery:
        delivery = await self.slack.command(person, channel, text, **options)
        await self.settle()
        return delivery

    async def opens_home(self, person: str) -> Form:
        """The app's Home tab, as it stands once the bot has published it."""
        assert (await self.slack.open_home(person)).problem is None
        await self.settle()
        return self.home(person)

    def home(self, person: str) -> Form:
        shown = self.slack.home(person)
        assert shown is not None, f"no Home tab was published for {person}"
        return shown

    async def click(self, person: str, message: Message | Form, action: str, **options: Any) -> Delivery:
        delivery = await self.slack.click(person, message, action, **options)
        await self.settle()
        return delivery

    async def submit(self, person: str, values: dict[str, str]) -> Delivery:
        form = self.slack.view(person)
        assert form is not None, "no form is open"
        delivery = await self.slack.submit(person, form, values)
        await self.settle()
        return delivery

    # ---- what is there

    async def domain(self, name: str = NAME) -> EmailDomain:
        found = await self.bot.store.domain(TEAM, name)
        assert found is not None, f"{name} is not stored"
        return found

    async def state(self, name: str = NAME) -> State:
        return (await self.domain(name)).state

    def said(self, kind: str | None = None, channel: str = CHANNEL) -> list[Message]:
        """The bot's messages in a channel, threads included, in order; of one kind where given."""
        every = [m for m in self.slack.workspace.channels[channel].messages.values() if not m.tombstone]
        return [m for m in every if m.metadata and kind in (None, _payload(m)["kind"])]

    def kinds(self, channel: str = CHANNEL) -> list[str]:
        return [_payload(m)["kind"] for m in self.said(channel=channel)]

    def every_key(self) -> list[str]:
        """Keys of every message in every channel."""
        return [_payload(m)["key"] for c in self.slack.workspace.channels for m in self.said(channel=c)]

    @property
    def card(self) -> Message:
        return next(m for m in reversed(self.said()) if _payload(m)["kind"] in ("records", "card"))

    def last(self, person: str) -> str:
        """What the person last read in private."""
        answers = self.slack.private(person)
        assert answers, f"{person} was told nothing"
        return words(answers[-1])

    # ---- short cuts, by the product's own means

    async def publish(self, name: str = NAME) -> None:
        for record in (await self.domain(name)).records:
            self.zone.publish(record)

    async def added(self, name: str = NAME, by: str = ALEX) -> EmailDomain:
        await self.command(by, f"add {name}")
        await self.forward(seconds=5)
        return await self.domain(name)

    async def ready(self, name: str = NAME, by: str = ALEX) -> EmailDomain:
        await self.added(name, by)
        await self.publish(name)
        await self.forward(seconds=40)
        assert await self.state(name) is State.READY, self.kinds()
        return await self.domain(name)

    async def asked(self, name: str = NAME, by: str = ALEX) -> EmailDomain:
        await self.ready(name, by)
        await self.command(by, f"activate {name}")
        return await self.domain(name)

    async def activated(self, name: str = NAME, by: str = ALEX, approver: str = SAM) -> EmailDomain:
        await self.asked(name, by)
        await self.click(approver, self.said("approval")[-1], "approve")
        await self.forward(seconds=30)
        assert await self.state(name) is State.WAITING, self.kinds()
        return await self.domain(name)

    async def opened(self, name: str = NAME) -> EmailDomain:
        await self.activated(name)
        await self.forward(hours=2, minutes=1)
        assert await self.state(name) is State.OPEN, self.kinds()
        return await self.domain(name)


def actions(message: Message) -> list[str]:
    """Action ids of the buttons on a message."""
    return [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]


def _payload(message: Message) -> dict[str, Any]:
    payload: dict[str, Any] = (message.metadata or {})["event_payload"]
    return payload
