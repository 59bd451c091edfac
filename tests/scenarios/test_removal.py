"""Safe removal: the records come out of DNS first, the platform lets go last."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.model.registration import Stage
from bot.tryout.slack.simulated import Message, words
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, World


async def confirm(world: World, person: str) -> None:
    """Press the button under the answer to ``remove``."""
    await world.command(person, f"remove {NAME}")
    await world.click(person, world.slack.private(person)[-1], "remove_anyway")


async def at_platform(world: World) -> Stage:
    return (await world.bot.platform.look(NAME)).stage


async def test_typing_remove_changes_nothing_before_the_confirm(world: World) -> None:
    await world.added()
    await world.command(ALEX, f"remove {NAME}")
    assert await world.state() is State.AWAITING_DNS
    assert NAME in world.last(ALEX)


async def test_without_any_record_it_goes_at_once(world: World) -> None:
    await world.added()
    await confirm(world, ALEX)
    await world.forward(seconds=10)
    assert await world.state() is State.REMOVED
    assert await at_platform(world) is Stage.ABSENT
    assert world.kinds() == ["records", "removed"]


async def test_the_cname_comes_out_of_dns_before_the_platform_lets_go(world: World) -> None:
    domain = await world.ready()
    await confirm(world, ALEX)
    assert await world.state() is State.REMOVING
    said = words(world.said("removing")[0])
    for record in domain.records:
        assert record.host in said
    await world.forward(hours=3)
    assert await world.state() is State.REMOVING
    assert await at_platform(world) is not Stage.ABSENT
    world.zone.remove(NAME, "CNAME", only=0)
    await world.forward(hours=5)
    assert await world.state() is State.REMOVING, "one server still gives our CNAME"
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=5)
    assert await world.state() is State.REMOVED
    assert await at_platform(world) is Stage.ABSENT
    assert len(world.said("removed")) == 1


async def test_an_open_domain_is_removed_only_with_approval(world: World) -> None:
    await world.opened()
    await confirm(world, ALEX)
    assert await world.state() is State.OPEN
    request = world.said("approval")[-1]
    await world.click(ALEX, request, "approve")
    assert await world.state() is State.OPEN, "who asked cannot approve"
    await world.click(SAM, request, "reject")
    await world.submit(SAM, {"reason": "still in use"})
    assert await world.state() is State.OPEN
    await confirm(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    assert await world.state() is State.REMOVING
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=5)
    assert await world.state() is State.REMOVED


async def test_a_removal_round_expires_and_leaves_the_domain_open(world: World) -> None:
    await world.opened()
    await confirm(world, ALEX)
    await world.forward(hours=25)
    assert await world.state() is State.OPEN
    assert (await world.domain()).round is None
    assert world.said("decided")[-1].text


async def test_removal_during_the_two_hours_does_not_stop_the_clock(world: World) -> None:
    await world.activated()
    await confirm(world, ALEX)
    await world.forward(hours=2, minutes=5)
    assert await world.state() is State.OPEN
    assert (await world.domain()).round is not None


async def test_only_owner_or_approver_removes(world: World) -> None:
    await world.added()
    world.slack.workspace.leave("C0MAIL", SUZUKI)
    world.slack.workspace.add_channel("C0ELSE", "elsewhere", members=[SUZUKI], bot_in=True)
    await world.forward(minutes=2)
    await world.command(SUZUKI, f"remove {NAME}", channel="C0ELSE")
    assert await world.state() is State.AWAITING_DNS
    assert "remove_anyway" not in str(world.slack.private(SUZUKI)[-1].blocks)


async def test_an_open_request_lapses_when_its_domain_is_removed(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    await confirm(world, ALEX)
    assert await world.state() is State.REMOVING
    await world.click(SAM, request, "approve", stale=True)
    assert await world.state() is State.REMOVING
    assert not world.said("activated")


async def test_a_removed_name_starts_a_new_life(world: World) -> None:
    first = await world.added()
    await confirm(world, ALEX)
    await world.forward(seconds=10)
    await world.command(SUZUKI, f"add {NAME}")
    await world.forward(seconds=10)
    second = await world.domain()
    assert second.life == 2
    assert second.records[0].value != first.records[0].value, "adding again gives a new key"
    assert "T0XYZCORP/sales.xyzcorp.com#2/records/1" in world.every_key()
    assert len(set(world.every_key())) == len(world.every_key())


async def test_a_name_still_being_prepared_can_be_removed(world: World) -> None:
    await world.command(ALEX, f"add {NAME}")
    await confirm(world, ALEX)
    await world.forward(minutes=1)
    assert await world.state() is State.REMOVED
    assert world.said() == []


# ---- who is called


def calls(message: Message) -> bool:
    """Whether it begins with a mention."""
    return message.text.removeprefix("Practice mode: nothing is registered at Genesys Cloud. ").startswith("<@")


async def test_after_an_approval_only_what_says_what_to_do_calls(world: World) -> None:
    await world.opened()
    await confirm(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    decided, removing = world.said("decided")[-1], world.said("removing")[-1]
    assert f"Removal of {NAME} was approved by <@{SAM}>." in decided.text
    assert not calls(decided)
    assert removing.text.startswith(f"<@{ALEX}>")


async def test_nobody_is_called_about_what_they_did_themselves(world: World) -> None:
    await world.ready()
    await confirm(world, ALEX)
    assert not calls(world.said("removing")[-1])
    await world.click(ALEX, world.said("removing")[-1], "stop_removal")
    assert not calls(world.said("reminder")[-1])
    await world.command(ALEX, f"activate {NAME}")
    await world.click(ALEX, world.said("approval")[-1], "withdraw")
    assert not calls(world.said("decided")[-1])


async def test_what_somebody_else_did_calls_the_owner(world: World) -> None:
    await world.ready()
    await confirm(world, SAM)
    assert world.said("removing")[-1].text.startswith(f"<@{ALEX}>")
    await world.click(SAM, world.said("removing")[-1], "stop_removal")
    assert world.said("reminder")[-1].text.startswith(f"<@{ALEX}>")


async def test_a_request_that_lapses_by_asking_to_remove_says_so(world: World) -> None:
    await world.opened()
    await world.command(ALEX, f"release {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "release_anyway")
    await confirm(world, ALEX)
    said = world.said("decided")[-1]
    assert "is void: its removal has been asked for." in said.text
    assert not calls(said)
