"""What people see: the messages about a domain, what its card says, and the buttons within reach."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from bot.i18n.translator import translator
from bot.model.lifecycle import State
from bot.tryout.slack.message import Json, Message
from bot.tryout.slack.workspace import Workspace

_MORE = ("held", "missed", "left_behind", "released")


@cache
def _names() -> dict[str, str]:
    t = translator("en")
    return {t.plain(f"state.{key}.name"): key for key in (*(s.value for s in State), *_MORE)}


def payload(message: Message) -> Json:
    found: Json = (message.metadata or {}).get("event_payload") or {}
    return found


def elements(message: Message) -> Iterator[Json]:
    for block in message.blocks:
        if block["type"] == "actions":
            yield from (e for e in block["elements"] if e["type"] == "button")


class Screen:
    """Of one workspace and its channel."""

    def __init__(self, workspace: Workspace, channel: str) -> None:
        self._workspace, self._channel = workspace, channel

    def about(self, name: str) -> list[Message]:
        """The bot's messages about a domain, oldest first."""
        room = self._workspace.channels[self._channel].messages.values()
        return [m for m in room if payload(m).get("domain") == name and not m.tombstone]

    def card(self, name: str) -> Message | None:
        return next((m for m in reversed(self.about(name)) if payload(m)["kind"] in ("records", "card")), None)

    def state(self, name: str) -> str:
        """What the newest card says; empty where there is none."""
        found = self.card(name)
        header = next((b for b in found.blocks if b["type"] == "header"), None) if found else None
        if header is None:
            return ""
        text = header["text"]["text"]
        return next((key for words, key in _names().items() if text.endswith(words)), "")

    def life(self, name: str) -> int:
        """Of the newest message about it."""
        lives = [life_of(payload(m)["key"]) for m in self.about(name)]
        return max(lives, default=0)

    def buttons(self, verb: str, name: str, person: str) -> list[tuple[Message, Json]]:
        """In the channel and in private, newest first."""
        private = [m for m in self._workspace.private.values() if m.private_to == person]
        room = [m for m in self._workspace.channels[self._channel].messages.values() if not m.tombstone]
        found = [(m, e) for m in (*room, *private) for e in elements(m) if is_for(e, verb, name)]
        return sorted(found, key=lambda one: one[0].ts, reverse=True)


def is_for(element: Json, verb: str, name: str) -> bool:
    value = str(element.get("value", "")).partition(" ")[0].partition("#")[0]
    return element["action_id"].partition(":")[0] == verb and value == name


def life_of(key: str) -> int:
    """Of a message's key, ``<team>/<name>#<life>/<kind>/<n>``."""
    number = key.partition("#")[2].partition("/")[0]
    return int(number) if number.isdigit() else 0


def token(element: Json) -> str:
    """The round that a vote's button is for."""
    value: Any = element.get("value", "")
    return str(value).partition(" ")[2]
