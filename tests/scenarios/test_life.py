"""The main job: from *add* to *you may send now*."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, World

WHOLE = ["records", "ready", "approval", "decided", "activated", "sending_allowed"]


async def test_a_whole_life(either: World) -> None:
    world = either
    answer = await world.command(ALEX, f"add {NAME}")
    assert answer.problem is None
    assert "being prepared" in world.last(ALEX)
    assert world.said() == [], "nothing is in the channel before both records are known"

    await world.forward(seconds=5)
    assert world.kinds() == ["records"]
    domain = await world.domain()
    for record in domain.records:
        assert record.value in words(world.card)

    await world.publish()
    await world.forward(seconds=40)
    assert await world.state() is State.READY
    (ready,) = world.said("ready")
    assert ready.thread_ts == world.card.ts
    assert ready.broadcast

    await world.click(ALEX, ready, "activate")
    (request,) = world.said("approval")
    await world.click(SAM, request, "approve")
    assert await world.state() is State.ACTIVATING
    await world.forward(seconds=30)
    assert await world.state() is State.WAITING

    opens = (await world.domain()).opens_at
    assert opens is not None
    await world.forward(seconds=(opens - world.clock.now()) / 1000 - 1)
    assert not world.said("sending_allowed"), "one second early is too early"
    await world.forward(seconds=2)
    assert await world.state() is State.OPEN
    assert world.kinds() == WHOLE
    assert all(m.thread_ts == world.card.ts for m in world.said()[1:])

    await world.restart()
    await world.forward(hours=5)
    assert world.kinds() == WHOLE, "nothing is said twice"
    assert len(set(world.every_key())) == len(world.every_key())
    assert world.said("records")[0].metadata["event_payload"]["key"] == f"T0XYZCORP/{NAME}#1/records/1"  # type: ignore[index]
    assert world.slack.messages(CHANNEL)
