"""Block Kit's rules: what Slack refuses in a message or a view, and in which words.

Sources: docs.slack.dev/reference/block-kit and @slack/types. Types this bot has no use for are refused as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.tryout.slack.elements_schema import ELEMENTS, ID, IN_ACTIONS, IN_INPUT, IN_SECTION, RICH_TEXT, URL, text
from bot.tryout.slack.message import Json
from bot.tryout.slack.schema import (
    Needed,
    Rule,
    anything,
    at_least_one,
    boolean,
    both,
    error,
    items,
    one_of,
    shape,
    string,
    typed,
)

#: Blocks in one message, and in one view.
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100

#: Characters in all cells of a message; documented for data_table, assumed for table.
TABLE = 10_000

_BASE: Mapping[str, Rule | Needed] = {"type": Needed(anything), "block_id": string(ID)}
_RICH_TEXT = shape({**_BASE, "elements": Needed(items(typed(RICH_TEXT), 1000))})
_CELL = typed(
    {
        "raw_text": shape({"type": Needed(anything), "text": Needed(string(3000))}),
        "rich_text": _RICH_TEXT,
    }
)


def _column(value: Any, at: str) -> Iterator[str]:
    """A column's settings; null leaves a column as it is."""
    if value is not None:
        yield from shape({"align": one_of("left", "center", "right"), "is_wrapped": boolean})(value, at)


BLOCKS: Mapping[str, Rule] = {
    "section": both(
        shape({**_BASE, "text": text(), "fields": items(text(2000), 10), "accessory": IN_SECTION, "expand": boolean}),
        at_least_one("text", "fields"),
    ),
    "header": shape({**_BASE, "text": Needed(text(150, plain=True))}),
    "divider": shape(_BASE),
    "context": shape(
        {
            **_BASE,
            "elements": Needed(items(typed({"image": ELEMENTS["image"], "mrkdwn": text(), "plain_text": text()}), 10)),
        }
    ),
    "actions": shape({**_BASE, "elements": Needed(items(IN_ACTIONS, 25))}),
    "input": shape(
        {
            **_BASE,
            "label": Needed(text(2000, plain=True)),
            "element": Needed(IN_INPUT),
            "hint": text(2000, plain=True),
            "optional": boolean,
            "dispatch_action": boolean,
        }
    ),
    "image": shape(
        {
            **_BASE,
            "image_url": Needed(string(URL)),
            "alt_text": Needed(string(2000)),
            "title": text(2000, plain=True),
        }
    ),
    "rich_text": _RICH_TEXT,
    "table": shape({**_BASE, "rows": Needed(items(items(_CELL, 20), 100)), "column_settings": items(_column, 20)}),
}

#: Where a block may stand.
SURFACES: Mapping[str, frozenset[str]] = {
    "message": frozenset(BLOCKS),
    "modal": frozenset(BLOCKS) - {"table"},
    "home": frozenset(BLOCKS),
}


def validate(blocks: list[Any], surface: str) -> list[str]:
    """Slack's complaints about a message's blocks (``surface`` "message") or a view's ("modal", "home")."""
    at = "/blocks" if surface == "message" else "/view/blocks"
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    complaints = list(items(typed(BLOCKS, SURFACES[surface]), most, least=0)(blocks, at))
    if complaints:
        return complaints
    return [*_repeated(blocks, at), *_tables(blocks, at)]


def validate_view(view: Json, surface: str) -> list[str]:
    """Slack's complaints about a modal or a Home tab."""
    complaints = list(_VIEWS[surface](view, "/view"))
    if view.get("type") != surface:
        complaints.append(error(f"must be {surface}", "/view/type"))
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return complaints
    complaints += validate(blocks, surface)
    inputs = [b for b in blocks if isinstance(b, dict) and b.get("type") == "input"]
    if surface == "modal" and inputs and "submit" not in view:
        complaints.append(error("missing required field: submit", "/view"))
    if sum(_takes_focus(block) for block in inputs) > 1:
        complaints.append(error("only one element may have focus_on_load", "/view/blocks"))
    return complaints


_ANY_VIEW: Mapping[str, Rule | Needed] = {
    "type": Needed(one_of("modal", "home")),
    "blocks": Needed(anything),
    "private_metadata": string(3000, least=0),
    "callback_id": string(ID, least=0),
    "external_id": string(ID, least=0),
}
_VIEWS: Mapping[str, Rule] = {
    "home": shape(_ANY_VIEW),
    "modal": shape(
        {
            **_ANY_VIEW,
            "title": Needed(text(24, plain=True)),
            "submit": text(24, plain=True),
            "close": text(24, plain=True),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        }
    ),
}


def _repeated(blocks: list[Json], at: str) -> Iterator[str]:
    """Block ids are unique in a message, action ids in a block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            yield error(f"block_id already exists: {block_id}", f"{at}/{index}/block_id")
        if block_id:
            seen.add(block_id)
        actions: set[str] = set()
        for place, element in enumerate(block.get("elements", [])):
            action = element.get("action_id")
            if action in actions:
                yield error(f"action_id already exists: {action}", f"{at}/{index}/elements/{place}/action_id")
            if action:
                actions.add(action)


def _tables(blocks: list[Json], at: str) -> Iterator[str]:
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        yield error("only_one_table_allowed", at)
    cells = [cell for block in tables for row in block["rows"] for cell in row]
    if sum(len(cell.get("text", "")) for cell in cells) > TABLE:
        yield error(f"table cells must be less than {TABLE + 1} characters in all", at)


def _takes_focus(block: Json) -> bool:
    element = block.get("element")
    return isinstance(element, dict) and element.get("focus_on_load") is True
