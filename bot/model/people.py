"""Who people are to this product: their language, and whether they may do anything at all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workspace. ``timezone`` is what Slack says; empty, or unknown to this machine, means the
    workspace's own. ``barred`` says why they may do nothing: guest, bot, deactivated, stranger."""

    id: str
    team: str
    language: str = "en"
    timezone: str = "UTC"
    barred: str | None = None
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in Slack, learned at start and kept: ``user`` is the bot's user id."""

    team: str
    user: str
    bot: str
    url: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Which domains somebody may see who may not see all: those of some channels, and their own."""

    owner: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, from where, as which intention (the inbox key), and when that arrived (UTC ms; None: now).

    ``kept``: they were told until when it is kept, and that it is refused then.
    """

    user: str
    team: str
    channel: str
    language: str
    intent: str | None = None
    at: int | None = None
    kept: bool = False
