"""Everything outside the bot, as a process of its own: a simulated Slack and a laboratory of DNS servers.

It takes one JSON array a line, the name of a method of :class:`Outside` and its arguments, and answers with one line.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from typing import Any
from urllib.parse import urlencode

from bot.slack import manifest
from bot.tryout.dns import DnsLab
from bot.tryout.slack import payloads
from bot.tryout.slack.simulated import SimulatedSlack

COMMAND, PERSON, CHANNEL, ZONE = "/emaildomain", "U0ALEX", "C0MAIL", "xyzcorp.com"

#: One person may send 20 at once and then one a second, so a rush comes from many.
PEOPLE = [PERSON, *(f"U0P{n:04}" for n in range(499))]


class RealClock:
    """The time that Bolt compares signatures with."""

    def now(self) -> int:
        return round(time.time() * 1000)  # noqa: TID251 - Bolt looks at the real clock

    def monotonic(self) -> float:
        return time.monotonic()


class Outside:
    """What the bench asks of the world."""

    def __init__(self) -> None:
        clock = RealClock()
        self._lab = DnsLab(now=clock.now)
        self._turn, self._clicks = itertools.cycle(PEOPLE), 0
        self._slack = SimulatedSlack(clock=clock, scopes=manifest.SCOPES, commands=[COMMAND], rate_limits=False)

    async def start(self) -> dict[str, str]:
        """The settings of a bot that lives here."""
        await self._lab.start()
        await self._slack.start()
        self._slack.workspace.add_person(PERSON, "alex", real_name="Alex Tanaka")
        for person in PEOPLE[1:]:
            self._slack.workspace.add_person(person, person.lower())
        self._slack.workspace.add_channel(CHANNEL, "email-domains", members=PEOPLE, bot_in=True)
        self._lab.zone(ZONE)
        return {
            "TEAM": self._slack.workspace.team_id,
            "SLACK_BOT_TOKEN": self._slack.bot_token,
            "SLACK_APP_TOKEN": self._slack.app_token,
            "SLACK_SIGNING_SECRET": self._slack.signing_secret,
            "SLACK_API_URL": self._slack.api_url,
            "EMAILDOMAIN_PLATFORM": "embedded",
            **self._lab.settings,
        }

    async def bodies(self, texts: list[str]) -> list[str]:
        """One unsigned delivery for each text, with a trigger and a response URL of its own, as Slack would send it.

        A text ``press <action> <value>`` is a click on a button of a private answer. Everybody has their turn.
        """
        return [self._click(text) if text.startswith("press ") else self._command(text) for text in texts]

    def _command(self, text: str) -> str:
        workspace, person = self._slack.workspace, next(self._turn)
        fields = payloads.command(workspace, workspace.people[person], workspace.channels[CHANNEL], COMMAND, text)
        fields["response_url"], _ = self._slack.hooks.give(person, CHANNEL)
        fields["trigger_id"] = self._slack.context.triggers.give(person)
        return urlencode(fields)

    def _click(self, text: str) -> str:
        workspace, person = self._slack.workspace, next(self._turn)
        _, action, value = text.split(" ", 2)
        button = {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": action}}
        self._clicks += 1
        body = payloads.interaction(workspace, workspace.people[person], "block_actions") | {
            "channel": {"id": CHANNEL, "name": "email-domains"},
            "container": {"type": "message", "channel_id": CHANNEL, "is_ephemeral": True, "message_ts": "1.000001"},
            "actions": [payloads.action(button, "b", f"1700000000.{self._clicks:06}", None)],
            "response_url": self._slack.hooks.give(person, CHANNEL)[0],
            "trigger_id": self._slack.context.triggers.give(person),
        }
        return urlencode({"payload": json.dumps(body)})

    async def answered(self) -> int:
        """How many private answers people got so far."""
        return sum(len(self._slack.private(person)) for person in PEOPLE)

    async def over_the_socket(self, texts: list[str], gap: float) -> list[float]:
        """Seconds from envelope to acknowledgement, one after another, ``gap`` seconds apart."""
        took = []
        for text in texts:
            delivery = await self._slack.command(next(self._turn), CHANNEL, text)
            assert delivery.problem is None, delivery
            took.append(delivery.seconds)
            await asyncio.sleep(gap)
        return took

    async def connections(self) -> int:
        """How many sockets are open."""
        return self._slack.socket.connections

    async def posted(self) -> int:
        """How many messages the channel has."""
        return len(self._slack.messages(CHANNEL))

    async def dns(self, alive: bool) -> None:
        """Every DNS server answers, or none does."""
        for endpoint in self._lab._endpoints:
            if alive:
                endpoint.heal()
            else:
                endpoint.silence()

    async def web_api(self, alive: bool) -> None:
        """Slack's Web API and response URLs answer, or take every call and never answer it."""
        self._slack.faults.clear()
        if not alive:
            self._slack.faults.add("*", "hang", None)

    async def stop(self) -> None:
        await self._slack.stop()
        await self._lab.stop()


async def main() -> None:
    outside = Outside()
    requests = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin.buffer)
    async for line in requests:
        name, *arguments = json.loads(line)
        result: Any = await getattr(outside, name)(*arguments)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
