"""What a method of the simulated Web API is: its arguments, its refusals, its scopes and its pace."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.tryout.slack.clock import Clock
from bot.tryout.slack.message import Json
from bot.tryout.slack.workspace import Channel, Workspace


class SlackError(Exception):
    """A refusal as Slack names it; ``details`` are further keys of the answer."""

    def __init__(self, name: str, **details: Any) -> None:
        super().__init__(name)
        self.name, self.details = name, details


def invalid_arguments(*messages: str, error: str = "invalid_arguments") -> SlackError:
    """A refusal that says where the argument is wrong."""
    return SlackError(error, response_metadata={"messages": list(messages)})


class Triggers:
    """Trigger ids: good for one form, for three seconds (docs.slack.dev, Modals)."""

    SECONDS = 3.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids = itertools.count(1)
        self._given: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    def give(self, person: str) -> str:
        trigger = f"{next(self._ids)}.{self._clock.now()}.{len(self._given):032x}"
        self._given[trigger] = (person, self._clock.monotonic())
        return trigger

    def take(self, trigger: str) -> str:
        """The person whose trigger this is, once."""
        if trigger not in self._given:
            raise SlackError("invalid_trigger_id")
        if trigger in self._used:
            raise SlackError("exchanged_trigger_id")
        person, given = self._given[trigger]
        if self._clock.monotonic() - given > self.SECONDS:
            raise SlackError("expired_trigger_id")
        self._used.add(trigger)
        return person


class Args:
    """A call's arguments, whichever way they were sent: form fields hold JSON where Slack wants a structure."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = dict(raw)

    def need(self, name: str, error: str = "invalid_arguments") -> str:
        value = self.text(name)
        if value is None:
            raise invalid_arguments(f"[ERROR] missing required field: {name}", error=error)
        return value

    def text(self, name: str) -> str | None:
        value = self.raw.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str) -> bool:
        return str(self.raw.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int, *, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit() or int(value) < 1:
            raise SlackError("invalid_limit" if name == "limit" else "invalid_arguments")
        return min(int(value), most)

    def structure(self, name: str, error: str) -> Any:
        """A list or object; in a form it is JSON text. ``error`` is Slack's name for text that is not JSON."""
        value = self.raw.get(name)
        if isinstance(value, str):
            if value == "":
                return None
            try:
                return json.loads(value)
            except ValueError:
                raise SlackError(error) from None
        return value


@dataclass
class Context:
    """What every method may use."""

    workspace: Workspace
    scopes: frozenset[str]
    triggers: Triggers
    socket_url: Callable[[], str]
    has_home: bool = True

    def require(self, *any_of: str) -> None:
        """Refuse unless the app has one of these scopes."""
        if not self.scopes.intersection(any_of):
            raise SlackError("missing_scope", needed=any_of[0], provided=",".join(sorted(self.scopes)))

    def seen(self, channel_id: str | None, right: str) -> Channel:
        """A channel the app may see, with the scope ``<kind>:<right>``. Others' private rooms do not exist."""
        channel = self.workspace.channels.get(channel_id or "")
        if channel is None:
            raise SlackError("channel_not_found")
        if channel.kind != "channels" and self.workspace.bot_user not in channel.members:
            raise SlackError("channel_not_found")
        self.require(f"{channel.kind}:{right}")
        return channel

    def is_in(self, channel: Channel) -> bool:
        return self.workspace.bot_user in channel.members


@dataclass(frozen=True)
class Method:
    """One method: what it does, the scope it needs, and how often it may be called.

    ``per_minute`` is Slack's tier (1, 20, 50, 100) or its special rate; ``app_level`` methods want the app's token.
    """

    run: Callable[[Context, Args], Json]
    per_minute: int
    scope: str | None = None
    app_level: bool = False
