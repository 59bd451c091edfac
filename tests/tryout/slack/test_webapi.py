"""The Web API as the SDK's own client meets it: tokens, scopes, channels, messages, people."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.slack.simulated import SimulatedSlack
from tests.tryout.conftest import SCOPES, HandClock

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}
METADATA = {"event_type": "emaildomain", "event_payload": {"kind": "ready", "key": "k1"}}


async def refusal(call: Any) -> Any:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error(call: Any) -> str:
    return str((await refusal(call))["error"])


# --- who is asking ---------------------------------------------------------------------------------------------------


async def test_every_answer_names_the_scopes_and_carries_the_workspaces_date(
    slack: SimulatedSlack, client: AsyncWebClient
) -> None:
    answer = await client.auth_test()

    assert answer["user_id"] == slack.workspace.bot_user
    assert answer["team_id"] == slack.workspace.team_id
    assert set(answer.headers["X-OAuth-Scopes"].split(",")) == set(SCOPES)
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"


async def test_tokens_are_checked(slack: SimulatedSlack) -> None:
    def with_token(token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=slack.api_url, retry_handlers=[])

    assert await error(with_token(None).api_call("auth.test")) == "not_authed"
    assert await error(with_token("xoxb-other").auth_test()) == "invalid_auth"
    assert await error(with_token(slack.app_token).auth_test()) == "not_allowed_token_type"
    assert await error(with_token(slack.bot_token).api_call("apps.connections.open")) == "not_allowed_token_type"
    assert (await with_token(slack.bot_token).auth_test())["ok"]
    url = (await with_token(None).apps_connections_open(app_token=slack.app_token))["url"]
    assert url.startswith("ws://127.0.0.1")


async def test_a_token_in_json_is_not_looked_at_but_one_in_a_form_is(slack: SimulatedSlack) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{slack.api_url}auth.test"
        async with session.post(url, json={"token": slack.bot_token}) as answer:
            assert (await answer.json())["error"] == "not_authed"
        async with session.post(url, data={"token": slack.bot_token}) as answer:
            assert (await answer.json())["ok"]


async def test_a_missing_scope_is_named_with_what_is_there(clock: HandClock) -> None:
    async with SimulatedSlack(clock=clock, scopes=["chat:write"], commands=["/x"]) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        answer = await refusal(client.users_info(user="U1"))

    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")


async def test_a_method_that_does_not_exist(client: AsyncWebClient) -> None:
    assert await error(client.api_call("chat.shout")) == "unknown_method"


# --- posting ---------------------------------------------------------------------------------------------------------


async def test_a_message_is_stored_with_its_metadata_and_an_id_of_its_own(
    slack: SimulatedSlack, client: AsyncWebClient
) -> None:
    first = await client.chat_postMessage(channel="C0MAIL", text="Hello", blocks=[SECTION], metadata=METADATA)
    second = await client.chat_postMessage(channel="C0MAIL", text="Hello")

    assert first["ts"] < second["ts"]
    assert first["message"]["metadata"] == METADATA
    one, two = slack.messages("C0MAIL")
    assert (one.ts, one.metadata, one.user) == (first["ts"], METADATA, slack.workspace.bot_user)
    assert two.metadata is None


async def test_forms_and_json_say_the_same(slack: SimulatedSlack) -> None:
    fields = {"channel": "C0MAIL", "text": "Hello", "blocks": [SECTION], "metadata": METADATA}
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        url = f"{slack.api_url}chat.postMessage"
        async with session.post(url, json=fields) as answer:
            assert (await answer.json())["ok"]
        form = {k: v if isinstance(v, str) else json.dumps(v) for k, v in fields.items()}
        async with session.post(url, data=form) as answer:
            assert (await answer.json())["ok"]
        async with session.post(url, data={**form, "blocks": "[{"}) as answer:
            assert (await answer.json())["error"] == "invalid_blocks_format"
        json_type = {"Content-Type": "application/json"}
        async with session.post(url, data="{", headers=json_type) as answer:
            assert (await answer.json())["error"] == "invalid_json"
        async with session.post(url, data="[]", headers=json_type) as answer:
            assert (await answer.json())["error"] == "json_not_object"

    one, two = slack.messages("C0MAIL")
    assert (one.blocks, one.metadata) == (two.blocks, two.metadata)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        pytest.param("C0OPEN", "not_in_channel", id="a public channel the app is not in"),
        pytest.param("C0PRIV", "channel_not_found", id="a private channel it is not in does not exist"),
        pytest.param("C0NONE", "channel_not_found", id="no such channel"),
        pytest.param("C0OLD", "is_archived", id="an archived channel"),
    ],
)
async def test_where_the_app_may_not_post(client: AsyncWebClient, channel: str, expected: str) -> None:
    assert await error(client.chat_postMessage(channel=channel, text="x")) == expected


async def test_where_the_app_may_post(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    assert (await client.chat_postMessage(channel="C0PRIVIN", text="x"))["ok"]
    assert (await client.chat_postMessage(channel="U0TANAKA", text="To you"))["channel"] == "D0TANAKA"
    assert [m.text for m in slack.dms("U0TANAKA")] == ["To you"]
    await client.conversations_join(channel="C0OPEN")
    assert (await client.chat_postMessage(channel="C0OPEN", text="x"))["ok"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param({"text": ""}, "no_text", id="nothing to say"),
        pytest.param({"text": "x" * 40_001}, "msg_too_long", id="too long"),
        pytest.param({"text": "x", "blocks": [{"type": "section"}]}, "invalid_blocks", id="a bad block"),
        pytest.param({"text": "x", "blocks": [SECTION] * 51}, "invalid_blocks", id="too many blocks"),
        pytest.param({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format", id="metadata"),
        pytest.param({"text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts", id="no thread"),
    ],
)
async def test_what_may_not_be_posted(client: AsyncWebClient, content: Any, expected: str) -> None:
    assert await error(client.api_call("chat.postMessage", json={"channel": "C0MAIL", **content})) == expected


async def test_blocks_have_a_limit_in_all(client: AsyncWebClient) -> None:
    def blocks(count: int) -> list[dict[str, Any]]:
        return [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}] * count

    assert (await client.chat_postMessage(channel="C0MAIL", text="x", blocks=blocks(4)))["ok"]
    assert await error(client.chat_postMessage(channel="C0MAIL", text="x", blocks=blocks(5))) == "msg_blocks_too_long"


async def test_complaints_about_blocks_say_where(client: AsyncWebClient) -> None:
    answer = await refusal(client.chat_postMessage(channel="C0MAIL", text="x", blocks=[SECTION, {"type": "header"}]))

    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: text [json-pointer:/blocks/1]"]


# --- editing ---------------------------------------------------------------------------------------------------------


async def test_an_edit_replaces_what_it_names_and_keeps_the_metadata(
    slack: SimulatedSlack, client: AsyncWebClient
) -> None:
    ts = (await client.chat_postMessage(channel="C0MAIL", text="A", blocks=[SECTION], metadata=METADATA))["ts"]
    (before,) = slack.messages("C0MAIL")

    await client.chat_update(channel="C0MAIL", ts=ts, text="B")

    (after,) = slack.messages("C0MAIL")
    assert (before.text, before.edited) == ("A", None)
    assert (after.text, after.blocks, after.metadata) == ("B", [], METADATA)
    assert after.edited is not None


async def test_what_cannot_be_edited(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    own = (await client.chat_postMessage(channel="C0MAIL", text="A"))["ts"]
    others = slack.say("U0TANAKA", "C0MAIL", "mine").ts
    whisper = (await client.chat_postEphemeral(channel="C0MAIL", user="U0TANAKA", text="psst"))["message_ts"]

    assert await error(client.chat_update(channel="C0MAIL", ts=others, text="B")) == "cant_update_message"
    assert await error(client.chat_update(channel="C0MAIL", ts=whisper, text="B")) == "message_not_found"
    assert await error(client.chat_update(channel="C0MAIL", ts="1.000001", text="B")) == "message_not_found"
    assert await error(client.chat_update(channel="C0PRIV", ts=own, text="B")) == "channel_not_found"
    assert await error(client.api_call("chat.update", json={"channel": "C0MAIL", "ts": own})) == "no_text"
    assert await error(client.chat_delete(channel="C0MAIL", ts=others)) == "cant_delete_message"
    await client.chat_delete(channel="C0MAIL", ts=own)
    assert await error(client.chat_update(channel="C0MAIL", ts=own, text="B")) == "message_not_found"
    slack.workspace.archive("C0MAIL")
    assert await error(client.chat_postMessage(channel="C0MAIL", text="x")) == "is_archived"


async def test_a_whisper_is_for_one_person_of_the_channel(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel="C0MAIL", user="U0TANAKA", text="psst")

    assert [m.text for m in slack.private("U0TANAKA")] == ["psst"]
    assert slack.messages("C0MAIL") == []
    whisper = client.chat_postEphemeral(channel="C0MAIL", user="U0GUEST", text="psst")
    assert await error(whisper) == "user_not_in_channel"


# --- threads and history ---------------------------------------------------------------------------------------------


async def test_a_reply_to_a_reply_stays_in_the_thread_and_a_broadcast_is_seen_outside(
    slack: SimulatedSlack, client: AsyncWebClient
) -> None:
    top = (await client.chat_postMessage(channel="C0MAIL", text="Card"))["ts"]
    reply = (await client.chat_postMessage(channel="C0MAIL", text="One", thread_ts=top))["ts"]
    await client.chat_postMessage(channel="C0MAIL", text="Two", thread_ts=reply, reply_broadcast=True)

    assert [m.text for m in slack.thread("C0MAIL", top)] == ["Card", "One", "Two"]
    assert [m.text for m in slack.messages("C0MAIL")] == ["Card", "Two"]
    history = await client.conversations_history(channel="C0MAIL")
    assert [m["text"] for m in history["messages"]] == ["Two", "Card"]
    assert history["messages"][1]["reply_count"] == 2


async def test_metadata_is_shown_only_when_asked_for(client: AsyncWebClient) -> None:
    top = (await client.chat_postMessage(channel="C0MAIL", text="Card", metadata=METADATA))["ts"]

    plain = await client.conversations_replies(channel="C0MAIL", ts=top)
    full = await client.conversations_replies(channel="C0MAIL", ts=top, include_all_metadata=True)

    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == METADATA


async def test_history_is_paged_and_bounded(clock: HandClock, client: AsyncWebClient) -> None:
    stamps = []
    for number in range(5):
        clock.forward(2)
        stamps.append((await client.chat_postMessage(channel="C0MAIL", text=str(number)))["ts"])

    async def texts(**bounds: Any) -> list[str]:
        return [m["text"] for m in (await client.conversations_history(channel="C0MAIL", **bounds))["messages"]]

    assert await texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert await texts(oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]
    first = await client.conversations_history(channel="C0MAIL", limit=3)
    assert first["has_more"]
    rest = await client.conversations_history(
        channel="C0MAIL", limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [m["text"] for m in [*first["messages"], *rest["messages"]]] == ["4", "3", "2", "1", "0"]
    assert not rest["has_more"]
    assert await error(client.conversations_history(channel="C0MAIL", cursor="?")) == "invalid_cursor"


async def test_history_is_for_members(client: AsyncWebClient) -> None:
    assert await error(client.conversations_history(channel="C0OPEN")) == "not_in_channel"
    assert await error(client.conversations_history(channel="C0PRIV")) == "channel_not_found"
    assert await error(client.conversations_replies(channel="C0MAIL", ts="1.000001")) == "thread_not_found"


async def test_a_deleted_parent_leaves_a_trace_where_it_has_replies(
    slack: SimulatedSlack, client: AsyncWebClient
) -> None:
    top = (await client.chat_postMessage(channel="C0MAIL", text="Card"))["ts"]
    await client.chat_postMessage(channel="C0MAIL", text="One", thread_ts=top)
    (card,) = slack.messages("C0MAIL")
    slack.workspace.delete(card)

    thread = (await client.conversations_replies(channel="C0MAIL", ts=top))["messages"]
    assert [m.get("subtype") for m in thread] == ["tombstone", None]
    assert slack.messages("C0MAIL") == []
    assert await error(client.chat_update(channel="C0MAIL", ts=top, text="B")) == "message_not_found"
    assert (await client.chat_postMessage(channel="C0MAIL", text="Two", thread_ts=top))["ok"]


# --- channels and people ---------------------------------------------------------------------------------------------


async def test_channels(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    async def info(channel: str) -> Any:
        return (await client.conversations_info(channel=channel))["channel"]

    assert (await info("C0MAIL"))["is_member"]
    assert not (await info("C0OPEN"))["is_member"]
    assert (await info("C0PRIVIN"))["is_private"]
    assert (await info("C0OLD"))["is_archived"]
    assert await error(client.conversations_info(channel="C0PRIV")) == "channel_not_found"
    assert await error(client.conversations_join(channel="C0PRIVIN")) == "method_not_supported_for_channel_type"
    assert await error(client.conversations_join(channel="C0OLD")) == "is_archived"
    assert await error(client.conversations_open(users="U0TANAKA")) == "missing_scope"
    members = await client.conversations_members(channel="C0MAIL", limit=2)
    assert members["members"] == ["U0TANAKA", "U0SATO"]
    assert members["response_metadata"]["next_cursor"]
    names = [c["name"] for c in (await client.conversations_list(types="public_channel,private_channel"))["channels"]]
    assert names == ["email-domains", "general", "secret-with-bot", "old"]


async def test_people(client: AsyncWebClient) -> None:
    async def person(user: str) -> Any:
        return (await client.users_info(user=user, include_locale=True))["user"]

    suzuki = await person("U0SUZUKI")
    assert (suzuki["locale"], suzuki["tz"], suzuki["tz_offset"]) == ("ja-JP", "Asia/Tokyo", 9 * 3600)
    assert "locale" not in (await client.users_info(user="U0SUZUKI"))["user"]
    assert (await person("U0GUEST"))["is_restricted"]
    assert (await person("U0SATO"))["is_admin"]
    assert (await person("U0ALIEN"))["team_id"] == "T0OTHER"
    assert await error(client.users_info(user="U0NOBODY")) == "user_not_found"
    assert len((await client.users_list())["members"]) == 7


async def test_groups(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    slack.workspace.add_group("S0MAIL", "mail-approvers", ["U0SATO"])

    assert (await client.usergroups_users_list(usergroup="S0MAIL"))["users"] == ["U0SATO"]
    assert await error(client.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"
    assert [g["handle"] for g in (await client.usergroups_list())["usergroups"]] == ["mail-approvers"]
