"""What somebody does at the platform behind the bot's back, and a platform that is slow or silent."""

from __future__ import annotations

from typing import Any

from bot.model.change import Draft
from bot.model.lifecycle import State
from bot.model.registration import Registration, Stage
from bot.services import binding
from bot.services.syncing_platform import compare
from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, HOUR, NAME, SAM, World, actions


async def edit(world: World, **changes: Any) -> None:
    """Change what the platform holds, as an admin would."""
    body = await world.bot.store.document("embedded", NAME)
    assert body is not None
    await world.bot.store.put_document("embedded", NAME, body | changes)


async def test_deleted_at_the_platform_is_removed_and_said(world: World) -> None:
    await world.opened()
    await world.bot.store.put_document("embedded", NAME, None)
    await world.forward(hours=1, minutes=1)
    assert await world.state() is State.OPEN, "one reading proves nothing"
    assert "not found in Genesys Cloud" in words(world.card)
    await world.forward(hours=2, minutes=1)
    assert await world.state() is State.REMOVED
    assert len(world.said("removed")) == 1


async def test_records_changed_there_start_again_with_a_new_card(world: World) -> None:
    domain = await world.asked()
    changed = [r.as_json() for r in domain.records]
    changed[0]["value"] = changed[0]["value"].replace("p=MII", "p=MIJ")
    await edit(world, records=changed)
    await world.forward(hours=1, minutes=5)
    assert await world.state() is State.AWAITING_DNS
    assert len(world.said("card")) == 1
    assert "p=MIJ" in words(world.said("card")[0])
    assert len(world.said("decided")) == 1, "votes lapse"
    assert "approve" not in actions(world.said("approval")[0])


async def test_records_that_are_only_written_differently_have_not_changed(world: World) -> None:
    domain = await world.asked()
    txt, cname = [r.as_json() for r in domain.records]
    txt["value"] = txt["value"].replace("; ", ";  ")
    cname["value"] = cname["value"].upper() + "."
    await edit(world, records=[cname, txt])
    await world.forward(hours=1, minutes=5)
    assert await world.state() is State.AWAITING_APPROVAL
    assert not world.said("card") and not world.said("decided")


async def test_a_vote_for_what_has_changed_does_not_count(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    domain = await world.domain()
    changed = [r.as_json() for r in domain.records]
    changed[1]["value"] = "eu.sparkpostmail.com"
    await edit(world, records=changed)
    await world.click(SAM, request, "approve")
    await world.forward(minutes=1)
    assert not world.said("activated")


async def test_activated_outside_the_bot_waits_its_two_hours(world: World) -> None:
    await world.ready()
    await edit(world, verified={"TXT": "verified", "CNAME": "verified"}, verified_at=world.clock.now() - 60_000)
    await world.forward(hours=1, minutes=1)
    (asked,) = world.said("activated")
    assert "without approval" in asked.text
    await world.click(ALEX, asked, "outside_unsure")
    assert await world.state() is State.WAITING
    assert "without approval" in world.said("activated")[1].text
    opens = (await world.domain()).opens_at
    assert opens is not None and opens - world.clock.now() > HOUR
    await world.forward(hours=2, minutes=1)
    assert await world.state() is State.OPEN


async def test_slow_activation_is_explained_after_ten_minutes_and_goes_on(world: World) -> None:
    domain = await world.asked()
    await edit(world, requested_at=world.clock.now() + 30 * 60_000)  # it answers, but is not done
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=9)
    assert not world.said("failed")
    await world.forward(minutes=2)
    assert len(world.said("failed")) == 1
    assert await world.state() is State.ACTIVATING
    await world.forward(minutes=25)
    assert await world.state() is State.WAITING
    assert domain.name == NAME


async def test_still_being_prepared_is_told_to_the_person(world: World) -> None:
    await world.command(ALEX, f"add {NAME}")
    await edit(world, requested_at=world.clock.now() + 3_600_000)
    await world.forward(minutes=11)
    assert await world.state() is State.REGISTERING
    assert world.said() == []
    assert any(NAME in m.text for m in world.slack.dms(ALEX))
    await world.forward(hours=1)
    assert world.kinds() == ["records"]


async def test_what_came_meanwhile_is_not_told_as_missing(world: World) -> None:
    """Slack takes nothing private for half an hour; by then the records are there, and nothing waits for that."""
    world.slack.faults.add(
        "chat.postMessage", "ratelimited", 1, retry_after=1800, where=lambda call: call["channel"] == ALEX
    )
    await world.command(ALEX, f"add {NAME}")
    await edit(world, requested_at=world.clock.now() + 15 * 60_000)
    await world.forward(minutes=11)
    assert await world.state() is State.REGISTERING
    await world.forward(minutes=10)
    await world.publish()
    await world.forward(minutes=1)
    assert world.kinds() == ["records", "ready"]
    await world.forward(hours=1)
    assert world.slack.dms(ALEX) == []
    assert await world.bot.store.next_sendable() is None


async def test_reading_the_platform_does_not_put_an_activation_off(world: World) -> None:
    """Killed between reading and activating, it goes on where it was, not an hour later."""
    domain = (await world.ready()).but(state=State.ACTIVATING, next_platform_at=world.clock.now())
    draft = Draft(domain, world.clock.now())
    answer = Registration(NAME, Stage.PENDING, domain.records, org=domain.account)
    compare(draft, world.bot.ports, answer, await binding.case(world.bot.ports, domain, domain.account))
    assert draft.domain.next_platform_at == world.clock.now()
