"""Forms and Home tabs, through a real Bolt app."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.tryout.slack.simulated import SimulatedSlack, words
from tests.tryout.conftest import HandClock

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


OPTIONS = [{"text": plain("English"), "value": "en"}, {"text": plain("日本語"), "value": "ja"}]

FORM: Json = {
    "type": "modal",
    "callback_id": "reject",
    "private_metadata": "round 7",
    "title": plain("Reject"),
    "submit": plain("Reject"),
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": plain("Why?"),
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
        },
        {
            "type": "input",
            "block_id": "language",
            "optional": True,
            "label": plain("Language"),
            "element": {
                "type": "static_select",
                "action_id": "language",
                "options": OPTIONS,
                "initial_option": OPTIONS[0],
            },
        },
        {
            "type": "input",
            "block_id": "people",
            "optional": True,
            "label": plain("People"),
            "element": {"type": "multi_users_select", "action_id": "people"},
        },
    ],
}


def form(**changes: Any) -> Json:
    return {**FORM, **changes}


@pytest.fixture
def submitted(slack: SimulatedSlack, bolt: AsyncApp) -> list[Json]:
    """What the app heard; the command ``/emaildomain`` opens the form."""
    heard: list[Json] = []

    @bolt.command("/emaildomain")
    async def run(ack: Any, command: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)

    @bolt.view("reject")
    async def reject(ack: Any, body: Json) -> None:
        heard.append(body)
        reason = body["view"]["state"]["values"]["reason"]["text"]["value"]
        if reason == "bad":
            await ack(response_action="errors", errors={"reason": "Say more."})
        elif reason == "lost":
            await ack(response_action="errors", errors={"nowhere": "?"})
        elif reason == "more":
            await ack(response_action="update", view=form(title=plain("Again")))
        elif reason == "broken":
            await ack(response_action="update", view={"type": "modal"})
        elif reason == "stack":
            await ack(response_action="push", view=form(title=plain("On top")))
        elif reason == "clear":
            await ack(response_action="clear")
        else:
            await ack()

    return heard


async def test_a_form_is_filled_and_sent(slack: SimulatedSlack, submitted: list[Json]) -> None:
    await slack.command("U0SATO", "C0MAIL", "x")
    view = slack.workspace.open_view("U0SATO")
    assert words(view).startswith("Why?")

    done = await slack.submit("U0SATO", view, {"reason": "no", "people": ["U0TANAKA"]})

    assert done.problem is None
    assert slack.view("U0SATO") is None
    (body,) = submitted
    assert (body["view"]["id"], body["view"]["hash"]) == (view.id, view.hash)
    assert (body["view"]["private_metadata"], body["view"]["callback_id"]) == ("round 7", "reject")
    assert body["view"]["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "no"}},
        "language": {"language": {"type": "static_select", "selected_option": OPTIONS[0]}},
        "people": {"people": {"type": "multi_users_select", "selected_users": ["U0TANAKA"]}},
    }


async def test_the_client_itself_refuses_what_is_empty_or_too_long(
    slack: SimulatedSlack, submitted: list[Json]
) -> None:
    await slack.command("U0SATO", "C0MAIL", "x")
    view = slack.workspace.open_view("U0SATO")

    assert (await slack.submit("U0SATO", view)).problem == "missing_input"
    assert (await slack.submit("U0SATO", view, {"reason": "x" * 11})).problem == "missing_input"
    assert set(view.errors) == {"reason"}
    assert submitted == []
    with pytest.raises(LookupError):
        await slack.submit("U0SATO", view, {"raison": "x"})


async def test_the_app_may_object_change_stack_or_clear(slack: SimulatedSlack, submitted: list[Json]) -> None:
    await slack.command("U0SATO", "C0MAIL", "x")
    view = slack.workspace.open_view("U0SATO")

    assert (await slack.submit("U0SATO", view, {"reason": "bad"})).problem is None
    assert view.errors == {"reason": "Say more."}
    assert (await slack.submit("U0SATO", view, {"reason": "more"})).problem is None
    assert (view.text, view.errors) == ("Again", {})
    await slack.submit("U0SATO", view, {"reason": "stack"})
    assert slack.workspace.open_view("U0SATO").text == "On top"
    await slack.submit("U0SATO", slack.workspace.open_view("U0SATO"), {"reason": "clear"})
    assert slack.view("U0SATO") is None


@pytest.mark.parametrize(("reason", "problem"), [("lost", "invalid_errors"), ("broken", "invalid_view")])
async def test_an_answer_slack_cannot_use_leaves_the_form_open(
    slack: SimulatedSlack, submitted: list[Json], reason: str, problem: str
) -> None:
    await slack.command("U0SATO", "C0MAIL", "x")
    view = slack.workspace.open_view("U0SATO")

    assert (await slack.submit("U0SATO", view, {"reason": reason})).problem == problem
    assert slack.view("U0SATO") is view


async def test_a_trigger_opens_one_form_within_three_seconds(
    slack: SimulatedSlack, client: AsyncWebClient, clock: HandClock
) -> None:
    async def error(trigger: str, view: Json = FORM) -> Any:
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=view)
        return caught.value.response

    first = slack.context.triggers.give("U0SATO")
    assert (await error(first, form(title=plain("x" * 25))))["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    clock.forward(3)
    assert (await client.views_open(trigger_id=first, view=FORM))["ok"]
    assert (await error(first))["error"] == "exchanged_trigger_id"
    late = slack.context.triggers.give("U0SATO")
    clock.forward(3.1)
    assert (await error(late))["error"] == "expired_trigger_id"
    assert (await error("made-up"))["error"] == "invalid_trigger_id"


async def test_forms_are_changed_by_id_and_guarded_by_hash(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    opened = await client.views_open(trigger_id=slack.context.triggers.give("U0SATO"), view=FORM)
    view_id, seen = opened["view"]["id"], opened["view"]["hash"]

    await client.views_update(view_id=view_id, hash=seen, view=form(title=plain("New")))
    assert slack.workspace.open_view("U0SATO").text == "New"
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view_id, hash=seen, view=FORM)
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id="V0", view=FORM)


async def test_forms_stack_three_deep(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    give = slack.context.triggers.give
    await client.views_open(trigger_id=give("U0SATO"), view=FORM)
    for _ in range(2):
        await client.views_push(trigger_id=give("U0SATO"), view=FORM)
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=give("U0SATO"), view=FORM)


async def test_a_home_tab_is_published_and_opened(
    slack: SimulatedSlack, bolt: AsyncApp, client: AsyncWebClient
) -> None:
    opened: list[str] = []

    @bolt.event("app_home_opened")
    async def home(event: Json) -> None:
        opened.append(event["user"])

    @bolt.action("more")
    async def more(ack: Any, body: Json) -> None:
        opened.append(body["view"]["type"])
        await ack()

    button = {"type": "button", "action_id": "more", "text": plain("More")}
    view = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    published = await client.views_publish(user_id="U0SATO", view=view)
    assert (await slack.open_home("U0SATO")).problem is None
    shown = slack.home("U0SATO")
    assert shown is not None
    await slack.click("U0SATO", shown, "more")

    assert opened == ["U0SATO", "home"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id="U0SATO", view=view, hash=published["view"]["hash"] + "old")


@pytest.mark.parametrize(
    ("view", "said"),
    [
        pytest.param({"type": "modal", "title": plain("x"), "blocks": []}, "/view/type", id="no modal"),
        pytest.param({"type": "home", "title": plain("x"), "blocks": []}, "/view", id="no title"),
        pytest.param({"type": "home", "blocks": [{"type": "divider"}] * 101}, "/view/blocks", id="101 blocks"),
        pytest.param({"type": "home", "blocks": [], "private_metadata": "x" * 3001}, "/view/private_meta", id="notes"),
        pytest.param({"type": "home"}, "/view", id="no blocks"),
        pytest.param(
            {"type": "home", "blocks": [{"type": "divider", "block_id": "same"}] * 2}, "/view/blocks/1", id="same id"
        ),
    ],
)
async def test_a_home_tab_slack_does_not_take_is_refused_with_the_place(
    slack: SimulatedSlack, client: AsyncWebClient, view: Json, said: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.views_publish(user_id="U0SATO", view=view)
    answer = caught.value.response
    assert answer["error"] == "invalid_arguments"
    assert any(f"[json-pointer:{said}" in line for line in answer["response_metadata"]["messages"])
    assert slack.home("U0SATO") is None


async def test_what_else_slack_refuses_of_a_home_tab(slack: SimulatedSlack, client: AsyncWebClient) -> None:
    view: Json = {"type": "home", "blocks": [{"type": "divider"}] * 100, "external_id": "mine"}

    async def error(view: Json = view, **arguments: Any) -> str:
        with pytest.raises(SlackApiError) as caught:
            await client.api_call("views.publish", json={"view": view, **arguments})
        return str(caught.value.response["error"])

    first = await client.views_publish(user_id="U0SATO", view=view)
    again = await client.views_publish(user_id="U0SATO", view=view, hash=first["view"]["hash"])
    assert again["view"]["id"] == first["view"]["id"]
    assert await error(user_id="U0SATO", hash=first["view"]["hash"]) == "hash_conflict"
    assert await error() == "invalid_arguments"
    assert await error(user_id="U0NOBODY") == "user_not_found"
    assert await error(user_id="U0TANAKA") == "duplicate_external_id"
    long = {"type": "section", "text": plain("あ" * 3000)}
    assert await error({"type": "home", "blocks": [long] * 30}, user_id="U0SATO") == "view_too_large"
    slack.context.has_home = False
    assert await error(user_id="U0SATO") == "not_enabled"


async def test_a_press_on_the_home_tab_is_sent_as_slack_sends_it(
    slack: SimulatedSlack, bolt: AsyncApp, client: AsyncWebClient
) -> None:
    heard: list[Json] = []

    @bolt.event("app_home_opened")
    async def home(body: Json) -> None:
        heard.append(body)

    @bolt.action("more")
    async def more(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack()

    await slack.open_home("U0SATO")
    button = {"type": "button", "action_id": "more", "value": "7", "text": plain("More")}
    view = {"type": "home", "private_metadata": "C0MAIL", "blocks": [{"type": "actions", "elements": [button]}]}
    published = (await client.views_publish(user_id="U0SATO", view=view))["view"]
    await slack.open_home("U0SATO")
    shown = slack.home("U0SATO")
    assert shown is not None
    await slack.click("U0SATO", shown, "more")

    first, second, press = heard
    assert (first["event"]["type"], first["event"]["tab"]) == ("app_home_opened", "home")
    assert first["event"]["channel"][0] == "D"
    assert "view" not in first["event"], "nothing was published yet"
    assert second["event"]["view"]["hash"] == published["hash"]
    assert press["type"] == "block_actions"
    assert press["container"] == {"type": "view", "view_id": published["id"]}
    assert press["view"]["type"] == "home"
    assert press["view"]["private_metadata"] == "C0MAIL"
    assert press["actions"][0]["value"] == "7"
    assert press["trigger_id"]
    assert not {"channel", "message", "response_url"} & set(press)


async def test_a_form_can_be_closed_and_the_app_hears_of_it_if_it_wants(
    slack: SimulatedSlack, bolt: AsyncApp, client: AsyncWebClient
) -> None:
    closed: list[str] = []

    @bolt.view_closed("reject")
    async def gone(ack: Any, body: Json) -> None:
        closed.append(body["view"]["callback_id"])
        await ack()

    for notify in (False, True):
        await client.views_open(trigger_id=slack.context.triggers.give("U0SATO"), view=form(notify_on_close=notify))
        await slack.close("U0SATO", slack.workspace.open_view("U0SATO"))

    assert closed == ["reject"]
    assert slack.view("U0SATO") is None


async def test_a_message_shortcut_carries_the_message(slack: SimulatedSlack, bolt: AsyncApp) -> None:
    heard: list[str] = []

    @bolt.message_shortcut("check")
    async def check(ack: Any, shortcut: Json) -> None:
        heard.append(shortcut["message"]["text"])
        await ack()

    said = slack.say("U0TANAKA", "C0MAIL", "is sales.xyzcorp.com right?")

    assert (await slack.shortcut("U0SATO", said, "check")).problem is None
    assert heard == ["is sales.xyzcorp.com right?"]
