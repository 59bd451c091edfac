"""Socket Mode: the connection is cut, refreshed, refused; the bot is back within seconds and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.scenarios.world import ALEX, NAME, SAM, World

#: Seconds until the bot must be back; generous on top of the promise of ten, for busy machines.
BACK = 20.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, socket=True) as made:
        yield made


async def test_slack_asks_the_bot_to_connect_again(world: World) -> None:
    """``disconnect`` frames come every few hours; the warning before one changes nothing."""
    await world.slack.socket.refresh("warning")
    await world.asked()
    for _ in range(3):
        await world.slack.socket.refresh()
        await world.slack.socket.opened(1, BACK)
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(hours=2, minutes=2)
    assert world.kinds() == ["records", "ready", "approval", "decided", "activated", "sending_allowed"]


async def test_slack_refuses_the_connection_for_a_while(world: World) -> None:
    world.slack.faults.add("apps.connections.open", "status", 2)
    await world.slack.socket.drop_all(abrupt=True)
    await world.slack.socket.opened(1, BACK)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]


async def test_a_wish_delivered_on_two_connections_is_one_wish(world: World) -> None:
    """The acknowledgement was lost with the connection, so Slack sends the envelope again."""
    await world.ready()
    first = await world.click(ALEX, world.said("ready")[0], "activate")
    await world.slack.socket.drop_all(abrupt=True)
    await world.slack.socket.opened(1, BACK)
    await world.slack.socket.send("interactive", first.payload)
    await world.settle()
    assert world.kinds().count("approval") == 1
    assert Ledger(world.path / "emaildomain.db").faults(world.said()) == []
