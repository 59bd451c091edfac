"""What waits to be done or said: intentions that came in, messages that go out, messages that are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.model.lifecycle import Kind


class Reach(StrEnum):
    """Whether the bot can post to a channel."""

    YES = "yes"
    NOT_IN = "not_in"  #: private, or a conversation between people: somebody must invite it
    GONE = "gone"  #: deleted or archived


@dataclass(frozen=True, slots=True)
class Intent:
    """Something a person asked for, stored before it was acknowledged.

    ``key`` is what Slack repeats when it repeats itself: the trigger id of a command; user, action and
    ``action_ts`` of a click; id and hash of a form. ``body`` is what a handler needs to run it again.
    """

    key: str
    team: str
    body: dict[str, Any]
    received_at: int  #: UTC ms
    done: bool = False  #: its first effect is saved; only the answer may be missing


@dataclass(frozen=True, slots=True)
class Notice:
    """One message owed to a channel: a fact, worded when it is sent.

    ``state``: ``ready`` (may be sent), ``sending`` (the intention to post is durable; its fate may be unclear),
    ``sent``. ``owner`` names the process life that tried, ``anchor`` the instant (UTC ms, Slack's clock) of the
    first try: a lost answer is looked for from there on, in ``channel`` and ``thread``. ``failing_since`` is the
    instant from which on it could not be sent (refused, no words for it), None where nothing is in its way; ``aside``:
    others of its domain pass it; ``ended_at``: it was given up then and stands nowhere, though its state is ``sent``.
    """

    key: str
    team: str
    name: str
    life: int
    kind: Kind
    n: int
    seq: int
    facts: dict[str, Any] = field(default_factory=dict)
    created_at: int = 0
    state: str = "ready"
    attempt: int = 0
    owner: str | None = None
    anchor: int | None = None
    channel: str | None = None
    thread: str | None = None
    not_before: int = 0
    problem: str | None = None
    failing_since: int | None = None
    aside: int = 0
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message that stands in a channel. ``shown`` is the hash of what Slack last accepted."""

    key: str
    team: str
    name: str
    life: int
    kind: Kind
    channel: str
    ts: str
    shown: str | None = None
    version: int = 0
