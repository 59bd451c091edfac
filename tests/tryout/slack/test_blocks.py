"""Block Kit's limits, each from both sides."""

from __future__ import annotations

from typing import Any

import pytest

from bot.tryout.slack.blocks import validate, validate_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("x"), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def options(count: int) -> list[Json]:
    return [{"text": plain(f"o{n}"), "value": str(n)} for n in range(count)]


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", "options": options(1), **more}


def confirm(**more: Any) -> Json:
    return {"title": plain("a"), "text": mrkdwn("b"), "confirm": plain("c"), "deny": plain("d"), **more}


def field(element: Json | None = None, **more: Any) -> Json:
    box = element or {"type": "plain_text_input", "action_id": "t"}
    return {"type": "input", "label": plain("Name"), "element": box, **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def inline(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def table(rows: int, columns: int, **more: Any) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows, **more}


def ids(count: int) -> list[Json]:
    return [button(action_id=f"go:{n}") for n in range(count)]


#: What Slack takes, what it does not take, and where it points then.
LIMITS = [
    pytest.param(section(text=mrkdwn("x" * 3000)), section(text=mrkdwn("x" * 3001)), "/text/text", id="section text"),
    pytest.param(section(), section(text=mrkdwn("")), "/text/text", id="empty text"),
    pytest.param(section(), {"type": "section"}, "", id="section without text and fields"),
    pytest.param(section(fields=[plain("x")] * 10), section(fields=[plain("x")] * 11), "/fields", id="fields"),
    pytest.param(
        section(fields=[plain("x" * 2000)]), section(fields=[plain("x" * 2001)]), "/fields/0/text", id="field text"
    ),
    pytest.param(section(expand=True), section(expand="yes"), "/expand", id="expand"),
    pytest.param(section(accessory=button()), section(accessory=field()["element"]), "/accessory/type", id="accessory"),
    pytest.param(section(), section(colour="red"), "", id="unknown property"),
    pytest.param(section(), {"type": "sectoin", "text": mrkdwn("x")}, "/type", id="unknown type"),
    pytest.param(section(), {"text": mrkdwn("x")}, "", id="no type"),
    pytest.param({"type": "header", "text": plain("x" * 150)}, {"type": "header", "text": plain("x" * 151)},
                 "/text/text", id="header"),
    pytest.param({"type": "header", "text": plain("x")}, {"type": "header", "text": mrkdwn("x")}, "/text/type",
                 id="header with markup"),
    pytest.param({"type": "divider"}, {"type": "divider", "text": plain("x")}, "", id="divider"),
    pytest.param({"type": "context", "elements": [mrkdwn("x")] * 10},
                 {"type": "context", "elements": [mrkdwn("x")] * 11}, "/elements", id="context"),
    pytest.param({"type": "context", "elements": [mrkdwn("x")]}, {"type": "context", "elements": [button()]},
                 "/elements/0/type", id="context with a button"),
    pytest.param(actions(*ids(25)), actions(*ids(26)), "/elements", id="actions"),
    pytest.param(actions(*ids(1)), actions(), "/elements", id="no actions"),
    pytest.param(actions(*ids(2)), actions(button(), button()), "/elements/1/action_id", id="action id twice"),
    pytest.param(actions(button(text=plain("x" * 75))), actions(button(text=plain("x" * 76))),
                 "/elements/0/text/text", id="button text"),
    pytest.param(actions(button(value="x" * 2000)), actions(button(value="x" * 2001)), "/elements/0/value",
                 id="button value"),
    pytest.param(actions(button(style="danger")), actions(button(style="red")), "/elements/0/style", id="style"),
    pytest.param(actions(button(action_id="x" * 255)), actions(button(action_id="x" * 256)), "/elements/0/action_id",
                 id="action id"),
    pytest.param(actions(button(), block_id="x" * 255), actions(button(), block_id="x" * 256), "/block_id",
                 id="block id"),
    pytest.param(actions(button(confirm=confirm(title=plain("x" * 100)))),
                 actions(button(confirm=confirm(title=plain("x" * 101)))), "/elements/0/confirm/title/text",
                 id="confirm title"),
    pytest.param(actions(button(confirm=confirm(text=mrkdwn("x" * 300)))),
                 actions(button(confirm=confirm(text=mrkdwn("x" * 301)))), "/elements/0/confirm/text/text",
                 id="confirm text"),
    pytest.param(actions(button(confirm=confirm(deny=plain("x" * 30)))),
                 actions(button(confirm=confirm(deny=plain("x" * 31)))), "/elements/0/confirm/deny/text",
                 id="confirm deny"),
    pytest.param(actions({"type": "overflow", "action_id": "o", "options": options(5)}),
                 actions({"type": "overflow", "action_id": "o", "options": options(6)}), "/elements/0/options",
                 id="overflow"),
    pytest.param(actions(select(options=options(100))), actions(select(options=options(101))), "/elements/0/options",
                 id="select"),
    pytest.param(actions(select(initial_option=options(1)[0])), actions(select(initial_option=options(2)[1])),
                 "/elements/0", id="initial option"),
    pytest.param(actions(select(options=[{"text": plain("x" * 75), "value": "v"}])),
                 actions(select(options=[{"text": plain("x" * 76), "value": "v"}])), "/elements/0/options/0/text/text",
                 id="option text"),
    pytest.param(actions(select(options=[{"text": plain("x"), "value": "v" * 150}])),
                 actions(select(options=[{"text": plain("x"), "value": "v" * 151}])), "/elements/0/options/0/value",
                 id="option value"),
    pytest.param(actions(select(placeholder=plain("x" * 150))), actions(select(placeholder=plain("x" * 151))),
                 "/elements/0/placeholder/text", id="placeholder"),
    pytest.param(rich(inline({"type": "text", "text": "x", "style": {"code": True}})),
                 rich(inline({"type": "text", "text": "x", "style": {"loud": True}})),
                 "/elements/0/elements/0/style", id="rich text style"),
    pytest.param(rich(inline({"type": "user", "user_id": "U1"})), rich(inline({"type": "user"})),
                 "/elements/0/elements/0", id="rich text user"),
    pytest.param(rich(inline({"type": "emoji", "name": "tada"})), rich(inline({"type": "video"})),
                 "/elements/0/elements/0/type", id="rich text unknown"),
    pytest.param(rich({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]}),
                 rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}),
                 "/elements/0/elements/0/type", id="preformatted"),
    pytest.param(rich({"type": "rich_text_list", "style": "bullet", "elements": [inline()], "indent": 8}),
                 rich({"type": "rich_text_list", "style": "bullet", "elements": [inline()], "indent": 9}),
                 "/elements/0/indent", id="list indent"),
    pytest.param(table(100, 1), table(101, 1), "/rows", id="table rows"),
    pytest.param(table(1, 20), table(1, 21), "/rows/0", id="table cells"),
    pytest.param(table(1, 1, column_settings=[None, {"align": "left"}]),
                 table(1, 1, column_settings=[{"align": "middle"}]), "/column_settings/0/align", id="table columns"),
    pytest.param({"type": "image", "image_url": "https://x", "alt_text": "x"},
                 {"type": "image", "image_url": "https://x"}, "", id="image without words"),
    pytest.param(field(), field(label=mrkdwn("x")), "/label/type", id="label"),
    pytest.param(field({"type": "plain_text_input", "max_length": 3000}),
                 field({"type": "plain_text_input", "max_length": 3001}), "/element/max_length", id="max_length"),
    pytest.param(field({"type": "checkboxes", "options": options(10)}),
                 field({"type": "checkboxes", "options": options(11)}), "/element/options", id="checkboxes"),
    pytest.param(field({"type": "users_select", "action_id": "u"}), field(button()), "/element/type",
                 id="input without an input"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "pointer"), LIMITS)
def test_a_block_at_its_limit_passes_and_one_beyond_is_refused(good: Json, bad: Json, pointer: str) -> None:
    assert validate([good], "message") == []
    complaints = validate([section(), bad], "message")
    assert [c for c in complaints if c.endswith(f"[json-pointer:/blocks/1{pointer}]")], complaints


def test_complaints_are_worded_as_slack_does() -> None:
    assert validate([section(text=mrkdwn("x" * 3001))], "message") == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


def test_a_message_takes_fifty_blocks_and_a_view_a_hundred() -> None:
    assert validate([section()] * 50, "message") == []
    assert validate([section()] * 51, "message") == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert validate([section()] * 100, "home") == []
    assert validate([section()] * 101, "home") != []


def test_block_ids_are_unique_in_a_message() -> None:
    assert validate([section(block_id="a"), section(block_id="b")], "message") == []
    assert validate([section(block_id="a"), section(block_id="a")], "message") != []


def test_tables_are_for_messages_and_one_is_enough() -> None:
    assert validate([table(2, 2)], "message") == []
    assert validate([table(2, 2)] * 2, "message") != []
    assert validate([table(2, 2)], "modal") != []


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Form"), "blocks": list(blocks), "submit": plain("Send"), **more}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param(modal(title=plain("x" * 24)), modal(title=plain("x" * 25)), id="title"),
        pytest.param(modal(submit=plain("x" * 24)), modal(submit=plain("x" * 25)), id="submit"),
        pytest.param(modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001), id="private metadata"),
        pytest.param(modal(callback_id="x" * 255), modal(callback_id="x" * 256), id="callback id"),
        pytest.param(
            modal(field()),
            {"type": "modal", "title": plain("Form"), "blocks": [field()]},
            id="an input wants a submit button",
        ),
        pytest.param(
            modal(field({"type": "plain_text_input", "focus_on_load": True}), field()),
            modal(*[field({"type": "plain_text_input", "focus_on_load": True})] * 2),
            id="one focus",
        ),
        pytest.param(modal(section()), {**modal(section()), "type": "home"}, id="another surface"),
    ],
)
def test_a_modal_at_its_limit_passes_and_one_beyond_is_refused(good: Json, bad: Json) -> None:
    assert validate_view(good, "modal") == []
    assert validate_view(bad, "modal") != []


def test_a_home_tab_has_blocks_and_no_title() -> None:
    assert validate_view({"type": "home", "blocks": [section()]}, "home") == []
    assert validate_view({"type": "home", "blocks": [section()], "title": plain("x")}, "home") != []


def test_nothing_that_is_no_block_crashes_it() -> None:
    rubbish: Any
    for rubbish in (None, 1, "x", [], {"type": 1}, {"type": ["x"]}, {"type": "actions", "elements": "x"}):
        assert validate([rubbish], "message") != []
