"""Faults on order, and the pace Slack allows."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.conftest import HandClock


def post(client: AsyncWebClient, text: str = "x", channel: str = "C0MAIL") -> Any:
    return client.chat_postMessage(channel=channel, text=text)


@pytest.mark.parametrize(
    ("kind", "options", "status", "stored"),
    [
        pytest.param("ratelimited", {"retry_after": 7}, 429, 0, id="429"),
        pytest.param("status", {"status": 503}, 503, 0, id="503, nothing done"),
        pytest.param("status", {"status": 500, "act": True}, 500, 1, id="500, done all the same"),
        pytest.param("fatal_error", {}, 200, 0, id="fatal_error, nothing done"),
        pytest.param("fatal_error", {"act": True}, 200, 1, id="fatal_error, done all the same"),
    ],
)
async def test_an_answer_can_be_wrong_once(
    slack: SimulatedSlack, client: AsyncWebClient, kind: str, options: Any, status: int, stored: int
) -> None:
    slack.faults.add("chat.postMessage", kind, **options)

    with pytest.raises(SlackApiError) as caught:
        await post(client)

    assert caught.value.response.status_code == status
    assert len(slack.messages("C0MAIL")) == stored
    if status == 429:
        assert caught.value.response.headers["Retry-After"] == "7"
    assert (await post(client))["ok"]
    assert [c.status for c in slack.calls] == [status, 200]
    assert slack.calls[0].acted == bool(stored)


@pytest.mark.parametrize(("kind", "stored"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_connection_can_break_before_or_after_the_deed(
    slack: SimulatedSlack, client: AsyncWebClient, kind: str, stored: int
) -> None:
    slack.faults.add("chat.*", kind, times=2)

    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await post(client)

    assert len(slack.messages("C0MAIL")) == 2 * stored
    assert [c.status for c in slack.calls] == [0, 0]
    assert (await post(client))["ok"]


@pytest.mark.parametrize("act", [False, True])
async def test_a_call_can_hang_until_it_is_let_go(slack: SimulatedSlack, client: AsyncWebClient, act: bool) -> None:
    slack.faults.add("chat.postMessage", "hang", act=act)
    waiting = asyncio.ensure_future(post(client))

    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    assert len(slack.messages("C0MAIL")) == act
    slack.faults.release()
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_an_answer_can_be_slow_and_a_fault_can_pick_its_call(
    slack: SimulatedSlack, client: AsyncWebClient
) -> None:
    slack.faults.add("chat.postMessage", "slow", seconds=0.2, where=lambda args: args["text"] == "slow")
    loop = asyncio.get_running_loop()

    began = loop.time()
    await post(client, "fast")
    fast = loop.time() - began
    await post(client, "slow")

    assert loop.time() - began - fast >= 0.2


async def test_posting_is_limited_by_channel_and_recovers_with_time(
    slack: SimulatedSlack, client: AsyncWebClient, clock: HandClock
) -> None:
    for _ in range(3):
        await post(client)
    with pytest.raises(SlackApiError) as caught:
        await post(client)
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    assert (await post(client, channel="C0PRIVIN"))["ok"]
    clock.forward(1)
    assert (await post(client))["ok"]
    slack.pace.enabled = False
    assert (await post(client))["ok"]


async def test_each_method_has_its_tier(slack: SimulatedSlack, client: AsyncWebClient, clock: HandClock) -> None:
    for _ in range(20):
        await client.users_list()
    with pytest.raises(SlackApiError) as caught:
        await client.users_list()
    assert caught.value.response.headers["Retry-After"] == "3"
    assert (await client.users_info(user="U0SATO"))["ok"]
    clock.forward(3)
    assert (await client.users_list())["ok"]
