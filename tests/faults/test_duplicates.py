"""The same thing delivered twice, and many people at once: one effect, and everybody is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack import payloads
from bot.tryout.slack.simulated import Message
from tests.faults.ledger import Ledger
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, World

RETRY = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}


def ledger(world: World) -> Ledger:
    return Ledger(world.path / "emaildomain.db")


def judge(world: World) -> None:
    wrong = ledger(world).faults(world.said())
    assert not wrong, "\n".join(wrong)


def typed(world: World, person: str, text: str) -> dict[str, Any]:
    """A slash command as Slack sends it, to be sent as often as wanted."""
    workspace = world.slack.workspace
    body = payloads.command(workspace, workspace.people[person], workspace.channels[CHANNEL], "/emaildomain", text)
    url, _ = world.slack.hooks.give(person, CHANNEL)
    return body | {"response_url": url, "trigger_id": world.slack.context.triggers.give(person)}


async def deliver(world: World, kind: str, body: dict[str, Any], times: int, **headers: str) -> None:
    """The same bytes several times, in the same instant."""
    answers = await asyncio.gather(*(world.slack._http.send(kind, body, None, headers) for _ in range(times)))
    assert [a.problem for a in answers] == [None] * times, "each is acknowledged"
    await world.settle()


async def test_a_command_delivered_twice_at_once(world: World) -> None:
    await deliver(world, "slash_commands", typed(world, ALEX, f"add {NAME}"), 2)
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]
    assert len(world.slack.private(ALEX)) == 1, "answered once"
    assert ledger(world).one("SELECT count(*) FROM inbox") == 1
    judge(world)


async def test_a_command_sent_again_later_changes_nothing(world: World) -> None:
    body = typed(world, ALEX, f"add {NAME}")
    await deliver(world, "slash_commands", body, 1)
    await world.ready()
    before = (await world.domain()).version
    answers = len(world.slack.private(ALEX))
    await deliver(world, "slash_commands", body, 1, **RETRY)
    await world.restart()
    await deliver(world, "slash_commands", body, 1, **RETRY)
    assert (await world.domain()).version == before
    assert len(world.slack.private(ALEX)) == answers


async def test_a_click_delivered_three_times_at_once(world: World) -> None:
    await world.ready()
    first = await world.click(ALEX, world.said("ready")[0], "activate")
    await deliver(world, "interactive", first.payload, 3, **RETRY)
    assert world.kinds().count("approval") == 1
    vote = await world.click(SAM, world.said("approval")[0], "approve", duplicate=True)
    await deliver(world, "interactive", vote.payload, 2)
    assert world.kinds().count("decided") == 1
    assert ledger(world).one("SELECT count(*) FROM votes") == 1
    judge(world)


async def test_a_form_sent_twice(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[0], "reject")
    form = world.slack.view(SAM)
    assert form is not None
    sent = await world.slack.submit(SAM, form, {"reason": "not this week"}, duplicate=True)
    await deliver(world, "interactive", sent.payload, 2)
    assert world.kinds().count("decided") == 1
    assert await world.state() is State.READY
    judge(world)


async def test_two_people_approve_in_the_same_instant(world: World) -> None:
    """One passage, one decision."""
    await world.asked()
    request = world.said("approval")[0]
    await asyncio.gather(*(world.slack.click(who, request, "approve") for who in (SAM, SUZUKI)))
    await world.settle()
    await world.forward(seconds=30)
    assert await world.state() is State.WAITING
    assert ledger(world).passages(NAME) == 1
    assert world.kinds().count("decided") == 1
    judge(world)


async def test_who_comes_second_in_the_same_instant_is_told_who_was_first(world: World) -> None:
    await world.asked()
    request = world.said("approval")[0]
    await asyncio.gather(*(world.slack.click(who, request, "approve") for who in (SAM, SUZUKI)))
    await world.settle()
    first = ledger(world).one("SELECT decided_by FROM rounds")
    assert first in world.last(SUZUKI if first == SAM else SAM)


async def test_thirty_people_click_at_once(world: World) -> None:
    """Approvals, rejections by form are another story; here thirty approve, the one who asked among them."""
    crowd = [f"U0CROWD{n:02}" for n in range(30)]
    for person in crowd:
        world.slack.workspace.add_person(person, person.lower())
        world.slack.workspace.join(CHANNEL, person)
    await world.asked()
    request = world.said("approval")[0]
    deliveries = await asyncio.gather(*(world.slack.click(who, request, "approve") for who in (ALEX, *crowd)))
    assert [d.problem for d in deliveries] == [None] * 31
    await world.settle()
    await world.forward(hours=2, minutes=2)
    assert ledger(world).passages(NAME) == 1
    assert ledger(world).one("SELECT count(*) FROM votes") == 1
    assert all(world.slack.private(who) for who in crowd), "everybody is answered"
    assert world.kinds() == ["records", "ready", "approval", "decided", "activated", "sending_allowed"]
    judge(world)


async def test_a_quorum_of_two_is_two_people(tmp_path: Path) -> None:
    """The same person twice in the same instant is one vote, whatever button of which message was pressed."""
    async with World(tmp_path, EMAILDOMAIN_APPROVALS="2") as world:
        await world.asked()
        shown: list[Message] = [world.said("approval")[0], world.card]
        await asyncio.gather(*(world.slack.click(SAM, message, "approve") for message in shown))
        await world.settle()
        assert await world.state() is State.AWAITING_APPROVAL
        await world.click(SUZUKI, world.said("approval")[0], "approve")
        await world.forward(seconds=30)
        assert ledger(world).passages(NAME) == 1


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    async with World(tmp_path) as made:
        yield made
