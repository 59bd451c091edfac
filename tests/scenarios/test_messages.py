"""One long story, and what every message of it has in common: metadata, mentions, broadcasts, blocks, links."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.blocks import validate
from bot.tryout.slack.simulated import Message
from tests.scenarios.reading import asleep, ever_sent, kept
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, TEAM, World

DANA, GROUP = "U0DANA", "S0MAIL"
OWNER, APPROVERS, BOTH, NOBODY = f"<@{ALEX}>", f"<@{SAM}> <!subteam^{GROUP}>", f"<@{DANA}> <@{ALEX}>", ""
PRACTICE = "Practice mode: nothing is registered at Genesys Cloud. "

#: Kind -> (who it begins by calling, whether the whole channel sees it).
KINDS = {
    "records": (NOBODY, False),  # it stands in the channel itself
    "wrong_record": (OWNER, False),
    "stalled": (OWNER, False),
    "ready": (OWNER, True),
    "approval": (APPROVERS, True),
    "reminder": (APPROVERS, False),
    "decided": (BOTH, False),
    "activated": (NOBODY, True),
    "failed": (BOTH, False),
    "sending_allowed": (BOTH, True),
    "degraded": (OWNER, True),
    "recovered": (NOBODY, True),
    "removing": (OWNER, False),
    "removed": (NOBODY, False),
}


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[World]:
    """A world after the long story, with every kind of message this version has."""
    async with World(tmp_path, EMAILDOMAIN_APPROVERS=f"{SAM},{GROUP}") as world:
        workspace = world.slack.workspace
        workspace.add_person(DANA, "dana")
        workspace.join(CHANNEL, DANA)
        workspace.add_group(GROUP, "mail", [SUZUKI])
        domain = await world.added()
        cname = next(r for r in domain.records if r.host == NAME)
        world.zone.add(NAME, "CNAME", "elsewhere.example.")
        await world.forward(minutes=1)
        world.zone.remove(NAME, "CNAME")
        await asleep(world, hours=73)
        await world.click(ALEX, world.said("stalled")[0], "wait")
        await world.publish()
        await world.forward(minutes=2)
        await world.command(DANA, f"activate {NAME}")
        await asleep(world, hours=9)
        await world.click(SUZUKI, world.said("approval")[0], "reject")
        await world.submit(SUZUKI, {"reason": "<!here> *no* `x` <@U0ALEX> & <https://evil.example|click>"})
        await world.command(DANA, f"activate {NAME}")
        await world.click(SAM, world.said("approval")[1], "approve")
        await world.forward(minutes=1)
        assert await world.state() is State.WAITING
        world.zone.remove(NAME, "CNAME")
        await world.forward(minutes=25)
        world.zone.publish(cname)
        await asleep(world, hours=2)
        await world.forward(minutes=11)
        assert await world.state() is State.OPEN
        world.zone.remove(NAME, "CNAME")
        await world.forward(hours=1, minutes=20)
        assert await world.state() is State.DEGRADED
        world.zone.publish(cname)
        await world.forward(minutes=20)
        assert await world.state() is State.OPEN
        await world.command(DANA, f"remove {NAME}")  # neither owner nor approver: refused
        await world.command(ALEX, f"remove {NAME}")
        await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
        await world.click(SAM, world.said("approval")[2], "approve")
        world.zone.remove(NAME, "CNAME")
        await world.forward(minutes=15)
        assert await world.state() is State.REMOVED
        yield world


def payload(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = (message.metadata or {})["event_payload"]
    return found


def first_said(world: World) -> dict[str, str]:
    """What each message said when it was posted, by key: later it may have been edited."""
    posts = [call.args for call in world.slack.calls if call.method == "chat.postMessage" and call.args.get("metadata")]
    found = {}
    for args in posts:
        metadata = args["metadata"]
        metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
        found[metadata["event_payload"]["key"]] = str(args["text"])
    return found


def opening(text: str) -> str:
    """The mentions with which a message begins, as somebody is notified of them."""
    begun = re.match(r"(?:<[@!][^>]+> ?)*", text.removeprefix(PRACTICE))
    assert begun
    return begun[0].strip()


async def test_a_long_life_keeps_every_promise_about_messages(told: World) -> None:
    """One test, because the story takes longer than all of the looking."""
    each_kind_calls_whom_it_should_and_carries_its_metadata(told)
    nothing_unfurls_or_shouts(told)
    what_others_wrote_is_never_markup(told)
    every_answer_has_blocks_slack_takes_and_words_for_a_notification(told)
    nothing_is_left_unsaid(told)


def each_kind_calls_whom_it_should_and_carries_its_metadata(told: World) -> None:
    assert set(told.kinds()) == set(KINDS), "the story has every kind"
    card = told.said("records")[0]
    counts: dict[str, int] = {}
    said = first_said(told)
    for message in told.said():
        kind = payload(message)["kind"]
        mention, broadcast = KINDS[kind]
        n = counts[kind] = counts.get(kind, 0) + 1
        text = said[payload(message)["key"]]
        if kind == "decided" and "remov" in text.lower():
            mention = NOBODY  # the message that follows says what to do, and calls
        assert opening(text) == mention, f"{kind}: {text}"
        assert message.broadcast is broadcast, kind
        assert (message.thread_ts or card.ts) == card.ts, "one card, and its thread holds the story"
        assert message.metadata == {
            "event_type": "emaildomain",
            "event_payload": {"kind": kind, "domain": NAME, "key": f"{TEAM}/{NAME}#1/{kind}/{n}"},
        }
        assert validate(message.blocks, "message") == [], kind


def nothing_unfurls_or_shouts(told: World) -> None:
    posts = [call for call in told.slack.calls if call.method == "chat.postMessage"]
    assert len(posts) > 15
    for call in posts:
        assert str(call.args["unfurl_links"]).lower() in ("false", "0")
        assert str(call.args["unfurl_media"]).lower() in ("false", "0")
    for text in ever_sent(told):
        assert not re.search(r"<!(here|channel|everyone)|<https://evil|@here|@channel", text), text


def what_others_wrote_is_never_markup(told: World) -> None:
    rejected = next(m for m in told.said("decided") if "rejected" in m.text)
    assert "&lt;!here&gt; ∗no∗" in rejected.text
    assert f"&lt;@{ALEX}&gt;" in rejected.text, "nobody is called by a reason"
    assert "&lt;https://evil.example|click&gt;" in rejected.text


def every_answer_has_blocks_slack_takes_and_words_for_a_notification(told: World) -> None:
    for answer in told.slack.workspace.private.values():
        assert validate(answer.blocks, "message") == []
        assert answer.text.strip()
        assert not re.search(r"<!date|`|\{\w+\}", answer.text), answer.text
    assert not [call for call in told.slack.calls if call.error], "Slack refused nothing"


def nothing_is_left_unsaid(told: World) -> None:
    assert [n for n in kept(told)["notices"] if "sent" not in json.dumps(n)] == [], "nothing is left unsaid"
    assert len(set(told.every_key())) == len(told.every_key())
