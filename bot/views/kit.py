"""The only place that builds blocks of Block Kit, and that knows Slack's limits.

Limits: https://docs.slack.dev/reference/block-kit (each block's page), as mirrored in slackblocks 3.0.0 ``_limits.py``
and ``@slack/types`` 3.2.0. Text that is too long is cut here, so that no message is ever refused for its length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.i18n.translator import Markup, Translate, escape, unmarked
from bot.model.calendar import clip, zone
from bot.model.message import Message

Block = dict[str, Any]
Form = dict[str, Any]

MAX_BLOCKS = 50
MAX_VIEW_BLOCKS = 100  #: of a Home tab
MAX_TOTAL = 12_000  #: characters of all blocks; Slack says msg_blocks_too_long near 13,200 (bolt-js #2509)
MAX_TEXT = 3000  #: of a section
MAX_FIELD = 2000
MAX_FIELDS = 10
MAX_CONTEXT = 10
MAX_HEADER = 150
MAX_FALLBACK = 3000  #: Slack recommends at most 4,000 for ``text``
MAX_BUTTON = 75
MAX_VALUE = 2000
MAX_LABEL = 75  #: accessibility_label
MAX_ELEMENTS = 25
MAX_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
MAX_MODAL_WORD = 24  #: title, submit, close of a modal
MAX_INPUT_LABEL = 2000
MAX_INPUT = 3000
MAX_PLACEHOLDER = 150

_USER = re.compile(r"[UW][A-Z0-9_]{1,30}")
_GROUP = re.compile(r"S[A-Z0-9_]{1,30}")
_CHANNEL = re.compile(r"[CGD][A-Z0-9_]{1,30}")


# ---- words


def mention(id: str) -> Markup:
    """A person, a user group or a channel as Slack shows it; anything else stays plain text."""
    if _USER.fullmatch(id):
        return Markup(f"<@{id}>")
    if _GROUP.fullmatch(id):
        return Markup(f"<!subteam^{id}>")
    if _CHANNEL.fullmatch(id):
        return Markup(f"<#{id}>")
    return escape(id)


def is_person(id: str) -> bool:
    return bool(_USER.fullmatch(id) or _GROUP.fullmatch(id))


def clock_time(ms: int, timezone: str) -> str:
    """``2026-11-24 15:42 JST (UTC+9)``"""
    local = datetime.fromtimestamp(clip(ms) / 1000, UTC).astimezone(zone(timezone) or UTC)
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    offset = f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    name = local.tzname() or ""
    where = f"{name} ({offset})" if name.isalpha() and name != "UTC" else name if name == "UTC" else offset
    return f"{local:%Y-%m-%d %H:%M} {where}"


def instant(ms: int, t: Translate, timezone: str) -> Markup:
    """A moment in the reader's own zone and words; where Slack cannot, in ``timezone``."""
    return Markup(f"<!date^{clip(ms) // 1000}^{{date_short}} {{time}}|{clock_time(ms, timezone)}>")


def link(url: str, words: str) -> Markup:
    return Markup(f"<{url}|{escape(words)}>")


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters of plain text."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_markup(text: str, limit: int) -> str:
    """At most ``limit`` characters of mrkdwn, never inside a mention, a date, an entity, code or bold."""
    if len(text) <= limit:
        return text
    head = text[: limit - 3]
    for opening, closing in (("<", ">"), ("&", ";")):
        if head.rfind(opening) > head.rfind(closing):
            head = head[: head.rfind(opening)]
    if head.count("`") % 2:
        return head.rstrip() + "…`"
    return head.rstrip() + ("…*" if _stars(head) % 2 else "…")


def _stars(text: str) -> int:
    return re.sub(r"`[^`]*`", "", text).count("*")


# ---- blocks


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": cut(text, limit) or "…", "emoji": True}


def _mrkdwn(text: str, limit: int) -> Block:
    # verbatim: names and words from outside are not turned into links or channels
    return {"type": "mrkdwn", "text": cut_markup(text, limit) or "…", "verbatim": True}


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, MAX_HEADER)}


def section(*lines: str) -> Block:
    """A paragraph of mrkdwn; empty lines are left out."""
    return {"type": "section", "text": _mrkdwn("\n".join(line for line in lines if line), MAX_TEXT), "expand": True}


def fields(*pairs: tuple[str, str]) -> Block:
    """Pairs of a label and a value, two columns on a desktop, one on a phone."""
    return {"type": "section", "fields": [_mrkdwn(f"*{k}*\n{v}", MAX_FIELD) for k, v in pairs[:MAX_FIELDS]]}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text, MAX_TEXT) for text in texts[:MAX_CONTEXT]]}


def divider() -> Block:
    return {"type": "divider"}


def copyable(*pairs: tuple[str, str]) -> Block:
    """Labels and values; each value can be copied whole with nothing else in it, and is never markup."""
    elements: list[Block] = []
    for label, value in pairs:
        elements += [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": cut(label, MAX_TEXT) or "…"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": value or "…"}]},
        ]
    return {"type": "rich_text", "elements": elements}


def confirm(title: str, text: str, yes: str, no: str, *, danger: bool = False) -> Block:
    """The question before something that cannot be undone."""
    words = {"title": title, "text": text, "confirm": yes, "deny": no}
    dialog: Block = {part: _plain(word, MAX_CONFIRM[part]) for part, word in words.items()}
    return dialog | {"style": "danger" if danger else "primary"}


def button(
    text: str, action: str, value: str = "", *, style: str = "", ask: Block | None = None, label: str = ""
) -> Block:
    """``label`` is read aloud instead of ``text`` where the text alone does not say what it is about."""
    made: Block = {"type": "button", "text": _plain(text, MAX_BUTTON), "action_id": action}
    if value:
        made["value"] = value[:MAX_VALUE]
    if style:
        made["style"] = style
    if ask:
        made["confirm"] = ask
    if label:
        made["accessibility_label"] = cut(label, MAX_LABEL)
    return made


def link_button(text: str, action: str, url: str) -> Block:
    return {"type": "button", "text": _plain(text, MAX_BUTTON), "action_id": action, "url": url}


def actions(*buttons: Block) -> Block:
    return {"type": "actions", "elements": list(buttons[:MAX_ELEMENTS])}


def text_input(
    id: str, label: str, *, hint: str = "", initial: str = "", placeholder: str = "", multiline: bool = False,
    longest: int = MAX_INPUT,
) -> Block:  # fmt: skip
    """A required field of a form; block id and action id are both ``id``."""
    element: Block = {
        "type": "plain_text_input", "action_id": id, "multiline": multiline, "max_length": longest,
        "focus_on_load": True,
    }  # fmt: skip
    if initial:
        element["initial_value"] = initial[:longest]
    if placeholder:
        element["placeholder"] = _plain(placeholder, MAX_PLACEHOLDER)
    made: Block = {"type": "input", "block_id": id, "label": _plain(label, MAX_INPUT_LABEL), "element": element}
    return made | ({"hint": _plain(hint, MAX_INPUT_LABEL)} if hint else {})


def channel_input(id: str, label: str, *, hint: str = "", focus: bool = True) -> Block:
    """A required choice of a channel. Only one field of a form may have the ``focus``."""
    element: Block = {
        "type": "conversations_select", "action_id": id, "focus_on_load": focus,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }  # fmt: skip
    made: Block = {"type": "input", "block_id": id, "label": _plain(label, MAX_INPUT_LABEL), "element": element}
    return made | ({"hint": _plain(hint, MAX_INPUT_LABEL)} if hint else {})


def form(title: str, submit: str, close: str, *blocks: Block) -> Form:
    """The body of a modal, not yet wired to anything."""
    return {
        "title": _plain(title, MAX_MODAL_WORD),
        "submit": _plain(submit, MAX_MODAL_WORD),
        "close": _plain(close, MAX_MODAL_WORD),
        "blocks": list(blocks),
    }


# ---- the message


def message(lead: str | Iterable[str], blocks: Iterable[Block | None]) -> Message:
    """A message whose fallback text says the same as its blocks; ``lead``, its first sentences, is what notifies."""
    sentences = [lead] if isinstance(lead, str) else [line for line in lead if line]
    first = _flat(" ".join(sentences))
    known = {first, *map(_flat, sentences)}
    fitted = _fit([block for block in blocks if block])
    rest = [line for block in fitted for line in _spoken(block) if line not in known]
    return Message(text=cut_markup("\n".join([first, *rest]), MAX_FALLBACK), blocks=fitted)


def _flat(text: str) -> str:
    return unmarked(text).replace("\n", " ")


def answered(tab: list[Block], answer: list[Block], about: str) -> list[Block]:
    """A Home tab with the answer to what was pressed: below the buttons of ``about``, else below the first ones.

    Slack leaves the tab scrolled where it was, so the answer stands where the reader looks. What both begin with is
    said once, what does not fit goes from the end.
    """
    rows = [n for n, block in enumerate(tab, 1) if block["type"] == "actions"]
    place = next((n for n in rows if about and about in _values(tab[n - 1])), next(iter(rows), 0))
    said = answer[1:] if answer[:1] == tab[:1] else answer
    middle = [divider(), *said, divider()] if said else []
    return [*tab[:place], *middle, *tab[place:]][:MAX_VIEW_BLOCKS]


def _values(block: Block) -> set[str]:
    """The first words of what its buttons carry."""
    return {element.get("value", "").partition(" ")[0] for element in block.get("elements", ())}


def _spoken(block: Block) -> list[str]:
    """What a block says, as plain lines; buttons say nothing."""
    match block["type"]:
        case "section":
            texts = [block["text"]] if "text" in block else []
            return [_flat(part["text"]) for part in [*texts, *block.get("fields", ())]]
        case "context":
            return [_flat(part["text"]) for part in block["elements"] if "text" in part]
        case "header":
            return [escape(block["text"]["text"])]
        case "rich_text":
            return [
                escape("".join(inner.get("text", "") for inner in part["elements"]), code=True)
                for part in block["elements"]
            ]
    return []


def _fit(blocks: list[Block]) -> list[Block]:
    """Within Slack's limits: what stands last goes first, buttons stay."""
    while len(blocks) > MAX_BLOCKS or len(json.dumps(blocks, ensure_ascii=False)) > MAX_TOTAL:
        last = max((n for n, block in enumerate(blocks) if block["type"] != "actions"), default=None)
        if not last:
            break
        blocks = [*blocks[:last], *blocks[last + 1 :]]
    return blocks
