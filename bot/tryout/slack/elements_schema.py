"""The limits of Block Kit's texts and elements (docs.slack.dev/reference/block-kit), as tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bot.tryout.slack.schema import (
    Needed,
    Rule,
    Shape,
    anything,
    boolean,
    both,
    error,
    exactly_one,
    integer,
    items,
    one_of,
    shape,
    string,
    typed,
)

TEXT, ID, URL = 3000, 255, 3000


def text(most: int = TEXT, *, plain: bool = False) -> Rule:
    """A text object of at most so many characters; ``plain`` forbids markup."""
    table = {
        "plain_text": shape({"type": Needed(anything), "text": Needed(string(most)), "emoji": boolean}),
        "mrkdwn": shape({"type": Needed(anything), "text": Needed(string(most)), "verbatim": boolean}),
    }
    return typed(table, ("plain_text",) if plain else None)


CONFIRM = shape(
    {
        "title": Needed(text(100, plain=True)),
        "text": Needed(text(300)),
        "confirm": Needed(text(30, plain=True)),
        "deny": Needed(text(30, plain=True)),
        "style": one_of("primary", "danger"),
    }
)


def _option(*, plain: bool = True, url: bool = False) -> Rule:
    properties: dict[str, Rule | Needed] = {
        "text": Needed(text(75, plain=plain)),
        "value": Needed(string(150)),
        "description": text(75, plain=plain),
    }
    return shape({**properties, "url": string(URL)} if url else properties)


_OPTION = _option()
_GROUP = shape({"label": Needed(text(75, plain=True)), "options": Needed(items(_OPTION, 100))})
_FILTER = shape(
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)
_COMMON: Shape = {"type": Needed(anything), "action_id": string(ID), "confirm": CONFIRM, "focus_on_load": boolean}
_PLACE: Shape = {**_COMMON, "placeholder": text(150, plain=True)}
_OPTIONS: Shape = {"options": items(_OPTION, 100), "option_groups": items(_GROUP, 100)}
_MANY: Shape = {"max_selected_items": integer(1)}
_CONVERSATION: Shape = {"default_to_current_conversation": boolean, "filter": _FILTER}


def _initial_is_an_option(value: Any, at: str) -> Iterator[str]:
    """What is chosen at the start must be among the choices, letter for letter."""
    if not isinstance(value, dict):
        return
    groups = [g.get("options") or [] for g in value.get("option_groups") or [] if isinstance(g, dict)]
    offered = [*(value.get("options") or []), *(o for group in groups for o in group)]
    chosen = [*(value.get("initial_options") or []), *([value["initial_option"]] if "initial_option" in value else [])]
    if any(option not in offered for option in chosen):
        yield error("initial_option must be one of the options", at)


def _select(properties: Shape) -> Rule:
    return both(shape(properties), exactly_one("options", "option_groups"), _initial_is_an_option)


ELEMENTS: Mapping[str, Rule] = {
    "button": shape(
        {
            "type": Needed(anything),
            "text": Needed(text(75, plain=True)),
            "action_id": string(ID),
            "url": string(URL),
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        }
    ),
    "overflow": shape(
        {
            "type": Needed(anything),
            "action_id": string(ID),
            "options": Needed(items(_option(url=True), 5)),
            "confirm": CONFIRM,
        }
    ),
    "static_select": _select({**_PLACE, **_OPTIONS, "initial_option": _OPTION}),
    "multi_static_select": _select({**_PLACE, **_OPTIONS, **_MANY, "initial_options": items(_OPTION, 100)}),
    "users_select": shape({**_PLACE, "initial_user": string(ID)}),
    "multi_users_select": shape({**_PLACE, **_MANY, "initial_users": items(string(ID), 100)}),
    "conversations_select": shape(
        {**_PLACE, **_CONVERSATION, "initial_conversation": string(ID), "response_url_enabled": boolean}
    ),
    "multi_conversations_select": shape(
        {**_PLACE, **_CONVERSATION, **_MANY, "initial_conversations": items(string(ID), 100)}
    ),
    "checkboxes": both(
        shape(
            {
                **_COMMON,
                "options": Needed(items(_option(plain=False), 10)),
                "initial_options": items(_option(plain=False), 10),
            }
        ),
        _initial_is_an_option,
    ),
    "radio_buttons": both(
        shape({**_COMMON, "options": Needed(items(_option(plain=False), 10)), "initial_option": _option(plain=False)}),
        _initial_is_an_option,
    ),
    "plain_text_input": shape(
        {
            "type": Needed(anything),
            "action_id": string(ID),
            "initial_value": string(TEXT, least=0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "placeholder": text(150, plain=True),
            "focus_on_load": boolean,
            "dispatch_action_config": shape(
                {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)}
            ),
        }
    ),
    "image": shape(
        {"type": Needed(anything), "image_url": Needed(string(URL)), "alt_text": Needed(string(2000))},
    ),
}

_CHOICES = ("static_select", "users_select", "conversations_select", "checkboxes", "radio_buttons")
_MULTI = ("multi_static_select", "multi_users_select", "multi_conversations_select")


def element(only: Collection[str]) -> Rule:
    return typed(ELEMENTS, only)


IN_ACTIONS = element(("button", "overflow", *_CHOICES))
IN_SECTION = element(("button", "overflow", "image", *_CHOICES, *_MULTI))
IN_INPUT = element(("plain_text_input", *_CHOICES, *_MULTI))

# --- rich text ------------------------------------------------------------------------------------------------------

_STYLE = shape(dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_INLINE_SHAPES: Mapping[str, Shape] = {
    "text": {"text": Needed(string(TEXT))},
    "link": {"url": Needed(string(URL)), "text": string(TEXT), "unsafe": boolean},
    "user": {"user_id": Needed(string(ID))},
    "channel": {"channel_id": Needed(string(ID))},
    "usergroup": {"usergroup_id": Needed(string(ID))},
    "broadcast": {"range": Needed(one_of("here", "channel", "everyone"))},
    "emoji": {"name": Needed(string(ID)), "unicode": string(ID), "skin_tone": integer(1, 6)},
    "date": {
        "timestamp": Needed(integer(0)),
        "format": Needed(string(ID)),
        "url": string(URL),
        "fallback": string(TEXT),
    },
}
_INLINE: Mapping[str, Rule] = {
    kind: shape({"type": Needed(anything), "style": _STYLE, **properties})
    for kind, properties in _INLINE_SHAPES.items()
}
_ANY_INLINE = items(typed(_INLINE), 1000, least=0)
_BORDER = integer(0, 1)
_SECTION = shape({"type": Needed(anything), "elements": Needed(_ANY_INLINE)})

RICH_TEXT: Mapping[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": shape({"type": Needed(anything), "elements": Needed(_ANY_INLINE), "border": _BORDER}),
    "rich_text_preformatted": shape(
        {
            "type": Needed(anything),
            "elements": Needed(items(typed(_INLINE, ("text", "link")), 1000, least=0)),
            "border": _BORDER,
        }
    ),
    "rich_text_list": shape(
        {
            "type": Needed(anything),
            "style": Needed(one_of("bullet", "ordered")),
            "elements": Needed(items(typed({"rich_text_section": _SECTION}), 1000)),
            "indent": integer(0, 8),
            "offset": integer(0),
            "border": _BORDER,
        }
    ),
}
