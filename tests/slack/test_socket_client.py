"""The one connection of Socket Mode: growing pauses, one line each in the log, no second connection by accident."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Bot, Parts
from bot.config import settings as config
from bot.doctor import examine
from bot.slack import socket_client
from bot.slack.socket_client import LONGEST_PAUSE, pause_after
from bot.tryout.slack.simulated import words
from storage.inspection import belongings
from tests.runtime.test_metrics import get, metrics
from tests.scenarios.world import ALEX, SAM, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, socket=True, EMAILDOMAIN_OPERATORS=SAM) as made:
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_client, "FIRST_PAUSE", 0.01)


def test_pauses_grow_from_a_second_to_five_minutes() -> None:
    pauses = [pause_after(n) for n in range(1, 12)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE == 300
    assert pause_after(10_000) == 300


async def until(done: object, within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not done():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_slack_that_refuses_is_asked_more_and_more_seldom(
    world: World, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    """One line of ours each time, with the next step in it; no trace of a stack."""
    assert world.bot.socket is not None
    caplog.clear()
    world.slack.faults.add("apps.connections.open", "internal_error", 5)
    await world.slack.socket.drop_all(abrupt=True)
    await world.slack.socket.opened(1, 15)
    lines = [r for r in caplog.records if "Socket Mode not connected" in r.getMessage()]
    assert len(lines) == 5
    assert all("emaildomain doctor" in r.getMessage() and "internal_error" in r.getMessage() for r in lines)
    assert [r for r in caplog.records if r.exc_info or "Traceback" in r.getMessage()] == []


async def test_without_a_network_there_is_a_line_now_and_then_and_no_trace(
    tmp_path: Path, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing listens there: the bot says so in words, names `doctor`, and stops when it is asked to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environ = {
        "SLACK_BOT_TOKEN": "xoxb-simulated", "SLACK_APP_TOKEN": "xapp-simulated", "HOST": "127.0.0.1", "PORT": "0",
        "SLACK_API_URL": f"http://127.0.0.1:{port}/api/", "EMAILDOMAIN_DATABASE": str(tmp_path / "emaildomain.db"),
    }  # fmt: skip
    bot = Bot(config.load(environ, None), Parts())
    await bot.start()
    await asyncio.sleep(1.5)
    await asyncio.wait_for(bot.stop(), 5)
    ours = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [r.getMessage() for r in ours if r.exc_info or "Traceback" in r.getMessage()] == []
    assert all("emaildomain doctor" in r.getMessage() for r in ours), [r.getMessage() for r in ours]
    assert len([r for r in ours if "identity" in r.name]) == 1, "one line every five minutes"
    assert "SlackBusy" not in caplog.text
    assert any("cannot be reached" in r.getMessage() for r in ours)


async def test_two_tasks_that_connect_at_once_make_one_connection(world: World) -> None:
    assert world.bot.socket is not None
    client = world.bot.socket.client
    client._made_at = -100.0
    await asyncio.gather(*(client.connect_to_new_endpoint(force=True) for _ in range(5)))
    await asyncio.sleep(0.2)
    assert world.slack.socket.connections == 1
    opened = [c for c in world.slack.calls if c.method == "apps.connections.open"]
    assert len(opened) == 2, "the first one, and one for all five"


async def test_a_used_up_address_is_not_tried_again(world: World, quick: None) -> None:
    """An address is good once: where the connection was not made with it, the next try asks for another one."""
    await world.slack.socket.drop_all(abrupt=True)
    good = world.slack.context.socket_url
    used = f"{world.slack.socket.base}/link/?ticket=used&app_id=A0"
    object.__setattr__(world.slack.context, "socket_url", lambda: used)
    await asyncio.sleep(3)
    assert world.slack.socket.connections == 0
    object.__setattr__(world.slack.context, "socket_url", good)
    await world.slack.socket.opened(1, 15)


async def test_a_connection_that_slack_cuts_at_once_is_not_made_anew_without_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop of connections is how ghosts are made."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    assert world.bot.socket is not None
    monkeypatch.setattr(world.bot.socket.client, "_rest", noted)
    for _ in range(4):
        await world.bot.socket.client.connect_to_new_endpoint(force=True)
    assert slept == [1, 2, 4]


# ---- ghosts


async def greeted(world: World, times: int) -> None:
    """So many new connections, more than a minute apart by the bot's clock."""
    assert world.bot.socket is not None
    for _ in range(times):
        world.clock.forward(61_000)
        world.bot.socket.client._made_at = -100.0
        await world.bot.socket.client.connect_to_new_endpoint(force=True)
        await asyncio.sleep(0.1)
    await world.settle()


async def test_ghosts_are_told_everywhere_once_and_nothing_reconnects_because_of_them(world: World) -> None:
    world.slack.socket.ghosts = 1
    await greeted(world, 1)
    assert "ghosts" not in (await get(world, "/readyz"))[1], "one greeting proves nothing"
    await greeted(world, 1)
    status, said = await get(world, "/readyz")
    assert status == 200
    assert "connections that no bot reads (1)" in said
    assert (await metrics(world))["emaildomain_socket_connections"] == 2
    await world.forward(minutes=1)
    (told,) = [words(m) for m in world.slack.dms(SAM) if "Socket Mode" in words(m)]
    assert "vanish without a trace" in told
    assert belongings(world.path / "emaildomain.db").ghosts == 1
    lines: list[str] = []
    await examine(config.load(world.environ, None), lines.append)
    assert any(line.startswith("warning  Socket Mode") and "clicks vanish" in line for line in lines)
    opened = len([c for c in world.slack.calls if c.method == "apps.connections.open"])
    await asyncio.sleep(1)
    assert len([c for c in world.slack.calls if c.method == "apps.connections.open"]) == opened
    world.slack.socket.ghosts = 0
    await greeted(world, 1)
    assert "ghosts" not in (await get(world, "/readyz"))[1]
    assert belongings(world.path / "emaildomain.db").ghosts == 0


async def test_a_vote_that_a_ghost_took_can_be_given_again_on_the_home_tab(world: World) -> None:
    """The click vanishes; the request stands on the approver's Home tab with the same buttons, and counts there."""
    await world.asked()
    request = world.said("approval")[0]
    world.slack.socket.ghosts = 1
    lost = world.slack.socket
    lost._turn = iter([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])  # type: ignore[assignment]
    assert (await world.slack.click(SAM, request, "approve")).problem is not None
    assert world.kinds().count("decided") == 0
    home = await world.opens_home(SAM)
    await world.click(SAM, home, "approve")
    await world.settle()
    assert world.kinds().count("decided") == 1


async def test_nobody_is_bothered_by_ghosts_of_others(world: World) -> None:
    await greeted(world, 3)
    assert world.slack.dms(SAM) == []
    assert ALEX not in {m.user for m in world.slack.dms(SAM)}
