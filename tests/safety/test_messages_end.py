"""Messages that cannot be sent: worded plainly, passed by the others, given up in the end, and the owner told."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from bot.tryout.slack.simulated import words
from bot.views import notices
from bot.views.context import context
from tests.safety.test_no_poison import slowly
from tests.safety.world import press_remove
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, World

NEW = "C0NEW"


@pytest.fixture
def _no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody finds words for an approval: some value in it is not as anybody expected."""

    def fails(domain: EmailDomain, facts: dict[str, Any], c: Any, called: tuple[str, ...]) -> Any:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(notices, "VIEWS", {**notices.VIEWS, Kind.APPROVAL: fails})


@pytest.mark.usefixtures("_no_words")
async def test_what_cannot_be_worded_goes_out_plain_and_in_its_order(world: World) -> None:
    await world.asked()
    assert world.kinds() == ["records", "ready", "approval"]
    plain = world.said("approval")[-1]
    assert plain.text.startswith(f"<@{ALEX}> Approval needed: `{NAME}`")
    assert "/emaildomain status" in plain.text
    await world.click(SAM, world.card, "approve")
    await world.forward(minutes=1)
    assert await world.state() is State.WAITING, "the card has the buttons"
    assert world.kinds()[-1] == "activated"


async def test_every_kind_has_its_plain_sentence(world: World) -> None:
    domain = await world.added()
    for kind, language in itertools.product(Kind, ("en", "ja")):
        shown = notices.plain(kind, domain, context(world.bot.ports, language, "Asia/Tokyo"), (ALEX,))
        assert NAME in shown.text
        assert shown.text.startswith(f"<@{ALEX}> ")


def refuse_posts(world: World, error: str = "restricted_action", channel: str = CHANNEL) -> None:
    world.slack.faults.add("chat.postMessage", error, None, where=lambda call: call["channel"] == channel)


async def test_an_unknown_refusal_is_told_to_the_owner_once(world: World) -> None:
    refuse_posts(world)
    await world.added()
    await slowly(world, hours=5)
    told = [m for m in world.slack.dms(ALEX) if "restricted_action" in m.text]
    assert len(told) == 1
    assert "choose another channel" in told[0].text


async def test_what_cannot_be_sent_ends_after_a_day_and_the_card_waits(world: World) -> None:
    await world.ready()
    refuse_posts(world)
    await world.command(ALEX, f"activate {NAME}")
    await slowly(world, hours=26)
    left = {n.kind for n in await world.bot.store.waiting(await world.domain())}
    assert Kind.APPROVAL not in left
    told = [m for m in world.slack.dms(ALEX) if "gave them up" in m.text]
    assert len(told) == 1
    world.slack.faults.clear()
    await slowly(world, hours=1)
    assert "approval" not in world.kinds()


async def test_that_one_can_send_is_tried_for_a_week(world: World) -> None:
    await world.activated()
    refuse_posts(world)
    await slowly(world, hours=60)
    assert "sending_allowed" not in world.kinds()
    world.slack.faults.clear()
    await slowly(world, hours=1)
    assert world.kinds()[-1] == "sending_allowed"


async def test_a_card_waits_for_its_channel_however_long(world: World) -> None:
    refuse_posts(world)
    await world.added()
    await slowly(world, hours=40)
    world.slack.faults.clear()
    await slowly(world, hours=1)
    assert world.kinds()[0] == "records"


async def test_one_that_is_refused_lets_the_others_pass(world: World) -> None:
    await world.ready()
    world.slack.faults.add(
        "chat.postMessage", "invalid_arguments", None, where=lambda call: "Approval needed" in call["text"]
    )
    await world.command(ALEX, f"activate {NAME}")
    await world.click(SAM, world.card, "approve")
    await world.forward(minutes=2)
    assert "activated" in world.kinds()


async def test_kicked_before_it_could_look(world: World) -> None:
    """The answer to a post was lost, and then the bot was thrown out of the channel: nobody can know any more."""
    await world.ready()
    world.slack.faults.add("chat.postMessage", "drop_after", 1)
    await world.command(ALEX, f"activate {NAME}")
    for method in ("conversations.replies", "conversations.history"):
        world.slack.faults.add(method, "channel_not_found", None)
    await slowly(world, hours=1)
    assert any("channel_not_found" in m.text for m in world.slack.dms(ALEX)), "the owner is told"
    await world.click(SAM, world.card, "approve")
    await slowly(world, hours=1)
    assert "activated" in world.kinds(), "the others pass"
    await slowly(world, hours=25)
    assert await world.bot.store.ambiguous(10) == []


# ---- lives


async def test_a_past_life_holds_up_nothing_of_the_next_one(world: World) -> None:
    world.slack.workspace.add_channel(NEW, "new-home", members=[ALEX, SAM, SUZUKI], bot_in=True)
    await world.added()
    world.slack.workspace.channels[CHANNEL].is_archived = True
    await press_remove_in(world, NEW)
    await world.forward(minutes=5)
    assert await world.state() is State.REMOVED
    await world.command(ALEX, f"add {NAME}", channel=NEW)
    await world.forward(seconds=10)
    await world.publish()
    await world.forward(minutes=2)
    await world.command(ALEX, f"activate {NAME}", channel=NEW)
    await world.forward(minutes=20)
    assert world.kinds(NEW) == ["records", "ready", "approval"]


async def press_remove_in(world: World, channel: str) -> None:
    await world.command(ALEX, f"remove {NAME}", channel=channel)
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")


async def test_a_late_message_shows_the_records_of_its_own_life(world: World) -> None:
    domain = await world.ready()
    world.slack.faults.add("chat.postMessage", "ratelimited", None, retry_after=3600)
    await press_remove(world, ALEX)
    for record in domain.records:
        world.zone.remove(record.host, record.type.value)
    await slowly(world, hours=0.5)
    assert await world.state() is State.REMOVED
    await world.command(ALEX, f"add {NAME}")
    await slowly(world, hours=0.5)
    (new, *_) = (await world.domain()).records
    (old, *_) = domain.records
    assert new.value != old.value
    world.slack.faults.clear()
    await slowly(world, hours=2)
    said = "".join(words(m) for m in world.said("removing")).replace("\n", "")
    assert said
    assert new.value[-40:] not in said
