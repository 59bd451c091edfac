"""What /metrics tells: read when asked, so that nothing is counted twice.

Every label has few values, whatever the world sends; every figure of the database comes from an index.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import PlatformDown, PlatformRefused, StorageBusy
from bot.model.lifecycle import State
from bot.model.store_stats import Vitals
from bot.ports import MailPlatform
from bot.runtime.counters import LabelledCounter

if TYPE_CHECKING:
    from bot.app import Bot

_FRESH = 1.0  #: seconds for which the database is not asked again, however often somebody scrapes


class Metrics(Collector):
    """Of one running bot. ``measure`` before each ``collect``: the one waits for the database, the other may not."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._vitals: Vitals | None = None
        self._measured_at = -_FRESH

    async def measure(self) -> None:
        bot = self._bot
        if bot.ports.clock.monotonic() - self._measured_at < _FRESH:
            return
        self._measured_at = bot.ports.clock.monotonic()
        try:
            self._vitals = await bot.store.vitals(bot.ports.clock.now())
        except StorageBusy:
            self._vitals = None  # the figures are missing rather than wrong

    def collect(self) -> Iterable[Metric]:
        yield from self._process()
        yield from self._world()
        if self._vitals is not None:
            yield from _database(self._vitals)

    def _process(self) -> Iterator[Metric]:
        bot = self._bot
        yield _gauge("background_tasks", "Wishes being carried out or waiting for a slot", len(bot.background))
        yield _gauge("last_pulse_seconds", "Seconds since the scheduler last rang", bot.jobs.silence)
        yield _gauge("loop_lag_seconds", "The longest the event loop kept a timer waiting, last minute", bot.jobs.lag)
        connected = bot.socket is None or bot.socket.connected
        yield _gauge("slack_connected", "1 if Slack can reach the bot, as far as the bot knows", connected)
        if bot.tidier.sound is not None:
            yield _gauge("database_sound", "1 if the last nightly integrity check found nothing", bot.tidier.sound)

    def _world(self) -> Iterator[Metric]:
        bot = self._bot
        yield _counter("slack_errors", "Failed calls of Slack's Web API", ("method", "error"), bot.messenger.errors)
        yield _counter("platform_errors", "Failed calls of the mail platform", ("call", "error"), bot.platform_errors)
        yield _counter("refused", "Commands and clicks that were not taken", ("reason",), bot.slack.refused)
        results = [((result,), n) for result, n in bot.dns.results.items()]
        yield _counter("dns_queries", "DNS questions by how they ended", ("result",), results)


def _database(vitals: Vitals) -> Iterator[Metric]:
    states = GaugeMetricFamily("emaildomain_domains", "Domains by state", labels=["state"])
    for state in State:
        states.add_metric([state.value], vitals.states.get(state.value, 0))
    yield states
    yield _gauge("due_lag_seconds", "How long the most overdue domain has been due", vitals.due_lag / 1000)
    yield _gauge("messages_unsent", "Messages owed to channels and people", vitals.unsent)
    yield _gauge("oldest_unsent_seconds", "Age of the oldest message that is not sent", vitals.oldest_unsent / 1000)
    yield _gauge(
        "messages_ambiguous", "Messages being sent, or of which nobody knows if Slack has them", vitals.ambiguous
    )
    yield _gauge("oldest_wish_seconds", "Age of the oldest wish that is not answered", vitals.oldest_wish / 1000)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"emaildomain_{name}", meaning, value=value)


def _counter(name: str, meaning: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]) -> Metric:
    family = CounterMetricFamily(f"emaildomain_{name}", meaning, labels=list(labels))
    for words, n in counts:
        family.add_metric(list(words), n)
    return family


class Counted:
    """A platform that works as before, and whose failures are counted by call and reason."""

    def __init__(self, platform: MailPlatform, errors: LabelledCounter) -> None:
        self._platform, self._errors = platform, errors

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._platform, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def counted(*arguments: Any, **named: Any) -> Any:
            try:
                return await found(*arguments, **named)
            except (PlatformDown, PlatformRefused) as error:
                self._errors.add(name, error.reason if isinstance(error, PlatformRefused) else "down")
                raise

        return counted
