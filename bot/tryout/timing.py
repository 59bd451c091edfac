"""The clock of the page: how fast the bot's time passes, what happens next, and skipping to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import MappingProxyType

from bot.app import Bot
from bot.model.schedule import Due, Task, agenda
from bot.tryout.clock import MovableClock
from bot.tryout.page import NoSuchThingError
from bot.tryout.slack.message import Json

#: How fast time may pass -> what the button says.
PACES: Mapping[int, str] = MappingProxyType({1: "Real time", 60: "A minute a second", 720: "Two hours in 10 seconds"})

#: What the bot will do, or has just done.
WORDS: Mapping[Task, str] = MappingProxyType(
    {
        Task.PREPARE: "asking the platform for the records of {name}",
        Task.LATE: "saying that the platform takes long with {name}",
        Task.LOOK: "a look at the DNS of {name}",
        Task.PLATFORM: "a look at {name} on the mail platform",
        Task.ACTIVATE: "asking the platform whether {name} is active",
        Task.WINDOW: "the end of the two hours of {name}",
        Task.TIMER: "the end of patience with {name}",
        Task.EXPIRE: "the request about {name} expires",
        Task.NUDGE: "reminding the approvers of {name}",
        Task.REMIND: "reminding the owner that no record of {name} is there",
        Task.WARN: "warning that watching {name} will end",
        Task.NOTHING: "saying that still nothing was found for {name}",
        Task.GUARD: "a look for campaigns that use {name} too early",
        Task.REMOVE: "a look whether {name} can be deleted",
        Task.STILL: "saying that {name} is still being removed",
        Task.CLEANUP: "a look whether the records of {name} are gone",
        Task.UNANSWERED: "asking the approvers about {name}, which is gone",
    }
)

#: What is done again and again. On the way to something later it is not waited for.
_ROUTINE = frozenset({Task.PREPARE, Task.LOOK, Task.PLATFORM, Task.ACTIVATE, Task.GUARD, Task.REMOVE, Task.CLEANUP})

#: How many coming things are shown, routine and other.
_ROUTINE_SHOWN, _OTHER_SHOWN = 2, 6

#: How long (real s) one stop of a skip may take before time goes on.
_PATIENCE = 10.0


class Timing:
    """See :class:`bot.tryout.page.Panel`."""

    def __init__(self, bot: Bot, clock: MovableClock) -> None:
        self._bot, self._clock = bot, clock

    async def show(self, wish: Json) -> Json:
        return {
            "now": self._clock.now(),
            "pace": self._clock.pace,
            "paces": [{"pace": pace, "label": label} for pace, label in PACES.items()],
            "next": [
                {"at": due.at, "what": WORDS[due.task].format(name=name), "routine": due.task in _ROUTINE}
                for due, name in _worth_showing(await self._ahead())
            ],
        }

    async def act(self, action: str, wish: Json) -> Json:
        """``pace`` with ``{"pace": 60}``; ``skip`` with ``{"at": <UTC ms>}``, or to what is due first."""
        said: Json = {}
        if action == "pace":
            self._clock.run(min(max(PACES), max(1.0, float(wish["pace"]))))
            self._bot.ports.wake()
        elif action == "skip":
            said = await self._skip(wish.get("at"))
        else:
            raise NoSuchThingError(action)
        return await self.show(wish) | said

    async def _skip(self, wanted: int | None) -> Json:
        """Move on to one of the coming things; on the way, stop for whatever is not routine."""
        began = self._clock.now()
        ahead = await self._ahead()
        coming = next(((due, name) for due, name in ahead if wanted is None or due.at >= wanted), None)
        if coming is None:
            return {"skipped": None}
        due, name = coming
        while self._clock.now() < due.at:
            stops = (stop.at for stop, _ in await self._ahead() if stop.at < due.at and stop.task not in _ROUTINE)
            self._clock.move_to(min(stops, default=due.at))
            self._bot.ports.wake()
            with contextlib.suppress(TimeoutError):  # what is begun goes on by itself
                async with asyncio.timeout(_PATIENCE):
                    await self._bot.idle()
        return {"skipped": {"seconds": (due.at - began) / 1000, "what": WORDS[due.task].format(name=name)}}

    async def _ahead(self) -> list[tuple[Due, str]]:
        """What is still to come for any domain, earliest first; of each kind of thing the next one only."""
        identity, now = self._bot.ports.identity(), self._clock.now()
        found: dict[tuple[str, Task], Due] = {}
        for domain in await self._bot.store.domains(identity.team) if identity else ():
            for due in agenda(domain, self._bot.ports.rhythm):
                if due.at > now:
                    found.setdefault((domain.name, due.task), due)
        return sorted(((due, name) for (name, _), due in found.items()), key=lambda row: row[0])


def _worth_showing(ahead: list[tuple[Due, str]]) -> list[tuple[Due, str]]:
    """Earliest first; many domains have many looks, which must not hide that the two hours end."""
    routine = [row for row in ahead if row[0].task in _ROUTINE]
    other = [row for row in ahead if row[0].task not in _ROUTINE]
    return sorted([*routine[:_ROUTINE_SHOWN], *other[:_OTHER_SHOWN]])
