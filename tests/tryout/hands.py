"""Somebody at the try-out's page without a browser: what the page itself sends and asks for."""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.tryout.page import CHANNEL
from bot.tryout.slack.simulated import Message, SimulatedSlack, words

NAME = "sales.xyzcorp.com"
ALEX, SAM, SUZUKI = "U0TANAKA", "U0SATO", "U0SUZUKI"
Json = dict[str, Any]


class Hands:
    """``await hands.acts("desk", "publish")``; panels that refuse fail the test with their sentence."""

    def __init__(self, slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
        self.slack, self._session = slack, session

    async def acts(self, panel: str, action: str, person: str = ALEX, **wish: Any) -> Json:
        body = {"as": person, **wish}
        async with self._session.post(f"/tryout/panel/{panel}/{action}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            shown: Json = await answer.json()
            return shown

    async def sees(self, panel: str, person: str = ALEX, **wish: str) -> Json:
        async with self._session.get(f"/tryout/panel/{panel}", params={"as": person, **wish}) as answer:
            shown: Json = await answer.json()
            return shown

    async def checks(self, name: str = NAME, person: str = ALEX) -> str:
        """What the person reads after ``check``, once it is more than that the bot is looking."""
        before = {m.ts for m in self.slack.private(person)}
        await self.slack.command(person, CHANNEL, f"check {name}")
        while True:
            said = [m for m in self.slack.private(person) if m.ts not in before]
            if said and "check" in actions(said[-1]):
                return words(said[-1])
            await self.slack.workspace.changed(self.slack.workspace.version, 10)

    async def added(self, name: str = NAME) -> None:
        """The domain is added, and its records are known."""
        await self.slack.command(ALEX, CHANNEL, f"add {name}")
        while name not in (await self.sees("desk"))["domains"]:
            await self.slack.workspace.changed(self.slack.workspace.version, 0.2)

    async def said(self, kind: str) -> Message:
        """The bot's last message of this kind, as soon as it is there."""
        while True:
            for message in reversed(self.slack.workspace.channels[CHANNEL].messages.values()):
                if message.metadata and message.metadata["event_payload"]["kind"] == kind:
                    return message
            await self.slack.workspace.changed(self.slack.workspace.version, 10)

    async def skips_until(self, kind: str) -> Message:
        """Press *Skip to what happens next* until there is a message of this kind."""
        for _ in range(100):
            if self.kinds().count(kind):
                return await self.said(kind)
            if (await self.acts("clock", "skip"))["skipped"] is None:
                await self.slack.workspace.changed(self.slack.workspace.version, 0.2)
        raise AssertionError(f"{kind} never came: {self.kinds()}")

    def kinds(self) -> list[str]:
        """Of everything the bot has posted in the channel, in order."""
        posted = self.slack.workspace.channels[CHANNEL].messages.values()
        return [m.metadata["event_payload"]["kind"] for m in posted if m.metadata]


def actions(message: Message) -> list[str]:
    """Action ids of the buttons on a message."""
    return [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
