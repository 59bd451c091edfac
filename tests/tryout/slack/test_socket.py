"""Socket Mode: with a bare websocket for the protocol, and with Bolt's own client for the whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.slack.simulated import SimulatedSlack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def connect(slack: SimulatedSlack, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    client = AsyncWebClient(base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    return await session.ws_connect(url)


async def connected(slack: SimulatedSlack, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    socket = await connect(slack, session)
    assert (await socket.receive_json(timeout=5))["type"] == "hello"
    return socket


async def test_a_url_opens_one_connection(slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
    url = slack.socket.ticket()
    socket = await session.ws_connect(url)
    hello = await socket.receive_json(timeout=5)

    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


async def test_a_command_comes_in_an_envelope_and_the_acknowledgement_may_speak(
    slack: SimulatedSlack, session: aiohttp.ClientSession
) -> None:
    socket = await connected(slack, session)
    typing = asyncio.ensure_future(slack.command("U0TANAKA", "C0MAIL", "help"))
    envelope = await socket.receive_json(timeout=5)
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Help!"}})
    done = await typing

    assert set(envelope) == {"envelope_id", "type", "payload", "accepts_response_payload"}
    assert (envelope["type"], envelope["payload"]["text"]) == ("slash_commands", "help")
    assert (done.status, done.problem) == (200, None)
    assert [m.text for m in slack.private("U0TANAKA")] == ["Help!"]


async def test_silence_on_a_socket_is_a_timeout_and_a_late_word_is_ignored(
    slack: SimulatedSlack, session: aiohttp.ClientSession
) -> None:
    socket = await connected(slack, session)
    typing = asyncio.ensure_future(slack.command("U0TANAKA", "C0MAIL", "help"))
    envelope = await socket.receive_json(timeout=5)
    done = await typing
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "Help!"}})
    await socket.ping()
    await slack.open_home("U0TANAKA")  # comes after it, on the same connection

    assert slack.socket.received[0]["envelope_id"] == envelope["envelope_id"]
    assert done.problem == "operation_timeout"
    assert len(slack.private("U0TANAKA")) == 1


async def test_each_envelope_goes_to_one_connection(slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
    sockets = [await connected(slack, session) for _ in range(2)]

    async def answer(socket: aiohttp.ClientWebSocketResponse) -> str:
        envelope = await socket.receive_json(timeout=5)
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        return str(envelope["payload"]["text"])

    answers = [asyncio.ensure_future(answer(socket)) for socket in sockets]
    await slack.command("U0TANAKA", "C0MAIL", "one")
    await slack.command("U0TANAKA", "C0MAIL", "two")

    assert sorted([await a for a in answers]) == ["one", "two"]


async def test_what_was_on_a_lost_connection_goes_to_another(
    slack: SimulatedSlack, session: aiohttp.ClientSession
) -> None:
    first = await connected(slack, session)
    typing = asyncio.ensure_future(slack.command("U0TANAKA", "C0MAIL", "x"))
    lost = await first.receive_json(timeout=5)
    await slack.socket.drop_all(abrupt=True)
    second = await connected(slack, session)
    again = await second.receive_json(timeout=5)
    await second.send_json({"envelope_id": again["envelope_id"]})

    assert again == lost
    assert (await typing).problem is None


async def test_an_event_nobody_acknowledged_comes_again(slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
    socket = await connected(slack, session)
    opening = asyncio.ensure_future(slack.open_home("U0TANAKA"))
    first = await socket.receive_json(timeout=5)
    again = await socket.receive_json(timeout=10)
    await socket.send_json({"envelope_id": again["envelope_id"]})

    assert (await opening).problem == "operation_timeout"
    assert (first["retry_attempt"], again["retry_attempt"]) == (0, 1)
    assert again["payload"]["event_id"] == first["payload"]["event_id"]


async def test_the_eleventh_connection_is_sent_away(slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
    ten = [await connected(slack, session) for _ in range(10)]
    eleventh = await session.ws_connect(slack.socket.ticket())

    frame = await eleventh.receive_json(timeout=5)
    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    assert not any(socket.closed for socket in ten)


async def test_slack_warns_and_then_asks_to_reconnect(slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
    socket = await connected(slack, session)
    await slack.socket.refresh("warning")
    assert (await socket.receive_json(timeout=5))["reason"] == "warning"
    assert slack.socket.is_open
    await slack.socket.refresh()
    assert (await socket.receive_json(timeout=5))["reason"] == "refresh_requested"
    assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    assert not slack.socket.is_open


async def test_pings_are_answered(slack: SimulatedSlack, session: aiohttp.ClientSession) -> None:
    url = slack.socket.ticket()
    socket = await session.ws_connect(url, autoping=False)
    await socket.receive_json(timeout=5)
    await socket.ping(b"sdk-ping-pong:1.0")

    pong = await socket.receive(timeout=5)
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1.0")


@pytest.mark.parametrize("abrupt", [False, True])
async def test_bolts_own_client_survives_a_lost_connection(slack: SimulatedSlack, abrupt: bool) -> None:
    app = AsyncApp(
        client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url),
        signing_secret="x",
        process_before_response=True,
    )

    @app.command("/emaildomain")
    async def run(ack: Any) -> None:
        await ack("Here.")

    handler = AsyncSocketModeHandler(
        app,
        slack.app_token,
        web_client=AsyncWebClient(base_url=slack.api_url),
        ping_interval=1,
    )
    await handler.connect_async()
    try:
        await slack.socket.opened()
        assert (await slack.command("U0TANAKA", "C0MAIL", "x")).problem is None
        await slack.socket.drop_all(abrupt=abrupt)
        assert not slack.socket.is_open
        await slack.socket.opened(timeout=20)
        assert (await slack.command("U0TANAKA", "C0MAIL", "x")).problem is None
    finally:
        await handler.close_async()

    assert [m.text for m in slack.private("U0TANAKA")] == ["Here.", "Here."]
