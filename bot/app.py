"""The composition root: the one module that knows every part, and only builds. All it builds on can be replaced."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import structlog

import bot.dns.look
from bot import platforms
from bot.config.settings import Settings
from bot.i18n.translator import translator
from bot.model import names
from bot.model.lifecycle import State
from bot.model.outbox import Intent
from bot.model.schedule import Rhythm
from bot.ports import Clocks, Dns, MailPlatform, Ports
from bot.runtime.clock import SystemClock, boottime, wall_clock
from bot.runtime.counters import LabelledCounter
from bot.runtime.http_server import HttpServer
from bot.runtime.metrics import Metrics, Sources
from bot.runtime.readiness import FilesWatch, Readiness
from bot.runtime.scheduler import Intervals, JobScheduler, Scheduler
from bot.runtime.shutdown import SHUTDOWN_TIMEOUT, Shutdown
from bot.runtime.task_pool import TaskPool
from bot.services import finding_holder, holding, warning_operators
from bot.services.correcting_instants import Corrector
from bot.services.housekeeping import Tidier
from bot.services.outbox.delivering import Deliverer
from bot.services.outbox.refreshing import look_over
from bot.services.sweeping import Sweeper
from bot.slack.client import Messenger, connections
from bot.slack.dispatcher import Dispatcher
from bot.slack.identity import IdentityKeeper
from bot.slack.listeners import SlackIn
from bot.slack.manifest import EVENTS_PATH
from bot.slack.slack_time import SlackTime
from bot.slack.socket_mode import SocketMode
from bot.slack.users import Directory
from commands import discover
from storage.sqlite import SqliteStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a test or the try-out puts in place of the real thing."""

    clock: Clocks | None = None
    dns: Dns | None = None
    heard: Callable[[int], None] | None = None
    wall: Callable[[], float] = wall_clock
    pacing: Callable[[], float] = time.monotonic  #: seconds, for Slack's rate limits
    hold: bool = False  #: begin on hold
    platform: Callable[..., MailPlatform] | None = None  #: builds it, as an adapter's ``build`` does
    monotonic: Callable[[], float] = time.monotonic  #: what passes by itself, in seconds
    boottime: Callable[[], float] = boottime  #: the same, on while the machine sleeps
    session: Callable[[Settings], aiohttp.ClientSession] = connections  #: the way out to Slack
    store: Callable[..., SqliteStore] | None = None
    scheduler: Callable[[], JobScheduler] | None = None
    intervals: Intervals = field(default_factory=Intervals)


class Bot:
    """One running bot. ``await start()``, ``await stop()``."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        parts = parts or Parts()
        self.settings, self._hold = settings, parts.hold
        clock = parts.clock or SystemClock(parts.wall, parts.boottime, monotonic=parts.monotonic)
        rhythm = Rhythm.at(settings.pace)
        self._shutdown = Shutdown()
        self._left = 0  # acknowledged, and not done when the bot stopped

        self.store = (parts.store or SqliteStore)(settings.database, clock)
        self._shutdown.add("database", self.store.close)
        self._session = parts.session(settings)
        self._shutdown.add("connections to Slack", self._session.close)
        hear = lambda at: self.identity.hear(at)  # noqa: E731, PLW0108 - who we are is learned by asking Slack
        self.messenger = Messenger(settings, self._session, parts.pacing, hear)
        self.directory = Directory(self.messenger.call, self.store, lambda: self.identity.current, clock.monotonic)
        self.dns = parts.dns or bot.dns.look.build(
            recursor=settings.recursor, resolvers=settings.resolvers, dns_port=settings.dns_port,
            private=settings.dns_private, clock=clock,
            holder=partial(finding_holder.holder, self.store),
        )  # fmt: skip
        self.platform = (parts.platform or platforms.build)(
            settings, store=self.store, dns=self.dns, clock=clock, rhythm=rhythm
        )
        self._shutdown.add("platform", self.platform.close)
        self._shutdown.add("DNS", self.dns.close)
        self.platform_errors = LabelledCounter()
        self.ports = Ports(
            settings=settings, rhythm=rhythm, clock=clock, store=self.store, dns=self.dns,
            platform=platforms.counted(self.platform, self.platform_errors),
            messenger=self.messenger, directory=self.directory, translate=translator,
            identity=lambda: self.identity.current, wake=self._wake,
            foreign=lambda: self.identity.elsewhere is not None,
        )  # fmt: skip

        learns = clock if isinstance(clock, SystemClock) else None
        self.corrector = Corrector(self.ports, learns.was_put_back if learns is not None else lambda: False)
        self.sweeper = Sweeper(self.ports)
        self.deliverer = Deliverer(self.ports, secrets.token_hex(6))
        self.tidier = Tidier(self.ports)
        self.commands = discover()
        self.background = TaskPool()
        call, respond = self.messenger.call, self.messenger.respond
        self.answerer = Dispatcher(self.ports, self.commands, call, respond, self.background)
        self.slack_time = SlackTime(call, self.background, learns, self.store)
        self.slack = SlackIn(
            settings, self.ports, self.commands, self.background, self.answerer, parts.pacing, self.slack_time.ask
        )
        of_ghosts = lambda n: self.background.start(warning_operators.of_ghosts(self.ports, n))  # noqa: E731
        self.socket = (
            SocketMode(self.slack.app, settings, clock.monotonic, of_ghosts) if settings.mode == "socket" else None
        )
        self.jobs = Scheduler(
            {"sweep": self._sweep, "deliver": self.deliverer.deliver, "homes": self.answerer.homes.refresh,
             "files": FilesWatch(self.store.lost).look},
            self.tidier.tidy, parts.wall, parts.monotonic, parts.boottime, self.slack_time.ask,
            parts.scheduler and parts.scheduler(), parts.intervals,
        )  # fmt: skip
        self._shutdown.add("scheduler", self.jobs.stop)
        self._shutdown.add("tasks", self._drain)
        set_clock = parts.heard or (learns.heard if learns is not None else lambda _: None)
        self.identity: IdentityKeeper = IdentityKeeper(
            call, self.ports, self.store, self.directory.load, set_clock, self._begin
        )

        self.ready = Readiness(
            known=lambda: self.identity.current is not None, begun=lambda: self.identity.begun,
            connected=self._connected, ghosts=lambda: self.socket.ghosts.certain if self.socket else 0,
            silence=lambda: self.jobs.silence if self.identity.current is not None else 0.0,
            sound=lambda: self.tidier.sound, read=self.store.next_due, write=self.store.probe,
        )  # fmt: skip
        self.metrics = Metrics(
            Sources(
                states=tuple(State), stats=lambda: self.store.vitals(clock.now()), monotonic=clock.monotonic,
                tasks=self.background.__len__, silence=lambda: self.jobs.silence, lag=lambda: self.jobs.lag,
                connected=self._connected, sound=lambda: self.tidier.sound,
                usable=lambda: self.store.lost() is None, http_connections=lambda: len(self.front.connections),
                socket_connections=lambda: self.socket.ghosts.connections if self.socket else 0,
                slack_errors=self.messenger.errors,
                platform_errors=self.platform_errors, refused=self.slack.refused,
                dns_results=lambda: self.dns.results, resting=self._resting,
            )
        )  # fmt: skip
        self.front = HttpServer(
            settings.host, settings.port, self.ready, self.warnings, self.metrics.measure, self.metrics.registry,
            {EVENTS_PATH: self.slack.http.serve} if self.socket is None and self.slack.http else {}, self.slack.refused,
        )  # fmt: skip
        self._shutdown.add("HTTP server", self.front.stop)
        if self.socket is not None:
            self._shutdown.add("Socket Mode", self.socket.stop)
        self._shutdown.add("identity", self.identity.stop)

    async def start(self) -> None:
        """Ready to acknowledge when this returns; Slack need not have answered anything yet."""
        names.registrable("example.com")  # reads the Public Suffix List: 60 ms in which nothing else moves
        await self.identity.remember()
        await self.slack_time.remember()
        await self.front.start()
        if self.socket is not None:
            self.socket.start()
        self.identity.start()
        log.info("started", mode=self.settings.mode, platform=self.settings.platform, port=self.front.port)

    async def stop(self) -> None:
        """Take nothing new, finish what was acknowledged, put the rest down; the first error is raised at the end."""
        try:
            await self._shutdown.run()
        finally:
            log.info("stopped", resumed_at_next_start=self._left)

    async def _drain(self) -> None:
        self.answerer.close()
        self._left = await self.background.drain(SHUTDOWN_TIMEOUT)

    async def _begin(self, interrupted: Sequence[Intent], *, ours: bool) -> None:
        """The workspace and the time are known: take up what a kill interrupted where it is ours, let time pass."""
        await holding.at_start(self.ports, asked=self._hold)
        if ours:
            self.background.start(look_over(self.ports))
            for intent in interrupted:
                self.background.start(self.answerer.resume(intent))
        self.jobs.start()

    async def idle(self) -> None:
        """Until everything that was begun is done; for tests and the try-out."""
        await self.background.idle()
        await self.jobs.idle()
        await self.background.idle()

    async def warnings(self) -> Mapping[str, str]:
        return self.ready.warnings() | await warning_operators.warnings(self.ports, self.identity.warning)

    def _connected(self) -> bool:
        return self.socket is None or self.socket.connected

    def _resting(self) -> dict[str, int]:
        return {"step": len(self.sweeper.resting), "row": sum(self.store.stopped.counts.values())}

    def _wake(self) -> None:
        self.deliverer.ring()
        self.jobs.wake()

    async def _sweep(self) -> float | None:
        self.slack_time.recheck()
        await self.slack_time.keep()
        await self.corrector.correct()
        at = await self.sweeper.sweep()
        return None if at is None else self.ports.clock.delay_until(at)
