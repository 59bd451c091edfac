"""Messages whose fate is unclear: looked for in Slack, once an answer can no longer be under way.

An attempt that ended without a clear answer may still be carried out by Slack for a while; one of an earlier life of
the process may have begun the moment before it was killed. Only then is reading the thread a proof.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from bot.errors import Problem, SlackBusy, SlackRefused, SlackTokenRefused, SlackUnclear
from bot.model.outbox import Notice
from bot.ports import Clocks, Ports

log = structlog.get_logger(__name__)

#: In units of SLACK_TIMEOUT: after an attempt of ours ended, and after the start for those of earlier lives.
OURS, EARLIER = 3, 4

_MARGIN = 120_000  #: Slack's Date header counts whole seconds and clocks drift: look a little further back (ms)
_BACK = 26 * 3_600_000
_AGAIN = 0.5  #: in units of SLACK_TIMEOUT, where Slack could not be asked
_HOLD = 600.0  #: seconds, where Slack does not let us look
_BATCH = 100


def anchor(clock: Clocks) -> int:
    """The instant (UTC ms) of an attempt that begins now, from which on it will be looked for.

    Slack numbers its messages by a clock of its own. Where the date that it says is ahead of that one, nothing would be
    found from our now on; the machine's clock does not err with it. A day further back would be a lot to read.
    """
    now = clock.now()
    return max(min(now, clock.machine()), now - _BACK)


def _since(notice: Notice) -> int:
    """From when on to look: nothing is posted before it is owed, whatever our clock said when it was tried."""
    at = min(notice.anchor or notice.created_at, notice.created_at)
    if notice.thread:  # in Slack's own numbers: nothing in a thread is older than its first message
        at = min(at, round(float(notice.thread) * 1000))
    return at - _MARGIN


class Settler:
    """One per process. ``life`` names this life of it; ``not_told`` hears where Slack does not let us look."""

    def __init__(self, ports: Ports, life: str, not_told: Callable[[Notice, SlackRefused], Awaitable[None]]) -> None:
        self._ports, self.life, self._not_told = ports, life, not_told
        self._started = ports.clock.monotonic()
        self._trying: set[str] = set()
        self._look_at: dict[str, float] = {}  # monotonic seconds, for every unclear message that is known of

    @contextmanager
    def attempt(self, notice: Notice) -> Iterator[None]:
        """Around one attempt to send, from its durable intention to its durable result."""
        self._trying.add(notice.key)
        try:
            yield
        finally:
            self._trying.discard(notice.key)

    async def settle(self) -> float | None:
        """Look for what has settled; returns seconds until more will have, None where nothing is unclear."""
        soonest: float | None = None
        seen: set[str] = set(self._trying)
        while notices := [n for n in await self._ports.store.ambiguous(_BATCH, seen) if n.key not in self._trying]:
            seen |= {notice.key for notice in notices}
            for notice in notices:
                left = self._left(notice)
                if left <= 0:
                    left = await self._settled(notice)
                if left > 0:
                    soonest = left if soonest is None else min(soonest, left)
        return soonest

    async def _settled(self, notice: Notice) -> float:
        """As :meth:`_look_for`; one message's trouble must not keep the others unclear."""
        try:
            return await self._look_for(notice)
        except Problem:
            raise
        except Exception as error:
            log.error("message not settled", key=notice.key, exc_info=error)
            return self._later(notice, _HOLD)

    def _left(self, notice: Notice) -> float:
        """Seconds during which Slack may still carry out the attempt."""
        timeout, now = self._ports.settings.slack_timeout, self._ports.clock.monotonic()
        settled = now + OURS * timeout if notice.owner == self.life else self._started + EARLIER * timeout
        return self._look_at.setdefault(notice.key, settled) - now

    async def _look_for(self, notice: Notice) -> float:
        """Record what became of it; returns seconds after which to try again, 0 where that is known now."""
        ports = self._ports
        channel = notice.channel or ""
        if "to" in notice.facts:
            # We may not read a private conversation, so this one cannot be looked for: it is not sent again.
            await ports.store.end(notice, "unclear")
            return self._known(notice, found=None)
        try:
            ts = await ports.messenger.find(channel, notice.key, since=_since(notice), thread=notice.thread)
        except (SlackBusy, SlackUnclear) as error:
            log.info("cannot look for a message now", key=notice.key, error=str(error))
            return self._later(notice, _AGAIN * ports.settings.slack_timeout)
        except SlackRefused as refused:
            if refused.error != "thread_not_found":
                # Without reading there is no knowing; held rather than said twice.
                log.error("cannot look for a message", key=notice.key, error=refused.error)
                if not isinstance(refused, SlackTokenRefused):
                    await self._not_told(notice, refused)
                return self._later(notice, _HOLD)
            ts = None  # somebody deleted the card, and nothing stands in its thread
        if ts is None:
            await ports.store.put_back(notice, 0)
        else:
            await ports.store.sent(notice, channel, ts, "", 0)
        return self._known(notice, found=ts is not None)

    def _later(self, notice: Notice, seconds: float) -> float:
        self._look_at[notice.key] = self._ports.clock.monotonic() + seconds
        return seconds

    def _known(self, notice: Notice, *, found: bool | None) -> float:
        self._look_at.pop(notice.key, None)
        log.info("message settled", key=notice.key, found=found)
        self._ports.wake()  # to be sent again, or shown as the domain is by now
        return 0.0
