"""Why the bot is not ready, in words, by part, for /readyz."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import StorageBusy

_SILENCE = 60.0  #: seconds without a heartbeat of the scheduler, after which something is wrong


@dataclass(frozen=True, slots=True)
class Readiness:
    """Asks the parts each time it is called; what they answer is not kept."""

    known: Callable[[], bool]  #: Slack has said who the bot is, and work has begun
    connected: Callable[[], bool]  #: requests can arrive
    silence: Callable[[], float]  #: seconds since the scheduler's last heartbeat; 0 before it has to beat
    sound: Callable[[], bool | None]  #: what the last integrity check of the database found
    read: Callable[[], Awaitable[object]]  #: any quick question to the database; raises StorageBusy

    async def __call__(self) -> dict[str, str]:
        """Empty when it is ready."""
        why = {}
        if not self.known():
            why["slack"] = (
                "Slack has not said who the bot is: auth.test has not succeeded yet. See the log; try doctor."
            )
        if not self.connected():
            why["socket"] = "Socket Mode is not connected; it is tried again every few seconds. Is slack.com reachable?"
        if self.silence() > _SILENCE:
            why["scheduler"] = f"The scheduler has not rung for {self.silence():.0f} s. Restart the bot."
        if self.sound() is False:
            why["integrity"] = "The database is damaged (integrity check). Stop the bot and go back to a backup."
        try:
            await self.read()
        except StorageBusy as busy:
            why["database"] = f"The database does not answer: {busy.why}."
        return why
