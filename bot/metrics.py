"""What /metrics tells: read when asked, so that nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from bot.app import Bot


class Metrics(Collector):
    """Gauges of one running bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    def collect(self) -> Iterable[GaugeMetricFamily]:
        bot = self._bot
        rows = {
            "emaildomain_background_tasks": ("Wishes being carried out or waiting for a slot", len(bot.background)),
            "emaildomain_last_pulse_seconds": ("Seconds since the scheduler last rang", bot.jobs.silence),
            "emaildomain_slack_connected": (
                "1 if Slack can reach the bot, as far as the bot knows",
                float(bot.socket is None or bot.socket.connected),
            ),
        }
        for name, (meaning, value) in rows.items():
            yield GaugeMetricFamily(name, meaning, value=value)
