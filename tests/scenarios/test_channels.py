"""Where posts go: the channel set, public and private ones, direct messages, archived ones, and poorer Slacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.message import Json
from bot.tryout.slack.methods import people
from bot.tryout.slack.simulated import words
from bot.tryout.slack.webmethod import Context
from bot.tryout.slack.workspace import Person
from tests.scenarios.reading import asleep, expect, kept, reads
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, World

POSTS, SECRET, BOT = "C0POSTS", "G0SECRET", "U0EMAILDOMAIN"
WHOLE = ["records", "ready", "approval", "decided", "activated", "sending_allowed"]


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[World]:
    """A workspace where posts go to one channel, wherever *add* was typed."""
    async with World(tmp_path, EMAILDOMAIN_CHANNEL=POSTS) as made:
        made.slack.workspace.add_channel(POSTS, "posts", members=[ALEX, SAM, SUZUKI])
        yield made


def methods(world: World) -> list[str]:
    return [call.method for call in world.slack.calls]


async def forgotten(world: World) -> None:
    """The bot asks Slack again whether it can post: what it knew is too old by now."""
    world.bot.messenger._reached.clear()


async def test_posts_go_to_the_channel_that_is_set(elsewhere: World) -> None:
    world = elsewhere
    await world.command(ALEX, f"add {NAME}")
    expect(world.last(ALEX), f"<#{POSTS}>")
    await world.forward(seconds=5)
    assert world.kinds(POSTS) == ["records"]
    assert world.kinds(CHANNEL) == []


async def test_a_public_channel_is_joined_before_the_first_post(world: World) -> None:
    await world.added()
    made = methods(world)
    assert made.count("conversations.join") == 1
    assert made.index("conversations.join") < made.index("chat.postMessage")
    assert BOT in world.slack.workspace.channels[CHANNEL].members
    assert not [call for call in world.slack.calls if call.error]


async def test_a_channel_the_bot_is_in_is_not_joined_again(world: World) -> None:
    world.slack.workspace.join(CHANNEL, BOT)
    await world.added()
    assert "conversations.join" not in methods(world)


async def test_in_a_private_channel_the_posts_wait_for_the_invitation_and_come_in_order(world: World) -> None:
    world.slack.workspace.add_channel(SECRET, "secret", members=[ALEX, SUZUKI], is_private=True)
    await world.command(SUZUKI, f"追加 {NAME}", SECRET)
    expect(world.last(SUZUKI), "/invite @emaildomain", f"<#{SECRET}>", "まだ送信できません")
    await world.forward(seconds=5)
    (told,) = world.slack.dms(SUZUKI)
    expect(words(told), "/invite @emaildomain", *(r.value for r in (await world.domain()).records))
    assert not world.slack.dms(ALEX), "nobody else is told"
    await world.publish()
    await world.forward(minutes=5)
    assert await world.state() is State.READY, "watching does not wait"
    assert world.kinds(SECRET) == []
    world.slack.workspace.join(SECRET, BOT)
    await world.forward(minutes=2)
    assert world.kinds(SECRET) == ["records", "ready"]
    card, ready = world.said(channel=SECRET)
    assert ready.thread_ts == card.ts
    assert len(world.slack.dms(SUZUKI)) == 1


async def test_asking_where_the_bot_is_no_longer_in_the_channel_says_so(world: World) -> None:
    world.slack.workspace.add_channel(SECRET, "secret", members=[ALEX, SAM, SUZUKI, BOT], is_private=True)
    await world.command(ALEX, f"add {NAME}", SECRET)
    await world.forward(seconds=5)
    await world.publish()
    await world.forward(minutes=1)
    world.slack.workspace.leave(SECRET, BOT)
    before = kept(world)["rounds"]
    for person, says in ((ALEX, "I am not a member"), (SUZUKI, "投稿できません")):
        await world.command(person, f"activate {NAME}", SECRET)
        expect(world.last(person), says, f"<#{SECRET}>", "/invite")
    assert kept(world)["rounds"] == before


async def test_a_direct_message_with_the_bot_works_but_nobody_there_could_approve(world: World) -> None:
    room = world.slack.workspace.dm(ALEX).id
    await world.command(ALEX, f"add {NAME}", room)
    await world.forward(seconds=5)
    assert world.kinds(room) == ["records"]
    await world.publish()
    await world.forward(minutes=1)
    assert world.kinds(room) == ["records", "ready"]
    before = kept(world)["rounds"]
    await world.command(ALEX, f"activate {NAME}", room)
    expect(world.last(ALEX), "I did not ask", "nobody could approve", "EMAILDOMAIN_APPROVERS")
    assert kept(world)["rounds"] == before, "a request that nobody else can read is not opened"


async def test_an_archived_channel_is_told_once_and_catches_up(world: World) -> None:
    await world.added()
    world.slack.workspace.archive(CHANNEL)
    await forgotten(world)
    await world.publish()
    await world.forward(hours=2)
    (told,) = world.slack.dms(ALEX)
    expect(reads(told), f"`{NAME}`", f"<#{CHANNEL}>", "archived", "Do not send yet")
    assert world.kinds() == ["records"]
    assert await world.state() is State.READY
    await world.restart()
    await world.forward(hours=1)
    assert len(world.slack.dms(ALEX)) == 1, "once, also after a restart"
    world.slack.workspace.channels[CHANNEL].is_archived = False
    await world.forward(minutes=11)
    assert world.kinds() == ["records", "ready"]
    expect(words(world.card), "DNS is ready")


async def test_a_deleted_channel_is_told_once(world: World) -> None:
    await world.added()
    del world.slack.workspace.channels[CHANNEL]
    await forgotten(world)
    await world.publish()
    await world.forward(hours=1)
    (told,) = world.slack.dms(ALEX)
    expect(reads(told), f"`{NAME}`", f"<#{CHANNEL}>")
    assert await world.state() is State.READY


@pytest.mark.parametrize("person", [ALEX, SUZUKI])
async def test_whoever_owns_it_is_told_in_their_language(world: World, person: str) -> None:
    await world.added(by=person)
    world.slack.workspace.archive(CHANNEL)
    await forgotten(world)
    await world.publish()
    await world.forward(minutes=20)
    (told,) = world.slack.dms(person)
    expect(reads(told), "アーカイブ" if person == SUZUKI else "archived")


async def life(world: World) -> None:
    """From *add* to *sending allowed*, by any means that this Slack has."""
    await world.added()
    await world.publish()
    await world.forward(minutes=1)
    await world.click(ALEX, world.said("ready")[0], "activate")
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=1)
    await asleep(world, hours=2)
    assert world.kinds() == WHOLE


@pytest.mark.parametrize(
    "lacking",
    [
        ["conversations.join"], ["conversations.info"], ["conversations.members"], ["users.info"],
        ["conversations.*", "users.info", "usergroups.*"],
    ],
    ids=", ".join,
)  # fmt: skip
async def test_a_slack_that_lacks_a_method_is_taken_at_its_best(world: World, lacking: list[str]) -> None:
    world.slack.workspace.join(CHANNEL, BOT)
    for method in lacking:
        world.slack.faults.add(method, "unknown_method", times=None)
    await life(world)


async def test_a_slack_that_lacks_fields_of_people_means_full_members_who_read_english(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poor(context: Context, person: Person, *, locale: bool) -> Json:
        return {"id": person.id, "name": person.name}

    monkeypatch.setattr(people, "_person", poor)
    await life(world)
    await world.command(SUZUKI, f"status {NAME}")
    expect(world.last(SUZUKI), "Sending allowed")


async def test_a_deleted_card_gets_exactly_one_copy_and_the_thread_goes_on_there(world: World) -> None:
    await world.added()
    world.slack.workspace.delete(world.card)
    assert world.kinds() == []
    await world.publish()
    await world.forward(minutes=2)
    assert sorted(world.kinds()) == ["card", "ready"]
    (card,) = world.said("card")
    expect(words(card), "DNS is ready")
    await world.command(ALEX, f"activate {NAME}")
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=1)
    later = [m for m in world.said() if m.ts > card.ts]
    assert later
    assert all(m.thread_ts == card.ts for m in later), "the story goes on below the copy"
    await world.restart()
    await world.forward(hours=1)
    assert world.kinds().count("card") == 1
    expect(words(world.card), "Two-hour wait")
