"""The composition root: the one module that knows every part. Everything that touches the world can be replaced."""

from __future__ import annotations

import asyncio
import gc
import importlib
import pkgutil
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import structlog
from prometheus_client import CollectorRegistry

import bot.dns.look
import commands as command_folder
from bot.config.settings import Settings
from bot.errors import StorageBusy, Trouble
from bot.i18n.translator import translator
from bot.model import names
from bot.model.outbox import Intent
from bot.model.people import Identity
from bot.model.schedule import Rhythm
from bot.ports import Clock, Dns, MailPlatform, Ports
from bot.routing import Command, Commands
from bot.runtime.counters import LabelledCounter
from bot.runtime.http_server import HttpServer
from bot.runtime.metrics import Counted, Metrics
from bot.runtime.scheduler import Scheduler
from bot.runtime.task_pool import TaskPool
from bot.services import alerting, binding, holding
from bot.services.housekeeping import Tidier
from bot.services.outbox.delivering import Deliverer
from bot.services.outbox.refreshing import CONVERGING
from bot.services.sweeping import Sweeper
from bot.slack.client import Messenger
from bot.slack.dispatcher import Dispatcher
from bot.slack.listeners import SlackIn
from bot.slack.socket_mode import SocketMode
from bot.slack.users import Directory
from storage.sqlite import SqliteStore

log = structlog.get_logger(__name__)

#: How long a graceful stop waits for what was acknowledged (s); what is left is resumed at the next start.
DRAIN = 8.0

_SILENCE = 60.0  #: seconds without a ring of the scheduler, after which something is wrong
_STEP = 2_000  #: Slack's Date header counts whole seconds; only a larger difference (ms) moves our clock


class SystemClock:
    """Slack's clock carried on the monotonic one; the local clock (``wall``, in s) until Slack first answered."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._base = round(wall() * 1000) - round(time.monotonic() * 1000)

    def now(self) -> int:
        return self._base + round(time.monotonic() * 1000)

    def monotonic(self) -> float:
        return time.monotonic()

    def delay_until(self, instant: int) -> float:
        return max(0.0, (instant - self.now()) / 1000)

    def heard(self, instant: int) -> None:
        """Slack said what time it is (UTC ms, cut to the second)."""
        difference = instant + 500 - self.now()
        if abs(difference) > _STEP:
            log.warning("clock differs from Slack's", seconds=round(difference / 1000, 1))
            self._base += difference


#: Seconds for which a thread may keep the others waiting. The loop gives up its turn at every packet it sends; with
#: Python's 5 ms it waits that long for each while the database's threads decode rows.
_TURN = 0.0005


def favour_the_loop() -> None:
    """Threads wait for it rather than it for them. And what was loaded stays, little of the rest is garbage in circles:
    looking for it again and again would take a tenth of the time, and in 20,000 objects at once 20 ms."""
    sys.setswitchinterval(_TURN)
    gc.freeze()
    gc.set_threshold(5_000, 50, 20)


def discover() -> Commands:
    """Every file in ``commands/`` is a command, with the buttons that belong to it."""
    found: list[Command] = []
    for module in pkgutil.iter_modules(command_folder.__path__):
        loaded = importlib.import_module(f"{command_folder.__name__}.{module.name}")
        found += [loaded.COMMAND, *getattr(loaded, "BUTTONS", ())]
    return Commands(found)


def platform(settings: Settings, **parts: Any) -> MailPlatform:
    """The adapter whose file has the setting's name."""
    built: MailPlatform = importlib.import_module(f"bot.platforms.{settings.platform}").build(settings, **parts)
    return built


@dataclass(frozen=True, slots=True)
class Parts:
    """What a test or the try-out puts in place of the real thing."""

    clock: Clock | None = None
    dns: Dns | None = None
    heard: Callable[[int], None] | None = None
    wall: Callable[[], float] = time.time
    pacing: Callable[[], float] = time.monotonic  #: seconds, for Slack's rate limits
    hold: bool = False  #: begin on hold
    platform: Callable[..., MailPlatform] | None = None  #: builds it, as an adapter's ``build`` does


class Bot:
    """One running bot. ``await start()``, ``await stop()``."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        parts = parts or Parts()
        self.settings = settings
        clock = parts.clock or SystemClock(parts.wall)
        self._set_clock = parts.heard or (clock.heard if isinstance(clock, SystemClock) else lambda _: None)
        self._heard, self._begun, self._hold_asked = False, False, parts.hold
        self._other_team: Identity | None = None  # the workspace we are in, where the database belongs to another
        self._left: Sequence[Intent] = ()  # what a kill interrupted
        self._identity: Identity | None = None
        rhythm = Rhythm.at(settings.pace)
        self.store = SqliteStore(settings.database, clock)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=settings.slack_timeout))
        self.messenger = Messenger(settings, self._session, parts.pacing, self._hear)
        self.directory = Directory(self.messenger.call, self.store, lambda: self._identity, clock.monotonic)
        self.dns = parts.dns or bot.dns.look.build(
            recursor=settings.recursor,
            resolvers=settings.resolvers,
            dns_port=settings.dns_port,
            clock=clock,
            holder=self._holder,
        )
        self.platform = (parts.platform or platform)(
            settings, store=self.store, dns=self.dns, clock=clock, rhythm=rhythm
        )
        self.platform_errors = LabelledCounter()
        self.ports = Ports(
            settings=settings, rhythm=rhythm, clock=clock, store=self.store, dns=self.dns,
            platform=cast(MailPlatform, Counted(self.platform, self.platform_errors)),
            messenger=self.messenger, directory=self.directory, translate=translator,
            identity=lambda: self._identity, wake=self._wake,
            foreign=lambda: self._other_team is not None,
        )  # fmt: skip
        self.commands = discover()
        self.background = TaskPool()
        self.answerer = Dispatcher(self.ports, self.commands, self.messenger.call, self._respond, self.background)
        self.slack = SlackIn(settings, self.ports, self.commands, self.background, self.answerer, parts.pacing)
        self.socket = SocketMode(self.slack.app, settings) if settings.mode == "socket" else None
        self.sweeper = Sweeper(self.ports)
        self.deliverer = Deliverer(self.ports, secrets.token_hex(6))
        self.tidier = Tidier(self.ports)
        self.jobs = Scheduler(
            {"sweep": self._sweep, "deliver": self._deliver, "homes": self.answerer.homes.refresh},
            self.tidier.tidy, parts.wall, time.monotonic,
        )  # fmt: skip
        self.metrics = Metrics(self)
        registry = CollectorRegistry()
        registry.register(self.metrics)
        events = self.slack.serve_http if self.socket is None else None
        self.front = HttpServer(
            settings.host, settings.port, self._unready, self.warnings, self.metrics.measure, registry, events
        )
        self._learning: asyncio.Task[None] | None = None

    # ---- life

    async def start(self) -> None:
        """Ready to acknowledge when this returns; Slack need not have answered anything yet."""
        names.registrable("example.com")  # reads the Public Suffix List: 60 ms in which nothing else moves
        remembered = await self.store.identity()
        if remembered is not None:
            await self._know(remembered)
        await self.front.start()
        if self.socket is not None:
            self.socket.start()
        self._learning = asyncio.create_task(self._learn(), name="identity")
        log.info("started", mode=self.settings.mode, platform=self.settings.platform, port=self.front.port)

    async def stop(self) -> None:
        """Take nothing new, finish what was acknowledged, put the rest down safely."""
        if self._learning is not None:
            self._learning.cancel()
        if self.socket is not None:
            await self.socket.stop()
        await self.front.stop()
        self.answerer.close()
        left = await self.background.drain(DRAIN)
        await self.jobs.stop()
        await self.dns.close()
        await self.platform.close()
        await self._session.close()
        await self.store.close()
        log.info("stopped", resumed_at_next_start=left)

    async def _holder(self, key: str) -> str | None:
        """Whose key it is; while the database cannot be read, what is wrong is said without."""
        try:
            return await self.store.holder(key)
        except StorageBusy as busy:
            log.warning("whose key it is stays open", why=busy.why)
            return None

    def _hear(self, instant: int) -> None:
        self._heard = True
        self._set_clock(instant)

    async def _learn(self) -> None:
        """Ask Slack who we are until it says so; what was known from the last start serves meanwhile.

        Time begins to pass with Slack's first answer, whatever it says: the local clock may be days ahead, and would
        end a two-hour wait that has just begun.
        """
        delay = 0.5
        while True:
            try:
                await self._get_to_know()
                return
            except Trouble as trouble:
                log.warning("Slack does not say who we are", error=str(trouble))
            await asyncio.sleep(delay)
            delay = min(30.0, delay * 2)

    async def _get_to_know(self) -> None:
        try:
            answer = await self.messenger.call("auth.test")
        except Trouble:
            if self._identity is not None and self._heard:
                await self._begin()
            raise
        identity = Identity(
            team=answer["team_id"], user=answer["user_id"], bot=answer.get("bot_id", ""),
            url=answer.get("url", ""), name=answer.get("team", ""),
        )  # fmt: skip
        if await self._foreign(identity):
            return
        if identity != self._identity:
            known = self._identity is not None and self._identity.team == identity.team
            self._begun = self._begun and known
            await self.store.set_identity(identity)
            if known:
                self._identity = identity
            else:
                await self._know(identity)
        await self._begin()

    async def _foreign(self, identity: Identity) -> bool:
        """The database belongs to another workspace: nothing is posted, changed or answered until that is mended."""
        bound = await self.store.bound_team()
        if bound is None or bound == identity.team:
            self._other_team = None
            await alerting.over(self.ports, "another_team")
            return False
        self._other_team = identity
        self.store.team = bound
        own = await self.store.identity()
        log.error(
            "the database belongs to another workspace", connected=identity.team, own=bound,
            fix="check SLACK_BOT_TOKEN, or run emaildomain rebind --team",
        )  # fmt: skip
        names = {"connected": identity.name or identity.team, "own": own.name if own and own.name else bound}
        await alerting.tell_operators(self.ports, "another_team", identity.team, **names)
        if self._identity is None and own is not None:
            await self._know(own)
        if not self._begun:
            await holding.at_start(self.ports, asked=self._hold_asked)
            self._begun = True
            self.jobs.start()
        return True

    async def known(self) -> None:
        """Until Slack has said who we are; for the try-out."""
        if self._learning is not None:
            await asyncio.shield(self._learning)

    async def _know(self, identity: Identity) -> None:
        """From here on commands are taken. What was left undone before is noted first, or it would be done twice."""
        self.store.team = identity.team
        await self.directory.load(identity.team)
        self._left = await self.store.unfinished()
        self._identity = identity

    async def _begin(self) -> None:
        """The workspace and the time are known: take up what a kill interrupted, and let time pass."""
        if self._begun:
            return
        await holding.at_start(self.ports, asked=self._hold_asked)
        self.background.start(self._look_over())
        left, self._left = self._left, ()
        for intent in left:
            self.background.start(self.answerer.resume(intent))
        self._begun = True
        self.jobs.start()

    async def _deliver(self) -> float | None:
        return await self.deliverer.deliver()

    async def _look_over(self) -> None:
        """This version, or these settings, may word messages in another way than those that stand in the channels."""
        await self.store.mark_all_stale(CONVERGING)
        self._wake()

    # ---- work

    def _wake(self) -> None:
        self.deliverer.ring()
        self.jobs.wake()

    async def warnings(self) -> dict[str, str]:
        """What is amiss, in words, by part, although the bot does its work; for /readyz."""
        found = {}
        if self._other_team is not None:
            found["team"] = (
                f"Installed in the workspace {self._other_team.team}, but the database belongs to {self.store.team}:"
                " nothing is posted or changed. Check SLACK_BOT_TOKEN, or run emaildomain rebind --team."
            )
        try:
            other = await binding.other_org(self.ports)
            held = await binding.held(self.ports)
        except StorageBusy:
            return found
        if other is not None:
            now, own = other
            found["org"] = (
                f"Connected to the org {now.name or now.id}, but the database belongs to {own.name or own.id}:"
                " registering, activating and removing wait. Check the OAuth client, or run emaildomain rebind --org."
            )
        if held is not None:
            found["hold"] = f"On hold ({held.why}): /emaildomain hold off ends it."
        return found

    async def _sweep(self) -> float | None:
        at = await self.sweeper.sweep()
        return None if at is None else self.ports.clock.delay_until(at)

    async def _respond(self, url: str, body: dict[str, Any]) -> bool:
        """Post to a response_url; the SDK's webhook client would raise for nothing but a dead connection."""
        try:
            async with self._session.post(url, json=body, proxy=self.settings.proxy_for(url)) as response:
                if response.status == 200:
                    return True
                log.warning("response_url refused", status=response.status, said=(await response.text())[:80])
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("response_url failed", error=type(error).__name__)
        return False

    async def _unready(self) -> dict[str, str]:
        """Why it is not ready, in words, by part, for /readyz."""
        why = {}
        if self._identity is None or not self._begun:
            why["slack"] = (
                "Slack has not said who the bot is: auth.test has not succeeded yet. See the log; try doctor."
            )
        if self.socket is not None and not self.socket.connected:
            why["socket"] = "Socket Mode is not connected; it is tried again every few seconds. Is slack.com reachable?"
        if self._identity is not None and self.jobs.silence > _SILENCE:
            why["scheduler"] = f"The scheduler has not rung for {self.jobs.silence:.0f} s. Restart the bot."
        if self.tidier.sound is False:
            why["integrity"] = "The database is damaged (integrity check). Stop the bot and go back to a backup."
        try:
            await self.store.next_due()
        except StorageBusy as busy:
            why["database"] = f"The database does not answer: {busy.why}."
        return why

    async def idle(self) -> None:
        """Until everything that was begun is done; for tests and the try-out."""
        await self.background.idle()
        await self.jobs.idle()
        await self.background.idle()
