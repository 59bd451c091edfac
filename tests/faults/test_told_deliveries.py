"""What Slack delivers comes twice, late, in the wrong order, or over a connection that is cut: what people read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from tests.faults.ledger import Ledger
from tests.faults.test_duplicates import deliver, typed
from tests.faults.test_posts import judge
from tests.faults.test_socket import BACK
from tests.faults.told import Said, once, speak, told
from tests.scenarios.world import ALEX, NAME, SAM, World

ASKED = {
    "en": "Approval needed: activate `sales.xyzcorp.com`",
    "ja": "`sales.xyzcorp.com` （組織: *Practice* ）の有効化の承認をお願いします",
}

# ---- deliveries


@told("one click delivered three times at once, and again later", **ASKED)
async def test_deliveries_are_doubled(world: World, said: Said) -> None:
    await world.ready()
    first = await world.click(ALEX, world.said("ready")[0], "activate", duplicate=True)
    await deliver(world, "interactive", first.payload, 3)
    await world.forward(minutes=1)
    await deliver(world, "interactive", first.payload, 1)
    once(world, said)
    assert world.kinds() == ["records", "ready", "approval"]
    judge(world)


@told(
    "a later click delivered before an earlier one: a vote counts only for the request it was given to",
    en="The request about `sales.xyzcorp.com` was decided before your click: withdrawn",
    ja="`sales.xyzcorp.com` の依頼は、先に決まっていました: 取り下げ",
)
async def test_deliveries_are_reordered(world: World, said: Said) -> None:
    await world.asked()
    old = world.said("approval")[0]
    await world.click(ALEX, old, "withdraw")
    await world.command(ALEX, f"activate {NAME}")
    late = await world.click(SAM, old, "approve", stale=True)  # pressed on the first request, arrives after the second
    assert late.problem is None
    assert said.sentence in world.last(SAM)
    assert await world.state() is State.AWAITING_APPROVAL
    assert Ledger(world.path / "emaildomain.db").one("SELECT count(*) FROM votes") == 0
    assert world.kinds() == ["records", "ready", "approval", "decided", "approval"]


@told(
    "*activate* delivered before the *add* it was typed after",
    en="I do not know `sales.xyzcorp.com` in this workspace",
    ja="このワークスペースに `sales.xyzcorp.com` はありません",
)
async def test_commands_are_reordered(world: World, said: Said) -> None:
    first, second = typed(world, ALEX, f"add {NAME}"), typed(world, ALEX, f"activate {NAME}")
    await deliver(world, "slash_commands", second, 1)
    assert said.sentence in world.last(ALEX)
    await deliver(world, "slash_commands", first, 1)
    await deliver(world, "slash_commands", second, 1)
    await world.forward(seconds=5)
    once(world, said)
    assert world.kinds() == ["records"]


# ---- Socket Mode


@pytest.fixture
async def plugged(tmp_path: Path, said: Said) -> AsyncIterator[World]:
    async with World(tmp_path, socket=True, EMAILDOMAIN_LANGUAGE=said.language) as made:
        speak(made, said.language)
        yield made


@told("Socket Mode is cut", **ASKED)
async def test_the_socket_is_cut(plugged: World, said: Said) -> None:
    world = plugged
    await world.ready()
    await world.slack.socket.drop_all(abrupt=True)
    await world.slack.socket.opened(1, BACK)
    await world.click(ALEX, world.said("ready")[0], "activate")
    once(world, said)
    assert world.kinds() == ["records", "ready", "approval"]


@told("Slack asks for a new Socket Mode connection", **ASKED)
async def test_the_socket_is_refreshed(plugged: World, said: Said) -> None:
    world = plugged
    await world.slack.socket.refresh("warning")
    await world.ready()
    await world.slack.socket.refresh()
    await world.slack.socket.opened(1, BACK)
    await world.click(ALEX, world.said("ready")[0], "activate")
    once(world, said)
    assert world.kinds() == ["records", "ready", "approval"]
