"""Slack loses answers, refuses, hangs or falls over: every message arrives, once."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.message import Json
from tests.faults.ledger import Ledger, payload
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, ZONE, World

WHOLE = ["records", "ready", "approval", "decided", "activated", "sending_allowed"]

#: Everything that can happen to one post: the fault's name and its options.
FAULTS = [
    pytest.param("drop_after", {}, id="posted, then the connection drops"),
    pytest.param("drop_before", {}, id="the connection drops before it is posted"),
    pytest.param("hang", {"act": True}, id="posted, but no answer comes"),
    pytest.param("hang", {}, id="not posted, and no answer comes"),
    pytest.param("status", {"act": True}, id="posted, then status 500"),
    pytest.param("status", {"status": 503}, id="not posted, status 503"),
    pytest.param("fatal_error", {"act": True}, id="posted, then fatal_error"),
    pytest.param("internal_error", {}, id="not posted, internal_error"),
    pytest.param("ratelimited", {"retry_after": 7}, id="too many requests"),
    pytest.param("invalid_blocks", {}, id="blocks refused"),
]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, SLACK_TIMEOUT="0.4") as made:
        yield made


def kind_of(args: Json) -> str:
    """The kind in a post's metadata; empty for what is no ping."""
    metadata: Any = args.get("metadata") or {}
    metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str(metadata.get("event_payload", {}).get("kind", ""))


def _is(kind: str, args: Json) -> bool:
    return kind_of(args) == kind


def hit_every_post(world: World, fault: str, **options: Any) -> None:
    """Each kind of message meets the fault at its first attempt."""
    for kind in WHOLE:
        world.slack.faults.add("chat.postMessage", fault, where=functools.partial(_is, kind), **options)


async def recover(world: World) -> None:
    """Time passes until nothing is owed any more: unclear messages settle, refused ones wait for their turn."""
    ledger = Ledger(world.path / "emaildomain.db")
    for _ in range(40):
        await world.settle()
        if ledger.settled():
            return
        await world.forward(seconds=2)
    raise AssertionError(ledger.summary())


async def live(world: World) -> None:
    """A whole life, with time for recovery before each step."""
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    await recover(world)
    await world.publish()
    await world.forward(seconds=40)
    await recover(world)
    await world.click(ALEX, world.said("ready")[0], "activate")
    await recover(world)
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(seconds=30)
    await recover(world)
    await world.forward(hours=2, minutes=1)
    await recover(world)
    assert await world.state() is State.OPEN


def judge(world: World) -> None:
    wrong = Ledger(world.path / "emaildomain.db").faults(world.said())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("fault", "options"), FAULTS)
async def test_each_message_arrives_once(world: World, fault: str, options: dict[str, Any]) -> None:
    hit_every_post(world, fault, **options)
    await live(world)
    assert world.kinds() == WHOLE
    judge(world)


async def test_unclear_again_and_again(world: World) -> None:
    """Not posted, not posted, posted without an answer; looking for it fails, too."""
    hit_every_post(world, "drop_before")
    hit_every_post(world, "status")
    hit_every_post(world, "drop_after")
    world.slack.faults.add("conversations.replies", "status", 2)
    world.slack.faults.add("conversations.replies", "ratelimited", 2)
    world.slack.faults.add("conversations.history", "drop_before", 2)
    await live(world)
    assert world.kinds() == WHOLE
    judge(world)


async def test_an_unclear_message_is_looked_for_as_soon_as_it_can_be(world: World) -> None:
    """Not only at the next pulse: the bot knows when it has settled."""
    world.slack.faults.add("chat.postMessage", "drop_after")
    await world.command(ALEX, f"add {NAME}")
    world.clock.forward(2_000)
    await world.settle()
    assert not Ledger(world.path / "emaildomain.db").settled()
    wait = await world.bot.deliverer.deliver()
    assert wait is not None
    assert wait <= 3 * 0.4


async def test_slacks_retry_after_is_kept(world: World) -> None:
    world.slack.faults.add("chat.postMessage", "ratelimited", retry_after=30)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    attempts = [call for call in world.slack.calls if call.method == "chat.postMessage"]
    assert len(attempts) == 1
    await world.forward(seconds=31)
    assert world.kinds() == ["records"]


async def test_a_card_deleted_while_a_reply_is_unclear(world: World) -> None:
    """The reply stands in the thread of a card that is gone; it is found there and not sent again."""
    await world.added()
    world.slack.faults.add("chat.postMessage", "drop_after", where=lambda a: kind_of(a) == "ready")
    await world.publish()
    await world.forward(seconds=40)
    world.slack.workspace.delete(world.card)
    await recover(world)
    await world.command(ALEX, f"activate {NAME}")  # with the next change the bot sees that its card is gone
    await recover(world)
    assert sorted(world.kinds()) == ["approval", "card", "ready"]
    judge_but(world, "records")


async def test_a_card_deleted_while_an_unposted_reply_is_unclear(world: World) -> None:
    """Its thread does not exist any more, so the reply is surely not there."""
    await world.added()
    world.slack.faults.add("chat.postMessage", "drop_before", where=lambda a: kind_of(a) == "ready")
    await world.publish()
    await world.forward(seconds=40)
    world.slack.workspace.delete(world.card)
    await recover(world)
    await world.command(ALEX, f"activate {NAME}")  # with the next change the bot sees that its card is gone
    await recover(world)
    assert sorted(world.kinds()) == ["approval", "card", "ready"]


async def test_a_deleted_card_gets_one_new_copy(world: World) -> None:
    await world.ready()
    old = world.card
    world.slack.workspace.delete(old)
    world.slack.faults.add("chat.postMessage", "drop_after", where=lambda a: kind_of(a) == "card")
    await world.command(ALEX, f"activate {NAME}")
    await recover(world)
    await world.restart()
    await recover(world)
    assert [payload(m)["kind"] for m in world.said() if not m.is_reply] == ["card"]
    assert world.card.ts != old.ts
    judge_but(world, "records")


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        pytest.param("drop_after", {}, id="changed, then the connection drops"),
        pytest.param("drop_before", {}, id="not changed, the connection drops"),
        pytest.param("hang", {}, id="no answer"),
        pytest.param("status", {}, id="status 500"),
        pytest.param("ratelimited", {}, id="too many requests"),
    ],
)
async def test_the_card_converges(world: World, fault: str, options: dict[str, Any]) -> None:
    """Whatever happens to the updates, in the end the card and the request show how things are."""
    await world.asked()
    world.slack.faults.add("chat.update", fault, 3, **options)
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(seconds=30)
    for _ in range(4):
        await world.forward(seconds=7)
    await recover(world)
    assert '"action_id": "approve"' not in json.dumps(world.said("approval")[0].blocks), "the buttons are gone"
    domain, notice = await world.domain(), world.said("records")[0]
    (_post, owed), *_ = [(p, n) for p, n in await _posts(world) if p.ts == notice.ts]
    wanted = await world.bot.deliverer._wording.words(owed, domain)
    assert notice.text == wanted.text


async def _posts(world: World) -> Any:
    from bot.services.outbox.refreshing import CONVERGING

    await world.bot.store.mark_all_stale(CONVERGING)
    return await world.bot.store.stale_posts(world.clock.now(), 100, CONVERGING)


async def test_the_private_answer_goes_another_way(world: World) -> None:
    """A response_url that fails is replaced by a message only the person sees."""
    world.slack.faults.add("response_url", "status")
    await world.command(ALEX, f"add {NAME}")
    assert world.last(ALEX), "told by chat.postEphemeral"
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]


async def test_nobody_can_be_told_but_it_is_done(world: World) -> None:
    world.slack.workspace.join(CHANNEL, world.slack.workspace.bot_user)
    world.slack.faults.add("response_url", "drop_before", None)
    world.slack.faults.add("chat.postEphemeral", "drop_before", None)
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]


async def test_killed_before_it_was_answered_shows_what_came_of_it(world: World) -> None:
    """Done and saved, but the answer was lost with the process: not "somebody was faster"."""
    await world.asked()
    world.slack.faults.add("response_url", "hang")
    await world.slack.click(SAM, world.said("approval")[0], "approve")
    async with asyncio.timeout(30):
        while await world.state() is State.AWAITING_APPROVAL:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await world.bot.background.drain(0)
    await world.restart()
    assert "already" not in world.last(SAM).lower()
    assert NAME in world.last(SAM)
    assert Ledger(world.path / "emaildomain.db").one("SELECT count(*) FROM inbox WHERE answered_at IS NULL") == 0


async def test_a_crowd_that_waits_for_slack_does_not_use_up_its_rate(world: World) -> None:
    """Ninety wishes while Slack is silent ask once who somebody is; afterwards the next answer comes at once."""
    world.slack.faults.add("users.info", "hang", None)
    await asyncio.gather(*(world.slack.command(ALEX, CHANNEL, f"check n{n}.{ZONE}") for n in range(90)))
    await world.bot.background.idle()
    asked = sum(call.method == "users.info" for call in world.slack.calls)
    assert asked < 20
    world.slack.faults.clear()
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]


def judge_but(world: World, *deleted: str) -> None:
    """As :func:`judge`, where people deleted messages of these kinds."""
    wrong = Ledger(world.path / "emaildomain.db").faults(world.said())
    wrong = [w for w in wrong if not (w.startswith("lost:") and any(f"/{kind}/" in w for kind in deleted))]
    assert not wrong, "\n".join(wrong)
