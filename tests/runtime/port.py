"""The HTTP port of a world's bot, and what a test of it asks."""

from __future__ import annotations

import time

from bot.runtime.connections import Connections
from bot.tryout.slack.transport import Forgery
from tests.scenarios.world import ALEX, CHANNEL, World

#: In Slack's form, and signed by nobody.
FORGED = {"X_Slack_Request_Timestamp": "1700000000", "X_Slack_Signature": f"v0={'0' * 64}"}


def port(world: World) -> int:
    return world.bot.front.port


def door(world: World) -> Connections:
    return world.bot.front.connections


def signed(world: World, body: bytes, forgery: Forgery | None = None) -> dict[str, str]:
    """As Slack signs it."""
    made = world.slack._http.signed(body.decode(), forgery or Forgery())
    return {name.replace("-", "_"): value for name, value in made.items()}


async def slack_is_served(world: World) -> None:
    began = time.perf_counter()
    delivery = await world.slack.command(ALEX, CHANNEL, "help")
    assert (delivery.status, delivery.problem) == (200, None)
    assert time.perf_counter() - began < 1.0
    await world.settle()


def refused(world: World, why: str) -> int:
    return sum(n for words, n in world.bot.slack.refused if words == (why,))
