"""One message as somebody sees it, and the words in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Json = dict[str, Any]

#: Keys whose text a person sees only after pressing something.
_HIDDEN = frozenset({"confirm", "metadata", "hint_when_empty"})


@dataclass(frozen=True, kw_only=True)
class Message:
    """A snapshot of a message. An edit makes a new snapshot in the workspace; the one in hand stays as it was."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json]
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    edited: str | None = None
    private_to: str | None = None
    tombstone: bool = False

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


class Worded(Protocol):
    """Whatever has blocks and a text: a message, or an open form."""

    @property
    def text(self) -> str: ...
    @property
    def blocks(self) -> list[Json]: ...


def words(shown: Worded) -> str:
    """All text a person sees, joined by line breaks: the blocks where there are any, else the text.

    Confirm dialogs are left out, they appear only after a press.
    """
    return "\n".join(_words(shown.blocks)) if shown.blocks else shown.text


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _words(item)
    elif isinstance(node, dict):
        kind = node.get("type")
        if kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote"):
            yield "".join(_inline(element) for element in node.get("elements", []))
        elif isinstance(node.get("text"), str):
            yield node["text"]
        else:
            for key, value in node.items():
                if key not in _HIDDEN:
                    yield from _words(value)
            if kind == "image" and node.get("alt_text"):
                yield node["alt_text"]


def _inline(element: Json) -> str:
    """One element of rich text as it reads in a sentence; mentions keep their id."""
    match element.get("type"):
        case "user":
            return f"<@{element['user_id']}>"
        case "channel":
            return f"<#{element['channel_id']}>"
        case "usergroup":
            return f"<!subteam^{element['usergroup_id']}>"
        case "emoji":
            return f":{element['name']}:"
        case "date":
            return str(element.get("fallback") or element["timestamp"])
        case "link":
            return str(element.get("text") or element["url"])
    return str(element.get("text", ""))
