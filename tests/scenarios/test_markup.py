"""Whatever comes from outside is shown as it is and means nothing: nobody is called, no link is made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.model.observations import Org
from bot.model.records import DnsRecord, RecordType
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, World

EVIL = "<!channel> <!here> <@U0SAM> <https://evil.example|your bank> *bold* `code`"

#: What would call somebody or hide where a link leads, if it reached Slack as markup.
CALLS = ("<!channel", "<!here", "<https://evil.example")


def markup(blocks: Any) -> list[str]:
    """Every text that Slack reads as markup; plain_text and preformatted text it does not."""
    if isinstance(blocks, list):
        return [text for block in blocks for text in markup(block)]
    if isinstance(blocks, dict):
        if blocks.get("type") == "mrkdwn":
            return [blocks["text"]]
        return [text for value in blocks.values() for text in markup(value)]
    return []


def everything(world: World) -> list[str]:
    """What anybody could read so far: posts, private answers, and the notifications of both."""
    shown = [*world.said(), *(m for who in (ALEX, SAM, SUZUKI) for m in world.slack.private(who))]
    return [text for message in shown for text in (message.text, *markup(message.blocks))]


def harmless(world: World) -> None:
    texts = everything(world)
    assert texts
    for call in CALLS:
        assert not [text for text in texts if call in text], call


async def test_a_txt_record_calls_nobody(world: World) -> None:
    """Somebody else's DNS is somebody else's words, in a post, on the card, and in a private answer."""
    domain = await world.added()
    for record in domain.records:
        if record.type is RecordType.TXT:
            world.zone.publish(DnsRecord(record.type, record.host, f"v=DKIM1; k=rsa; p={EVIL}"))
        else:
            world.zone.publish(record)
    await world.forward(minutes=3)
    await world.command(SUZUKI, f"check {NAME}")
    await world.command(ALEX, f"status {NAME}")
    assert "wrong_record" in world.kinds()
    assert "evil.example" in json.dumps([m.blocks for m in (*world.said(), *world.slack.private(SUZUKI))]), (
        "it is shown"
    )
    harmless(world)


async def test_a_reason_calls_nobody(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[0], "reject")
    await world.submit(SAM, {"reason": EVIL})
    assert "decided" in world.kinds()
    await world.command(ALEX, f"status {NAME}")
    assert any("evil.example" in text for text in everything(world)), "it is shown"
    harmless(world)


async def test_what_is_typed_calls_nobody(world: World) -> None:
    await world.added()
    for typed in (
        EVIL,
        f"add {EVIL}",
        f"list {EVIL}",
        f"check {EVIL}",
        f"help {EVIL}",
        f"status {EVIL}",
        f"remove {EVIL}",
    ):
        for person in (ALEX, SUZUKI):
            await world.command(person, typed)
    harmless(world)


async def test_an_org_and_a_refusal_of_the_platform_call_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform's own words: the name of the org, and why it refused."""
    monkeypatch.setattr(world.bot.platform, "_org", Org("embedded", "practice", EVIL))
    await world.asked()
    assert any("evil.example" in text for text in everything(world)), "it is shown"
    await world.command(SUZUKI, f"status {NAME}")
    harmless(world)
