"""Which votes count: who the voter is now, when the vote arrived, and what its button was drawn for."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, CHANNEL, GUEST, HOUR, MINUTE, NAME, SAM, SUZUKI, World, actions

OTHERS = "C0OTHERS"


async def approve(world: World, who: str = SAM) -> None:
    await world.click(who, world.said("approval")[-1], "approve", stale=True)


async def cast(world: World, who: str = SAM) -> None:
    """The vote is acknowledged; it is not waited for what becomes of it."""
    await world.slack.click(who, world.said("approval")[-1], "approve", stale=True)
    await asyncio.sleep(0.3)


async def until(world: World, text: str, who: str = SAM) -> None:
    """Real time: the vote is tried again after seconds."""
    for _ in range(100):
        if text in world.last(who):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(world.last(who))


def silent(world: World, method: str = "users.info", kind: str = "missing_scope") -> None:
    world.slack.faults.add(method, kind, times=None)


# ---- standing is read now


async def test_who_has_left_the_channel_a_moment_ago_does_not_approve(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[-1], "reject")  # Slack has just said who Sam is
    world.slack.workspace.leave(CHANNEL, SAM)
    await approve(world)
    assert await world.state() is State.AWAITING_APPROVAL
    assert "You cannot approve" in world.last(SAM)


async def test_who_was_deactivated_a_moment_ago_does_not_approve(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[-1], "reject")
    world.slack.workspace.people[SAM].deleted = True
    await approve(world)
    assert await world.state() is State.AWAITING_APPROVAL
    assert "deactivated" in world.last(SAM)


async def test_who_has_come_into_the_channel_a_moment_ago_approves(world: World) -> None:
    world.slack.workspace.leave(CHANNEL, SAM)
    await world.asked()
    await approve(world)
    assert await world.state() is State.AWAITING_APPROVAL
    world.slack.workspace.join(CHANNEL, SAM)
    await approve(world)
    assert await world.state() is State.ACTIVATING


@pytest.mark.parametrize("method", ["users.info", "conversations.members"])
@pytest.mark.parametrize("kind", ["missing_scope", "ratelimited", "fatal_error", "team_access_not_granted"])
async def test_what_cannot_be_checked_is_no_yes(world: World, method: str, kind: str) -> None:
    await world.asked()
    silent(world, method, kind)
    await cast(world, GUEST)
    await cast(world)
    assert await world.state() is State.AWAITING_APPROVAL
    assert "is kept, but not counted yet" in world.last(SAM)


async def test_a_vote_is_kept_until_slack_answers(world: World) -> None:
    await world.asked()
    silent(world)
    await cast(world)
    world.slack.faults.clear()
    await until(world, "Your approval")
    await world.settle()
    assert await world.state() is State.ACTIVATING


async def test_a_vote_is_kept_for_ten_minutes_and_then_refused_with_a_word(world: World) -> None:
    await world.asked()
    silent(world)
    await cast(world)
    world.clock.forward(10 * MINUTE)
    await until(world, "was not counted")
    world.slack.faults.clear()
    await world.settle()
    assert await world.state() is State.AWAITING_APPROVAL
    assert await world.bot.store.unfinished() == []


async def test_operators_are_told_once_that_votes_cannot_be_checked(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_OPERATORS=f"{SUZUKI},{GUEST}") as world:
        await world.command(GUEST, "list")  # the bot knows who that is
        await world.asked()
        silent(world)
        await cast(world)
        await cast(world)
        await world.settle()
        (told,) = world.slack.dms(SUZUKI)
        assert "users.info" in words(told) and "missing_scope" in words(told)
        assert world.slack.dms(GUEST) == [], "guests run nothing"
        assert "missing_scope" not in " ".join(words(m) for m in world.said())


async def test_a_rejection_is_a_vote_too(world: World) -> None:
    await world.asked()
    request = world.said("approval")[-1]
    await world.click(SAM, request, "reject")
    world.slack.workspace.leave(CHANNEL, SAM)
    await world.submit(SAM, {"reason": "no"})
    assert await world.state() is State.AWAITING_APPROVAL
    assert "You cannot approve" in world.last(SAM)


# ---- the end of a round


async def expiring(world: World) -> int:
    await world.asked()
    asked = (await world.domain()).round
    assert asked is not None
    return asked.expires_at


async def test_a_round_does_not_expire_while_a_vote_that_came_in_time_is_undecided(world: World) -> None:
    world.clock.instant = await expiring(world) - 1
    silent(world)
    await cast(world)
    await world.forward(minutes=1)
    assert await world.state() is State.AWAITING_APPROVAL
    world.slack.faults.clear()
    await until(world, "Your approval")
    await world.settle()
    assert await world.state() is State.ACTIVATING


async def test_a_round_expires_once_that_vote_is_refused(world: World) -> None:
    world.clock.instant = await expiring(world) - 1
    silent(world)
    await cast(world)
    await world.forward(minutes=9)
    assert await world.state() is State.AWAITING_APPROVAL
    await world.forward(minutes=2)
    await until(world, "was not counted")
    await world.forward(seconds=10)
    assert await world.state() is State.READY
    assert "expired" in words(world.said("decided")[-1])


async def stopped_with_a_vote(world: World, down: int) -> None:
    """A vote is kept since Slack is silent; then the bot is down for so long (ms)."""
    ends = await expiring(world)
    world.clock.instant = ends - 1
    silent(world)
    await cast(world)
    await world.bot.stop()
    world.slack.faults.clear()
    world.clock.instant = ends + down


async def test_a_vote_that_is_kept_counts_after_a_restart(world: World) -> None:
    await stopped_with_a_vote(world, 9 * MINUTE)
    await world.start()
    await world.forward(seconds=10)
    assert await world.state() in (State.ACTIVATING, State.WAITING)


async def test_but_not_hours_after_it_was_to_be_given_up(world: World) -> None:
    """Who voted has read until when it is kept; the round, too, is over then."""
    await stopped_with_a_vote(world, 3 * HOUR)
    await world.start()
    assert "was not counted" in world.last(SAM)
    await world.forward(seconds=10)
    assert await world.state() is State.READY
    assert "expired" in words(world.said("decided")[-1])


async def test_a_vote_of_which_nobody_was_told_counts_however_late(world: World) -> None:
    """Acknowledged, and the bot was killed before it was carried out: nothing is lost."""
    await stopped_with_a_vote(world, 3 * HOUR)
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db, db:
        db.execute("UPDATE inbox SET body = json_remove(body, '$.kept') WHERE answered_at IS NULL")
    await world.start()
    await world.forward(seconds=10)
    assert await world.state() in (State.ACTIVATING, State.WAITING)


async def test_an_undecided_vote_about_another_round_holds_up_nothing(world: World) -> None:
    ends = await expiring(world)
    silent(world)
    await cast(world)
    world.slack.faults.clear()
    await world.click(ALEX, world.said("approval")[-1], "withdraw")
    await world.command(ALEX, f"activate {NAME}")
    asked = (await world.domain()).round
    assert asked is not None and asked.expires_at >= ends
    world.clock.instant = asked.expires_at
    await world.forward(seconds=5)
    assert await world.state() is State.READY


async def test_a_vote_that_came_late_is_not_even_kept(world: World) -> None:
    world.clock.instant = await expiring(world)
    silent(world)
    await cast(world)
    assert "is over or has changed" in world.last(SAM)
    await world.forward(seconds=5)
    assert await world.state() is State.READY


# ---- the list of the round, and that of today


async def asked_of(path: Path, then: str, now: str) -> World:
    world = World(path, EMAILDOMAIN_APPROVERS=then)
    await world.__aenter__()
    await world.asked()
    world._environ["EMAILDOMAIN_APPROVERS"] = now
    await world.restart()
    return world


@pytest.mark.parametrize(
    ("then", "now", "who", "counts"),
    [
        (f"{SAM},{SUZUKI}", SUZUKI, SAM, False),
        (SUZUKI, f"{SAM},{SUZUKI}", SAM, False),
        (f"{SAM},{SUZUKI}", SAM, SAM, True),
        ("channel", SUZUKI, SAM, False),
        (SUZUKI, "channel", SAM, False),
        ("channel", SAM, SAM, True),
        (SAM, "channel", SAM, True),
    ],
)
async def test_a_voter_is_on_both_lists(tmp_path: Path, then: str, now: str, who: str, counts: bool) -> None:
    world = await asked_of(tmp_path, then, now)
    try:
        await approve(world, who)
        assert (await world.state() is State.ACTIVATING) is counts
    finally:
        await world.__aexit__()


# ---- the channel is fixed with the round


async def moved(world: World) -> None:
    """A friend who may not approve is in another channel; the owner moves the posts there."""
    world.slack.workspace.leave(CHANNEL, SUZUKI)
    world.slack.workspace.add_channel("G0SECRET", "secret", members=[ALEX], is_private=True)
    world.slack.workspace.add_channel(OTHERS, "others", members=[ALEX, SUZUKI])
    await world.command(ALEX, f"add {NAME}", channel="G0SECRET")
    await world.forward(seconds=5)
    await world.click(ALEX, world.slack.dms(ALEX)[0], "channel")
    await world.submit(ALEX, {"channel": CHANNEL})
    await world.publish()
    await world.forward(minutes=1)
    await world.command(ALEX, f"activate {NAME}")
    assert await world.state() is State.AWAITING_APPROVAL
    await world.click(ALEX, world.slack.dms(ALEX)[0], "channel")


async def test_moving_the_posts_ends_a_round_that_anybody_there_may_approve(world: World) -> None:
    await moved(world)
    form = world.slack.view(ALEX)
    assert form is not None and "that request ends" in str(form.view)
    request = world.said("approval")[-1]
    await world.submit(ALEX, {"channel": OTHERS})
    await world.forward(seconds=10)
    assert await world.state() is State.READY
    assert "moved to another channel" in words(world.said("decided", OTHERS)[-1])
    assert "moved to another channel" in words(world.said("approval")[-1])
    await world.click(SUZUKI, request, "approve", stale=True)
    assert await world.state() is State.READY


async def test_moving_the_posts_leaves_a_round_of_named_approvers(tmp_path: Path) -> None:
    async with World(tmp_path, EMAILDOMAIN_APPROVERS=SAM) as world:
        await moved(world)
        form = world.slack.view(ALEX)
        assert form is not None and "that request ends" not in str(form.view)
        await world.submit(ALEX, {"channel": OTHERS})
        await world.forward(seconds=10)
        assert await world.state() is State.AWAITING_APPROVAL


# ---- what was decided stays as it was


async def rejected(world: World) -> None:
    await world.asked()
    await world.forward(hours=10)  # a reminder with buttons
    await world.click(SAM, world.said("approval")[-1], "reject")
    await world.submit(SAM, {"reason": "wrong name"})
    await world.forward(seconds=10)


async def test_what_was_decided_reads_the_same_for_ever(world: World) -> None:
    await rejected(world)
    request, decided, reminder = world.said("approval")[0], world.said("decided")[0], world.said("reminder")[0]
    assert "rejected by" in words(request) and "approve" not in actions(request)
    assert "approve" not in actions(reminder), "old copies in the thread have no buttons either"
    assert "activate" in actions(decided), "one click asks again"
    await world.command(ALEX, f"activate {NAME}")
    await world.forward(seconds=10)
    assert actions(world.said("decided")[0]) == [], "until it was asked again"
    await approve(world)
    await world.forward(hours=3)
    assert await world.state() is State.OPEN
    world._environ["EMAILDOMAIN_LANGUAGE"] = "ja"
    await world.restart()
    await world.forward(hours=1)
    assert words(world.said("approval")[0]) == words(request)
    assert words(world.said("reminder")[0]).startswith(words(reminder)[:40])
    assert world.said("decided")[0].text == decided.text
    assert "Do not send before" not in words(world.said("approval")[1])


async def test_a_decision_that_slack_did_not_take_is_shown_later(world: World) -> None:
    await world.asked()
    world.slack.faults.add("chat.update", "fatal_error", times=None)
    await approve(world)
    assert "approve" in actions(world.said("approval")[0])
    world.slack.faults.clear()
    await world.forward(minutes=1)
    assert "was approved by" in words(world.said("approval")[0])
    assert actions(world.said("approval")[0]) == []
