"""Response URLs: how often, how long, what they may do."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.conftest import HandClock


@pytest.fixture
async def url(slack: SimulatedSlack, bolt: AsyncApp) -> str:
    """The response URL of a command that was acknowledged without a word."""

    @bolt.command("/emaildomain")
    async def run(ack: Any) -> None:
        await ack()

    return (await slack.command("U0TANAKA", "C0MAIL", "x")).response_url


async def use(url: str, **body: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_five_answers_and_no_more(slack: SimulatedSlack, url: str) -> None:
    for number in range(5):
        assert await use(url, text=str(number)) == (200, "ok")
    assert await use(url, text="6") == (404, "used_url")
    assert [m.text for m in slack.private("U0TANAKA")] == ["0", "1", "2", "3", "4"]


async def test_half_an_hour_and_no_longer(url: str, clock: HandClock) -> None:
    clock.forward(1800)
    assert (await use(url, text="x"))[0] == 200
    clock.forward(1)
    assert await use(url, text="x") == (404, "expired_url")


async def test_a_refused_answer_costs_nothing(slack: SimulatedSlack, url: str) -> None:
    for _ in range(6):
        assert await use(url, text="x", blocks=[{"type": "section"}]) == (400, "invalid_blocks")
    assert await use(url, blocks=[]) == (400, "no_text")
    assert (await use(url, text="x"))[0] == 200


async def test_answers_are_private_unless_they_say_so(slack: SimulatedSlack, url: str) -> None:
    await use(url, text="to you")
    await use(url, text="to all", response_type="in_channel")

    assert [m.text for m in slack.private("U0TANAKA")] == ["to you"]
    assert [m.text for m in slack.messages("C0MAIL")] == ["to all"]


async def test_an_answer_can_be_replaced_and_taken_back(slack: SimulatedSlack, url: str) -> None:
    await use(url, text="Checking")
    await use(url, text="Checked", replace_original=True)
    assert [m.text for m in slack.private("U0TANAKA")] == ["Checked"]
    await use(url, delete_original=True)
    assert slack.private("U0TANAKA") == []


async def test_a_click_can_replace_or_delete_its_message(
    slack: SimulatedSlack, bolt: AsyncApp, client: AsyncWebClient
) -> None:
    @bolt.action("go")
    async def go(ack: Any) -> None:
        await ack()

    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    await client.chat_postMessage(channel="C0MAIL", text="Card", blocks=[{"type": "actions", "elements": [button]}])
    click = await slack.click("U0SATO", slack.messages("C0MAIL")[0], "go")

    await use(click.response_url, text="Gone", replace_original=True)
    assert [(m.text, m.blocks) for m in slack.messages("C0MAIL")] == [("Gone", [])]
    await use(click.response_url, delete_original=True)
    assert slack.messages("C0MAIL") == []


async def test_faults_reach_response_urls_too(slack: SimulatedSlack, url: str) -> None:
    slack.faults.add("response_url", "status", status=500)
    slack.faults.add("response_url", "drop_after")

    assert (await use(url, text="one"))[0] == 500
    with pytest.raises(aiohttp.ClientError):
        await use(url, text="two")

    assert [m.text for m in slack.private("U0TANAKA")] == ["two"]
    assert [c.status for c in slack.calls if c.method == "response_url"] == [500, 0]
