"""Home tabs: published when they are opened and after each click on them, and kept current for a while after that.

Nothing of this is stored: whoever opens the tab gets it anew. It runs beside the messages to channels, never before
them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from bot.errors import SlackBusy, SlackRefused, SlackUnclear
from bot.model.message import Blocks, Message
from bot.views import kit

log = structlog.get_logger(__name__)

#: Tabs opened within so many seconds are kept current, so many at most, and all of them together this often (s).
KEEP_FRESH_FOR, MAX_TABS, MIN_INTERVAL = 600.0, 20, 5.0

#: An answer stands for so long (s) whatever happens, and goes with the first change after that.
ANSWER_TTL = 60.0


class Call(Protocol):
    def __call__(self, method: str, **arguments: Any) -> Awaitable[dict[str, Any]]: ...


@dataclass(slots=True)
class OpenTab:
    """One person's tab, with the ``answer`` to their last click on something ``about`` a domain.

    ``channel`` is the one they chose in a form: Slack keeps it with the tab, for what is pressed next.
    """

    team: str
    user: str
    opened: float = 0.0
    channel: str = ""
    answer: Message | None = None
    about: str = ""
    shown: str = ""  #: fingerprint of what Slack last took, the answer left out
    due: bool = False  #: to be published even if that is the same
    queued: bool = False  #: a publication waits for its turn, and will show whatever is true then
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


#: The tab as it is now for a user of a team.
Render = Callable[[str, str], Awaitable[Message]]


class HomeTabs:
    """The tabs that were opened lately. For each reader one publication at a time, so the last one shows the latest."""

    def __init__(self, call: Call, render: Render, monotonic: Callable[[], float]) -> None:
        self._call, self._render, self._monotonic = call, render, monotonic
        self._readers: OrderedDict[tuple[str, str], OpenTab] = OrderedDict()
        self._refreshed = monotonic() - MIN_INTERVAL

    async def show(
        self, team: str, user: str, *, answer: Message | None = None, about: str = "", channel: str = ""
    ) -> None:
        """The tab was opened, or something pressed on it, which ``answer`` answers."""
        reader = self._readers.setdefault((team, user), OpenTab(team, user))
        self._readers.move_to_end((team, user))
        while len(self._readers) > MAX_TABS:
            self._readers.popitem(last=False)
        reader.opened, reader.due = self._monotonic(), True
        reader.answer, reader.about, reader.channel = answer, about, channel
        await self._publish(reader)

    async def refresh(self) -> float | None:
        """Publish again what changed; returns the seconds until that may be looked at again, where it is too soon."""
        now = self._monotonic()
        for key in [key for key, reader in self._readers.items() if now - reader.opened > KEEP_FRESH_FOR]:
            del self._readers[key]
        if not self._readers:
            return None
        rest = self._refreshed + MIN_INTERVAL - now
        if rest > 0:
            return rest
        self._refreshed = now
        for reader in list(self._readers.values()):
            await self._publish(reader)
        return None

    async def _publish(self, reader: OpenTab) -> None:
        if reader.queued:
            return
        reader.queued = True
        async with reader.turn:
            due, reader.queued, reader.due = reader.due, False, False
            blocks: Blocks = (await self._render(reader.team, reader.user)).blocks
            shown = hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()
            if shown == reader.shown and not due:
                return
            if not due and self._monotonic() - reader.opened > ANSWER_TTL:
                reader.answer = None
            if reader.answer is not None:
                blocks = kit.answered(blocks, reader.answer.blocks, reader.about)
            view = {"type": "home", "private_metadata": reader.channel, "blocks": blocks}
            try:
                await self._call("views.publish", user_id=reader.user, view=view)
            except (SlackBusy, SlackUnclear) as error:
                log.warning("Home tab not published", user=reader.user, error=str(error))
                reader.due = True  # nobody knows what is shown there now
                if isinstance(error, SlackBusy):
                    self._refreshed = self._monotonic() + error.seconds - MIN_INTERVAL
            except SlackRefused as refused:
                log.error("Home tab refused", user=reader.user, error=refused.error)
                self._readers.pop((reader.team, reader.user), None)
            else:
                reader.shown = shown
