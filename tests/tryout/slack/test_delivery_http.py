"""Slack to app over HTTP, through a real Bolt app: commands, clicks, acknowledgements, forged requests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.slack.delivery import NotOnScreenError
from bot.tryout.slack.simulated import Forgery, SimulatedSlack, words
from bot.tryout.slack.workspace import SLACKBOT

CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Approve?"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "approve:1",
                "value": "7",
                "text": {"type": "plain_text", "text": "Approve"},
            }
        ],
    },
]


async def test_a_command_reaches_the_app_with_every_key_and_its_answer_is_private(
    slack: SimulatedSlack, bolt: AsyncApp
) -> None:
    heard: list[dict[str, Any]] = []

    @bolt.command("/emaildomain")
    async def run(ack: Any, command: dict[str, Any]) -> None:
        heard.append(command)
        await ack("On it.")

    done = await slack.command("U0TANAKA", "C0MAIL", "add sales.xyzcorp.com")

    assert (done.status, done.problem) == (200, None)
    assert set(heard[0]) == {
        "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command", "text",
        "api_app_id", "is_enterprise_install", "response_url", "trigger_id",
    }  # fmt: skip
    assert heard[0]["text"] == "add sales.xyzcorp.com"
    assert heard[0]["is_enterprise_install"] == "false"
    assert [m.text for m in slack.private("U0TANAKA")] == ["On it."]
    assert slack.private("U0SATO") == []
    assert slack.messages("C0MAIL") == []


async def test_an_acknowledgement_may_speak_to_the_channel(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    @bolt.command("/emaildomain")
    async def run(ack: Any) -> None:
        await ack(text="Everybody!", response_type="in_channel")

    await slack.command("U0TANAKA", "C0MAIL", "x")

    assert [m.text for m in slack.messages("C0MAIL")] == ["Everybody!"]
    assert slack.private("U0TANAKA") == []


async def test_no_answer_within_three_seconds_is_a_timeout_and_a_late_one_is_ignored(
    slack: SimulatedSlack, bolt: AsyncApp
) -> None:
    finished = asyncio.Event()

    @bolt.command("/emaildomain")
    async def run(ack: Any) -> None:
        await asyncio.sleep(3.3)
        await ack("Too late.")
        finished.set()

    done = await slack.command("U0TANAKA", "C0MAIL", "x")
    await asyncio.wait_for(finished.wait(), 5)
    await asyncio.sleep(0.1)

    assert done.problem == "operation_timeout"
    (notice,) = slack.private("U0TANAKA")
    assert notice.user == SLACKBOT
    assert "operation_timeout" in notice.text


async def test_an_error_of_the_app_is_told_as_dispatch_failed(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    done = await slack.command("U0TANAKA", "C0MAIL", "nobody listens")

    assert (done.status, done.problem) == (404, "dispatch_failed")
    assert "dispatch_failed" in slack.private("U0TANAKA")[0].text


async def test_an_app_that_is_down_is_told_as_dispatch_failed(slack: SimulatedSlack) -> None:
    slack.request_url = "http://127.0.0.1:9/slack/events"

    done = await slack.command("U0TANAKA", "C0MAIL", "x")

    assert (done.status, done.problem) == (None, "dispatch_failed")


@pytest.mark.parametrize(
    ("forgery", "status"),
    [
        pytest.param(Forgery(secret="guessed"), 401, id="another secret"),
        pytest.param(Forgery(signature="v0=00"), 401, id="a broken signature"),
        pytest.param(Forgery(timestamp="1000000000"), 401, id="an old request replayed"),
        pytest.param(Forgery(timestamp="abc"), 500, id="slack_sdk 3.47 trips over a timestamp that is no number"),
    ],
)
async def test_requests_can_be_forged(slack: SimulatedSlack, bolt: AsyncApp, forgery: Forgery, status: int) -> None:
    @bolt.command("/emaildomain")
    async def run(ack: Any) -> None:
        await ack("Hello.")

    assert (await slack.command("U0TANAKA", "C0MAIL", "x", forgery=forgery)).status == status
    assert (await slack.command("U0TANAKA", "C0MAIL", "x")).status == 200


async def test_only_the_manifests_commands_exist_and_none_in_threads(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    parent = slack.say("U0TANAKA", "C0MAIL", "hello")

    assert (await slack.command("U0TANAKA", "C0MAIL", "x", name="/other")).problem == "unknown_command"
    assert (await slack.command("U0TANAKA", "C0MAIL", "x", thread_ts=parent.ts)).problem == "not_supported_in_threads"
    assert len(slack.private("U0TANAKA")) == 2


async def test_a_click_carries_the_message_and_may_replace_it(
    slack: SimulatedSlack, bolt: AsyncApp, client: AsyncWebClient
) -> None:
    heard: list[dict[str, Any]] = []

    @bolt.action("approve:1")
    async def approve(ack: Any, body: dict[str, Any], respond: Any) -> None:
        heard.append(body)
        await ack()
        await respond("Approved.", replace_original=True)

    await client.chat_postMessage(channel="C0MAIL", text="Approve?", blocks=CARD)
    (card,) = slack.messages("C0MAIL")
    done = await slack.click("U0SATO", card, "approve")

    assert done.problem is None
    body = heard[0]
    assert body["type"] == "block_actions"
    assert body["actions"][0]["value"] == "7"
    assert body["actions"][0]["action_ts"] != card.ts
    assert body["container"] == {
        "type": "message", "message_ts": card.ts, "channel_id": "C0MAIL", "is_ephemeral": False,
    }  # fmt: skip
    assert body["message"]["ts"] == card.ts
    assert words(card) == "Approve?\nApprove"
    assert [words(m) for m in slack.messages("C0MAIL")] == ["Approved."]


async def test_only_what_is_on_the_screen_can_be_pressed_unless_the_screen_is_behind(
    slack: SimulatedSlack, bolt: AsyncApp, client: AsyncWebClient
) -> None:
    presses: list[str] = []

    @bolt.action("approve:1")
    async def approve(ack: Any, body: dict[str, Any]) -> None:
        presses.append(body["user"]["id"])
        await ack()

    posted = await client.chat_postMessage(channel="C0MAIL", text="Approve?", blocks=CARD)
    (card,) = slack.messages("C0MAIL")
    with pytest.raises(NotOnScreenError):
        await slack.click("U0SATO", card, "reject")
    await client.chat_update(channel="C0MAIL", ts=posted["ts"], text="Done.", blocks=[])
    with pytest.raises(NotOnScreenError):
        await slack.click("U0SATO", card, "approve")
    await slack.click("U0SATO", card, "approve", stale=True)

    assert presses == ["U0SATO"]


async def test_a_delivery_can_be_duplicated(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    triggers: list[str] = []

    @bolt.command("/emaildomain")
    async def run(ack: Any, command: dict[str, Any]) -> None:
        triggers.append(command["trigger_id"])
        await ack()

    await slack.command("U0TANAKA", "C0MAIL", "x", duplicate=True)

    assert len(triggers) == 2
    assert len(set(triggers)) == 1
    assert len(slack.deliveries) == 2
    await slack.command("U0TANAKA", "C0MAIL", "x")
    assert len(set(triggers)) == 2


async def test_events_are_repeated_until_they_are_acknowledged(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    numbers: list[str | None] = []
    enough = asyncio.Event()

    @bolt.event("app_home_opened")
    async def home(request: Any) -> None:
        numbers.append(request.headers.get("x-slack-retry-num", [None])[0])
        if len(numbers) < 3:
            raise RuntimeError("not yet")
        enough.set()

    first = await slack.open_home("U0TANAKA")
    await asyncio.wait_for(enough.wait(), 5)

    assert first.problem == "dispatch_failed"
    assert numbers == [None, "1", "2"]


async def test_url_verification_is_answered_with_the_challenge(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    assert (await slack.url_verification("ch4")).body in ("ch4", {"challenge": "ch4"})


async def test_anybody_may_knock_without_a_signature(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    assert (await slack.raw("command=%2Femaildomain")).status == 401
