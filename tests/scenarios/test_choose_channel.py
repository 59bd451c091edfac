"""A conversation the bot is not in: the person has the records at once, and the posts find a channel."""

from __future__ import annotations

from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, CHANNEL, GUEST, NAME, SUZUKI, World

SECRET = "G0SECRET"


async def added_in_secret(world: World) -> None:
    world.slack.workspace.add_channel(SECRET, "secret", members=[ALEX, SUZUKI], bot_in=False, is_private=True)
    await world.command(ALEX, f"add {NAME}", channel=SECRET)
    await world.forward(seconds=5)


async def test_the_owner_gets_the_records_once_in_private(world: World) -> None:
    await added_in_secret(world)
    await world.forward(minutes=30)
    (told,) = world.slack.dms(ALEX)
    for record in (await world.domain()).records:
        assert record.value in words(told)
    assert "/invite @emaildomain" in words(told)


async def test_choosing_a_channel_sends_what_was_waiting(world: World) -> None:
    await added_in_secret(world)
    await world.click(ALEX, world.slack.dms(ALEX)[0], "channel")
    await world.submit(ALEX, {"channel": CHANNEL})
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]
    assert world.kinds(SECRET) == []


async def test_a_channel_the_bot_is_not_in_is_not_taken(world: World) -> None:
    await added_in_secret(world)
    world.slack.workspace.add_channel("G0OTHER", "other", members=[ALEX], bot_in=False, is_private=True)
    await world.click(ALEX, world.slack.dms(ALEX)[0], "channel")
    await world.submit(ALEX, {"channel": "G0OTHER"})
    assert (await world.domain()).channel == SECRET
    assert "/invite" in world.last(ALEX)


async def test_a_card_that_stands_elsewhere_gets_a_copy(world: World) -> None:
    await world.added()
    world.slack.workspace.add_channel("C0NEW", "new", members=[ALEX], bot_in=False)
    world.slack.workspace.archive(CHANNEL)
    await world.publish()
    await world.forward(minutes=15)
    await world.click(ALEX, world.slack.dms(ALEX)[0], "channel")
    await world.submit(ALEX, {"channel": "C0NEW"})
    await world.forward(minutes=15)
    assert "card" in world.kinds("C0NEW") and "ready" in world.kinds("C0NEW")
    assert len(set(world.every_key())) == len(world.every_key())


async def test_a_stranger_does_not_move_the_posts(world: World) -> None:
    await added_in_secret(world)
    told = world.slack.dms(ALEX)[0]
    await world.slack.click(GUEST, told, "channel")
    await world.settle()
    assert world.slack.view(GUEST) is None
