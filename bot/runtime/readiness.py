"""Whether the bot is ready, in words, by part, for /readyz: what is missing, and what else is amiss."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.errors import StorageBusy

log = structlog.get_logger(__name__)

_SILENCE = 60.0  #: seconds without a heartbeat of the scheduler, after which something is wrong
_LOOK_AGAIN = 15.0  #: seconds between two looks at the files of the database


@dataclass(frozen=True, slots=True)
class Readiness:
    """Asks the parts each time it is called; what they answer is not kept."""

    known: Callable[[], bool]  #: it is known who the bot is: Slack has said so, now or at an earlier start
    begun: Callable[[], bool]  #: Slack has said so since the start, and what time it is: work has begun
    connected: Callable[[], bool]  #: requests can arrive
    ghosts: Callable[[], int]  #: connections of Socket Mode that nobody reads
    silence: Callable[[], float]  #: seconds since the scheduler's last heartbeat; 0 before it has to beat
    sound: Callable[[], bool | None]  #: what the last integrity check of the database found
    read: Callable[[], Awaitable[object]]  #: any quick question to the database; raises StorageBusy
    write: Callable[[], Awaitable[object]]  #: an empty transaction; raises StorageBusy

    async def __call__(self) -> dict[str, str]:
        """What is missing; empty when it is ready."""
        why = {}
        if not self.known():
            why["slack"] = (
                "Slack has not said who the bot is: auth.test has not succeeded yet. See the log; try doctor."
            )
        if self.silence() > _SILENCE:
            why["scheduler"] = f"The scheduler has not rung for {self.silence():.0f} s. Restart the bot."
        if self.sound() is False:
            why["integrity"] = "The database is damaged (integrity check). Stop the bot and go back to a backup."
        try:
            await self.read()
        except StorageBusy as busy:
            why["database"] = f"The database does not answer: {busy.why}."
        try:
            await self.write()
        except StorageBusy as busy:
            why["writer"] = f"Nothing can be stored now: {busy.why}."
        return why

    def warnings(self) -> dict[str, str]:
        """What is amiss although the bot is ready."""
        amiss = {}
        if self.known() and not self.begun():
            amiss["slack"] = (
                "Slack has not answered since the start, so time does not pass yet. See the log; try doctor."
            )
        if not self.connected():
            amiss["socket"] = "Socket Mode is not connected; it is tried again. Is slack.com reachable? Try doctor."
        if ghosts := self.ghosts():
            amiss["ghosts"] = (
                f"Slack counts connections that no bot reads ({ghosts}): clicks and commands sent there vanish."
                " Stop whatever else runs with this SLACK_APP_TOKEN, or use HTTP (README)."
            )
        return amiss


class FilesWatch:
    """Says once that the database cannot be relied on any more, within a quarter of a minute, though nobody asks."""

    def __init__(self, lost: Callable[[], str | None]) -> None:
        self._lost = lost
        self._said: str | None = None

    async def look(self) -> float:
        """Seconds until it wants to look again."""
        lost = self._lost()
        if lost is not None and lost != self._said:
            log.critical("nothing can be stored any more", why=lost)
        self._said = lost
        return _LOOK_AGAIN
