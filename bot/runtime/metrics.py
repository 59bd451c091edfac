"""What /metrics tells: read when asked, so that nothing is counted twice.

Every label has few values, whatever the world sends; every figure of the database comes from an index.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import StorageBusy
from bot.runtime.counters import LabelledCounter

_FRESH = 1.0  #: seconds for which the database is not asked again, however often somebody scrapes


class StoreStats(Protocol):
    """How the database stands at one moment; ages in ms, 0 where there is nothing of the kind."""

    @property
    def states(self) -> Mapping[str, int]: ...  #: domains by state
    @property
    def due_lag(self) -> int: ...
    @property
    def unsent(self) -> int: ...
    @property
    def oldest_unsent(self) -> int: ...
    @property
    def ambiguous(self) -> int: ...
    @property
    def failing(self) -> int: ...  #: messages that could not be sent
    @property
    def oldest_wish(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What the metrics read of a running bot, each at the moment of a scrape."""

    states: Sequence[str]  #: every state a domain can be in, so that none is missing because it is empty
    stats: Callable[[], Awaitable[StoreStats]]  #: raises StorageBusy
    monotonic: Callable[[], float]
    tasks: Callable[[], int]
    silence: Callable[[], float]
    lag: Callable[[], float]
    connected: Callable[[], bool]
    sound: Callable[[], bool | None]
    usable: Callable[[], bool]
    http_connections: Callable[[], int]
    socket_connections: Callable[[], int]
    slack_errors: LabelledCounter
    platform_errors: LabelledCounter
    refused: LabelledCounter
    dns_results: Callable[[], Mapping[str, int]]
    resting: Callable[[], Mapping[str, int]]  #: what failed or cannot be read, and lets everything else go on


class Metrics(Collector):
    """``measure`` before each ``collect``: the one waits for the database, the other may not."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._stats: StoreStats | None = None
        self._measured_at = -_FRESH
        self.registry = CollectorRegistry()
        self.registry.register(self)

    async def measure(self) -> None:
        now = self._sources.monotonic()
        if now - self._measured_at < _FRESH:
            return
        self._measured_at = now
        try:
            self._stats = await self._sources.stats()
        except StorageBusy:
            self._stats = None  # the figures are missing rather than wrong

    def collect(self) -> Iterable[Metric]:
        yield from self._process()
        yield from self._world()
        if self._stats is not None:
            yield from _database(self._stats, self._sources.states)

    def _process(self) -> Iterator[Metric]:
        read = self._sources
        yield _gauge("background_tasks", "Wishes being carried out or waiting for a slot", read.tasks())
        yield _gauge("last_pulse_seconds", "Seconds since the scheduler last rang", read.silence())
        yield _gauge("loop_lag_seconds", "The longest the event loop kept a timer waiting, last minute", read.lag())
        yield _gauge("slack_connected", "1 if Slack can reach the bot, as far as the bot knows", read.connected())
        yield _gauge("database_usable", "1 while what is to be stored can be, as far as the bot knows", read.usable())
        yield _gauge("http_connections", "Open connections to the HTTP server", read.http_connections())
        yield _gauge("socket_connections", "Socket Mode connections, as Slack counts them", read.socket_connections())
        resting = GaugeMetricFamily("emaildomain_resting", "What failed and rests, by what it is", labels=["what"])
        failing = self._stats.failing if self._stats is not None else 0
        for what, n in {"step": 0, "row": 0, **read.resting(), "message": failing}.items():
            resting.add_metric([what], n)
        yield resting
        sound = read.sound()
        if sound is not None:
            yield _gauge("database_sound", "1 if the last nightly integrity check found nothing", sound)

    def _world(self) -> Iterator[Metric]:
        read = self._sources
        yield _counter("slack_errors", "Failed calls of Slack's Web API", ("method", "error"), read.slack_errors)
        yield _counter("platform_errors", "Failed calls of the mail platform", ("call", "error"), read.platform_errors)
        yield _counter("refused", "Requests, commands and clicks that were not taken", ("reason",), read.refused)
        results = [((result,), n) for result, n in read.dns_results().items()]
        yield _counter("dns_queries", "DNS questions by how they ended", ("result",), results)


def _database(stats: StoreStats, all_states: Sequence[str]) -> Iterator[Metric]:
    states = GaugeMetricFamily("emaildomain_domains", "Domains by state", labels=["state"])
    for state in all_states:
        states.add_metric([state], stats.states.get(state, 0))
    yield states
    yield _gauge("due_lag_seconds", "How long the most overdue domain has been due", stats.due_lag / 1000)
    yield _gauge("messages_unsent", "Messages owed to channels and people", stats.unsent)
    yield _gauge("oldest_unsent_seconds", "Age of the oldest message that is not sent", stats.oldest_unsent / 1000)
    yield _gauge(
        "messages_ambiguous", "Messages being sent, or of which nobody knows if Slack has them", stats.ambiguous
    )
    yield _gauge("oldest_wish_seconds", "Age of the oldest wish that is not answered", stats.oldest_wish / 1000)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"emaildomain_{name}", meaning, value=value)


def _counter(name: str, meaning: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]) -> Metric:
    family = CounterMetricFamily(f"emaildomain_{name}", meaning, labels=list(labels))
    for words, n in counts:
        family.add_metric(list(words), n)
    return family
