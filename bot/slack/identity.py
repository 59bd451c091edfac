"""Who we are in Slack: what the last start left serves at once, Slack is asked until it answers.

From the first on commands are taken; with the second time begins to pass. The local clock may be days ahead, and would
end a two-hour wait that has just begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from bot.errors import SlackBusy, SlackRefused, SlackUnclear, StorageBusy, Trouble
from bot.model.outbox import Intent
from bot.model.people import Identity
from bot.ports import Ports
from bot.runtime.tasks import lasting
from bot.services import alerting
from bot.slack.users import Call

log = structlog.get_logger(__name__)

#: Seconds between two questions to Slack: at first, and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0

_SAY_EVERY = 300.0  #: seconds between two lines in the log that nobody answers


class Begin(Protocol):
    def __call__(self, interrupted: Sequence[Intent], *, ours: bool) -> Awaitable[None]: ...


class IdentityStore(Protocol):
    """What is kept of us; ``team`` is the workspace whose rows are read."""

    team: str

    async def identity(self) -> Identity | None: ...
    async def set_identity(self, identity: Identity) -> None: ...
    async def bound_team(self) -> str | None: ...
    async def unfinished(self) -> Sequence[Intent]: ...


class IdentityKeeper:
    """Calls ``begin`` once, when the workspace and the time are known, with what a kill interrupted.

    In a workspace that is not the database's nothing is posted, changed or answered until that is mended.
    """

    def __init__(
        self,
        call: Call,
        ports: Ports,
        store: IdentityStore,
        load_people: Callable[[str], Awaitable[None]],
        set_clock: Callable[[int], None],
        begin: Begin,
    ) -> None:
        self._call, self._ports, self._store = call, ports, store
        self._load_people, self._set_clock, self._begin = load_people, set_clock, begin
        self.current: Identity | None = None
        self.elsewhere: Identity | None = None  #: the workspace we are in, where the database belongs to another
        self.begun = False
        self._heard = False
        self._interrupted: Sequence[Intent] = ()
        self._learning: asyncio.Task[None] | None = None

    def hear(self, instant: int) -> None:
        """Slack said what time it is (UTC ms)."""
        self._heard = True
        self._set_clock(instant)

    async def remember(self) -> None:
        """What was known at the last start."""
        remembered = await self._store.identity()
        if remembered is not None:
            await self._know(remembered)

    def start(self) -> None:
        self._learning = lasting("identity", self._learn)

    async def stop(self) -> None:
        if self._learning is not None:
            self._learning.cancel()

    async def known(self) -> None:
        """Until Slack has said who we are; for the try-out."""
        if self._learning is not None:
            await asyncio.shield(self._learning)

    def warning(self) -> str | None:
        """What operators are told where the database belongs to another workspace than the one we are in."""
        if self.elsewhere is None:
            return None
        return (
            f"Installed in the workspace {self.elsewhere.team}, but the database belongs to {self._store.team}:"
            " nothing is posted or changed. Check SLACK_BOT_TOKEN, or run emaildomain rebind --team."
        )

    async def _learn(self) -> None:
        pause = _FIRST_PAUSE
        rested = _SAY_EVERY
        while True:
            try:
                await self._ask()
                return
            except Trouble as trouble:
                if rested >= _SAY_EVERY:
                    rested = 0.0
                    log.warning("Slack does not say who we are", why=_why(trouble), fix="emaildomain doctor")
            await asyncio.sleep(pause)
            rested += pause
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _ask(self) -> None:
        try:
            answer = await self._call("auth.test")
        except Trouble:
            if self.current is not None and self._heard:  # it said what time it is, and the rest is remembered
                await self._begin_once()
            raise
        identity = Identity(
            team=answer["team_id"], user=answer["user_id"], bot=answer.get("bot_id", ""),
            url=answer.get("url", ""), name=answer.get("team", ""),
        )  # fmt: skip
        if await self._is_elsewhere(identity):
            return
        if identity != self.current:
            known = self.current is not None and self.current.team == identity.team
            self.begun = self.begun and known
            await self._store.set_identity(identity)
            if known:
                self.current = identity
            else:
                await self._know(identity)
        await self._begin_once()

    async def _is_elsewhere(self, identity: Identity) -> bool:
        bound = await self._store.bound_team()
        if bound is None or bound == identity.team:
            self.elsewhere = None
            await alerting.over(self._ports, "another_team")
            return False
        self.elsewhere = identity
        self._store.team = bound
        own = await self._store.identity()
        log.error(
            "the database belongs to another workspace", connected=identity.team, own=bound,
            fix="check SLACK_BOT_TOKEN, or run emaildomain rebind --team",
        )  # fmt: skip
        names = {"connected": identity.name or identity.team, "own": own.name if own and own.name else bound}
        await alerting.tell_operators(self._ports, "another_team", identity.team, **names)
        if self.current is None and own is not None:
            await self._know(own)
        if not self.begun:
            await self._begin((), ours=False)
            self.begun = True
        return True

    async def _know(self, identity: Identity) -> None:
        """From here on commands are taken. What was left undone before is noted first, or it would be done twice."""
        self._store.team = identity.team
        await self._load_people(identity.team)
        self._interrupted = await self._store.unfinished()
        self.current = identity

    async def _begin_once(self) -> None:
        if self.begun:
            return
        await self._begin(self._interrupted, ours=True)
        self._interrupted = ()
        self.begun = True


def _why(trouble: Trouble) -> str:
    """In words, for the log."""
    match trouble:
        case SlackBusy():
            return "it cannot be reached, or asks to wait"
        case SlackUnclear():
            return f"it gives no clear answer ({trouble.why})"
        case SlackRefused():
            return f"it refuses the token ({trouble.error})"
        case StorageBusy():
            return f"the answer could not be stored ({trouble.why})"
    return str(trouble)
