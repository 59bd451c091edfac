"""How often the simulated Slack may be called: its tiers as buckets, measured on the clock's monotonic seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.tryout.slack.clock import Clock
from bot.tryout.slack.message import Json

#: chat.postMessage: one a second and channel, "short bursts" allowed; the size of a burst is not documented.
CHANNEL_PER_MINUTE, CHANNEL_BURST = 60, 3

#: Tier 1 is "1+ a minute" with some burst. Ten connections may be opened at once, so at least ten must pass.
LEAST_BURST = 10


@dataclass
class _Bucket:
    room: float
    at: float


class Pace:
    """Token buckets per method (and per channel for posting). Switched off with ``enabled = False``."""

    def __init__(self, clock: Clock, *, enabled: bool) -> None:
        self.enabled = enabled
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, method: str, per_minute: int, args: Json) -> int | None:
        """Take one call from the budget; the seconds for ``Retry-After`` where there is none left."""
        if not self.enabled:
            return None
        limits = [(method, per_minute, max(per_minute, LEAST_BURST))]
        if method == "chat.postMessage":
            limits.append((f"{method} {args.get('channel')}", CHANNEL_PER_MINUTE, CHANNEL_BURST))
        now = self._clock.monotonic()
        short = 0.0
        for key, rate, burst in limits:
            bucket = self._buckets.setdefault(key, _Bucket(burst, now))
            bucket.room = min(burst, bucket.room + (now - bucket.at) * rate / 60)
            bucket.at = now
            short = max(short, (1 - bucket.room) * 60 / rate)
        if short > 1e-9:
            return math.ceil(short)
        for key, _, _ in limits:
            self._buckets[key].room -= 1
        return None
