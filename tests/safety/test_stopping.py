"""A removal can be stopped while nothing is lost, and says which campaigns it is about to hurt."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.tryout.slack.message import Message
from bot.views import words
from tests.safety.world import OrgWorld, held, offered, offers, press_remove, removing
from tests.scenarios.reading import button, buttons, reads
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, World

CAMPAIGN = "Weekly newsletter"


async def approved_removal(world: World) -> None:
    await world.opened()
    await press_remove(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    assert await world.state() is State.REMOVING


def stop(world: World) -> Message:
    """What the channel shows with *Stop removal* on it."""
    shown = [m for m in world.said() if offers(m, "stop_removal")]
    assert shown, "nothing offers it"
    return shown[-1]


async def test_a_removal_can_be_stopped_while_its_records_stand(world: World) -> None:
    await removing(world)
    await world.click(ALEX, stop(world), "stop_removal")
    await world.forward(minutes=1)
    assert await world.state() is State.READY
    assert offered(world, "stop_removal") == []
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=5)
    assert await held(world)


async def test_an_approver_can_stop_what_was_approved(world: World) -> None:
    await approved_removal(world)
    await world.click(SUZUKI, stop(world), "stop_removal")
    await world.forward(minutes=1)
    assert await world.state() not in (State.REMOVING, State.REMOVED)
    assert await held(world)


async def test_what_is_removed_cannot_be_stopped(world: World) -> None:
    await removing(world)
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=5)
    assert await world.state() is State.REMOVED
    assert offered(world, "stop_removal") == []


async def test_after_seven_days_it_can_be_finished_all_the_same(world: World) -> None:
    await removing(world)
    await world.forward(days=6, hours=23)
    assert offered(world, "finish_anyway") == []
    await world.forward(hours=6)
    assert offered(world, "finish_anyway")
    assert await world.state() is State.REMOVING
    assert await held(world)


async def test_what_is_stopped_gives_no_more_orders(world: World) -> None:
    await removing(world)
    await world.click(ALEX, stop(world), "stop_removal")
    await world.forward(minutes=1)
    (first,) = world.said("removing")
    assert "The removal was stopped." in reads(first)
    assert not buttons(first)
    assert all(record.value not in reads(first) for record in (await world.domain()).records)
    await press_remove(world, ALEX)
    first, second = world.said("removing")
    assert not buttons(first), "of two removals of one life only the one that goes on has buttons"
    assert buttons(second)
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=5)
    first, second = world.said("removing")
    assert "was stopped" in reads(first)
    assert f"{NAME} is removed." in reads(second)
    assert not buttons(second)


async def test_a_cname_that_was_left_is_shown_to_the_owner(world: World) -> None:
    await removing(world)
    await world.forward(days=7, hours=6)
    await world.click(ALEX, offered(world, "finish_anyway")[-1], "finish_anyway")
    await world.submit(ALEX, {"reason": "The zone was sold"})
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(hours=5)
    assert await world.state() is State.REMOVED
    (told,) = world.said("removed")
    txt, cname = words.ordered((await world.domain()).records)
    assert told.text.startswith(f"<@{ALEX}>")
    assert cname.value in reads(told)
    assert txt.value not in reads(told)
    assert "deletes the CNAME" in reads(world.card)


# ---- campaigns


async def asked(world: OrgWorld) -> Message:
    """An open domain with a campaign that is on, and the request to remove it."""
    await world.opened()
    world.genesys.campaign(CAMPAIGN, NAME)
    await press_remove(world, ALEX)
    return world.said("approval")[-1]


async def test_the_request_names_the_campaigns_that_are_on(genesys_world: OrgWorld) -> None:
    assert CAMPAIGN in reads(await asked(genesys_world))


async def test_the_request_does_not_say_that_nothing_stands_at_this_name(genesys_world: OrgWorld) -> None:
    assert "Already at this name" not in reads(await asked(genesys_world))


async def test_the_confirm_says_campaigns_first(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    genesys_world.genesys.campaign(CAMPAIGN, NAME)
    await genesys_world.command(ALEX, f"remove {NAME}")
    shown = genesys_world.slack.private(ALEX)[-1]
    dialog = button(shown, "remove_anyway")["confirm"]["text"]["text"]
    named = [text for text in (reads(shown), dialog) if CAMPAIGN in text]
    assert named, "neither the answer nor the dialog of its button names it"
    for text in named:
        assert text.index(CAMPAIGN) < (text.find("record") + 1 or len(text))


async def test_campaigns_are_switched_off_before_the_records_are_deleted(genesys_world: OrgWorld) -> None:
    request = await asked(genesys_world)
    await genesys_world.click(SAM, request, "approve")
    said = reads(genesys_world.said("removing")[-1])
    assert CAMPAIGN in said
    first = min(said.index(record.value) for record in (await genesys_world.domain()).records)
    assert said.index(CAMPAIGN) < first
