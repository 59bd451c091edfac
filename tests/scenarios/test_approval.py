"""Rounds and votes: who may decide, when a question ends, and that every answer finds the right question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, GUEST, HOUR, NAME, SAM, SUZUKI, World, actions


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[World]:
    """A workspace where two approvals are needed."""
    async with World(tmp_path, EMAILDOMAIN_APPROVALS="2") as made:
        yield made


@pytest.fixture
async def listed(tmp_path: Path) -> AsyncIterator[World]:
    """A workspace where only Sam approves."""
    async with World(tmp_path, EMAILDOMAIN_APPROVERS=SAM) as made:
        yield made


async def test_the_request_shows_what_is_approved(world: World) -> None:
    domain = await world.asked()
    shown = words(world.said("approval")[0])
    for part in (NAME, "Practice", "United States", *(r.host for r in domain.records)):
        assert part in shown
    for record in domain.records:
        assert record.fingerprint in shown
    assert "every email campaign" in shown.lower()
    assert "2 of 2 DNS servers" in shown and "3 of 3 public resolvers" in shown
    assert "any full member" in shown.lower()


async def test_who_asked_cannot_approve(world: World) -> None:
    await world.asked()
    await world.click(ALEX, world.said("approval")[0], "approve")
    assert await world.state() is State.AWAITING_APPROVAL
    assert "asked" in world.last(ALEX)


async def test_a_guest_cannot_approve(world: World) -> None:
    await world.asked()
    await world.click(GUEST, world.said("approval")[0], "approve")
    assert await world.state() is State.AWAITING_APPROVAL


async def test_only_those_on_the_list_approve(listed: World) -> None:
    world = listed
    await world.asked()
    assert words(world.said("approval")[0]).startswith(("Practice", f"<@{SAM}>"))
    assert f"<@{SAM}>" in world.said("approval")[0].text
    await world.click(SUZUKI, world.said("approval")[0], "approve")
    assert await world.state() is State.AWAITING_APPROVAL
    await world.click(SAM, world.said("approval")[0], "approve")
    assert await world.state() is State.ACTIVATING


async def test_asking_is_refused_where_nobody_else_could_approve(listed: World) -> None:
    world = listed
    await world.ready(by=SAM)
    await world.command(SAM, f"activate {NAME}")
    assert await world.state() is State.READY
    assert "approv" in world.last(SAM)
    assert not world.said("approval")


async def test_two_approvals_are_two_people(two: World) -> None:
    world = two
    await world.asked()
    await world.click(SAM, world.said("approval")[0], "approve")
    assert await world.state() is State.AWAITING_APPROVAL
    await world.click(SAM, world.said("approval")[0], "approve")
    assert await world.state() is State.AWAITING_APPROVAL
    assert "already" in world.last(SAM)
    await world.click(SUZUKI, world.said("approval")[0], "approve")
    assert await world.state() is State.ACTIVATING
    assert len(world.said("decided")) == 1


async def test_many_clicks_at_once_are_one_passage(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    await asyncio.gather(*(world.slack.click(p, request, "approve") for p in (SAM, SUZUKI) * 8), return_exceptions=True)
    await world.settle()
    await world.forward(minutes=1)
    assert world.kinds().count("decided") == 1
    assert world.kinds().count("activated") == 1


async def test_the_second_one_is_told_who_was_first(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    await world.click(SAM, request, "approve")
    await world.click(SUZUKI, request, "approve", stale=True)
    assert f"<@{SAM}>" in world.last(SUZUKI)
    decided = world.said("approval")[0]
    assert "approve" not in actions(decided), "after a decision the buttons are gone"
    assert f"<@{SAM}>" in words(decided)


async def test_a_rejection_needs_a_reason_and_shows_it(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[0], "reject")
    answer = await world.submit(SAM, {"reason": "  "})
    assert answer.body is not None
    assert await world.state() is State.AWAITING_APPROVAL
    await world.submit(SAM, {"reason": "*wrong* name, see <!channel> & co"})
    assert await world.state() is State.READY
    said = world.said("decided")[0].text
    assert f"<@{ALEX}>" in said and f"<@{SAM}>" in said
    assert "<!channel>" not in said and "&lt;!channel&gt;" in said
    assert "ask again" in said


async def test_a_rejection_comes_too_late_after_an_approval(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    await world.click(SUZUKI, request, "reject")
    await world.click(SAM, request, "approve")
    await world.submit(SUZUKI, {"reason": "too late"})
    assert await world.state() is State.ACTIVATING
    assert world.kinds().count("decided") == 1


async def test_only_who_asked_withdraws(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    await world.click(SAM, request, "withdraw")
    assert await world.state() is State.AWAITING_APPROVAL
    await world.click(ALEX, request, "withdraw")
    assert await world.state() is State.READY
    assert "withdr" in world.said("decided")[0].text


async def test_an_old_button_does_not_vote_in_a_new_round(world: World) -> None:
    await world.asked()
    old = world.said("approval")[0]
    await world.click(ALEX, old, "withdraw")
    await world.command(SUZUKI, f"activate {NAME}")
    await world.click(SAM, old, "approve", stale=True)
    assert await world.state() is State.AWAITING_APPROVAL
    await world.click(ALEX, world.said("approval")[1], "approve")
    assert await world.state() is State.ACTIVATING, "who asked first may approve what somebody else asks"


async def test_reminders_and_expiry_on_working_days(world: World) -> None:
    await world.asked()
    await world.forward(hours=3, minutes=50)
    assert not world.said("reminder")
    await world.forward(hours=1)
    # 01:00 UTC + 4 h = 05:00 UTC, outside 09:00-19:00 of the default time zone UTC: it waits for nine o'clock.
    assert not world.said("reminder")
    await world.forward(hours=4)
    assert len(world.said("reminder")) == 1
    await world.forward(hours=15)
    assert await world.state() is State.AWAITING_APPROVAL
    await world.forward(hours=1)
    assert await world.state() is State.READY
    assert "ask" in world.said("decided")[0].text
    assert "approve" not in actions(world.said("approval")[0])


async def test_saturday_and_sunday_do_not_count(world: World) -> None:
    await world.ready()
    await world.forward(days=4)  # Friday 01:00 UTC
    await world.command(ALEX, f"activate {NAME}")
    domain = await world.domain()
    assert domain.round is not None
    assert domain.round.expires_at - domain.round.asked_at == 72 * HOUR, "from Friday over the weekend to Monday"


async def test_votes_lapse_when_dns_is_lost(world: World) -> None:
    domain = await world.asked()
    world.zone.remove(domain.records[0].host, "TXT")
    await world.forward(minutes=25)
    assert await world.state() is State.AWAITING_DNS
    (said,) = world.said("decided")
    assert f"<@{ALEX}>" in said.text
    assert "approve" not in actions(world.said("approval")[0])


async def test_asking_looks_at_dns_first(world: World) -> None:
    domain = await world.ready()
    world.zone.remove(domain.records[1].host, "CNAME")
    await world.command(ALEX, f"activate {NAME}")
    assert await world.state() is State.READY
    assert "CNAME" in world.last(ALEX)
    assert not world.said("approval")


async def test_approve_has_a_confirm_that_names_everything(world: World) -> None:
    await world.asked()
    buttons = [e for b in world.said("approval")[0].blocks if b["type"] == "actions" for e in b["elements"]]
    approve = next(b for b in buttons if b["action_id"] == "approve")
    text = approve["confirm"]["text"]["text"]
    assert NAME in text and "Practice" in text and "every" in text


async def test_an_approver_is_told_before_asking_that_they_could_not_approve(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_APPROVERS=f"{SAM},{SUZUKI}") as world:
        await world.ready(by=SAM)
        await world.command(SAM, f"activate {NAME}")
        assert await world.state() is State.READY
        assert "cannot approve" in world.last(SAM)
        await world.click(SAM, world.slack.private(SAM)[-1], "ask_anyway")
        assert await world.state() is State.AWAITING_APPROVAL
        await world.click(SUZUKI, world.said("approval")[0], "approve")
        assert await world.state() is State.ACTIVATING


async def test_a_vote_waits_for_a_slack_that_does_not_say_who_somebody_is(world: World) -> None:
    await world.asked()
    world.slack.faults.add("users.info", "ratelimited", times=None, retry_after=1)
    world.slack.faults.add("conversations.members", "ratelimited", times=None, retry_after=1)
    world.clock.forward(HOUR)
    await world.slack.click(SAM, world.said("approval")[0], "approve")
    await asyncio.sleep(0.5)
    assert await world.state() is State.AWAITING_APPROVAL
    world.slack.faults.clear()
    for _ in range(100):
        await asyncio.sleep(0.1)
        if await world.state() is not State.AWAITING_APPROVAL:
            break
    assert await world.state() is State.ACTIVATING, "what was acknowledged is carried out"


async def test_people_who_could_not_vote_are_not_called(tmp_path: Path) -> None:
    """A guest, somebody who has left and whoever asks are on the list of approvers, too."""
    listed = f"{ALEX},{SAM},{GUEST},{SUZUKI},S0MAIL"
    async with World(tmp_path, EMAILDOMAIN_APPROVERS=listed) as world:
        world.slack.workspace.add_group("S0MAIL", "mail", [SAM])
        world.slack.workspace.people[SUZUKI].deleted = True
        await world.ready()
        await world.command(ALEX, f"activate {NAME}")
        await world.click(ALEX, world.slack.private(ALEX)[-1], "ask_anyway")
        request = world.said("approval")[-1]
        assert f"<@{SAM}> <!subteam^S0MAIL> Approval needed" in request.text
        await world.forward(hours=12)
        for message in (request, world.said("reminder")[-1]):
            called = message.text.partition(NAME)[0]
            assert f"<@{SAM}>" in called
            assert not any(f"<@{one}>" in called for one in (ALEX, GUEST, SUZUKI))
