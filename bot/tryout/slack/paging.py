"""Slack's cursors: one page of a list, and the cursor of the next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from bot.tryout.slack.message import Json
from bot.tryout.slack.webmethod import Args, SlackError


def page(key: str, items: Sequence[Any], args: Args, *, default: int, most: int) -> Json:
    """``items`` from the cursor on, at most ``limit`` of them, and ``next_cursor`` (empty on the last page)."""
    start = _start(args.text("cursor"))
    end = start + args.number("limit", max(default, 1), most=most)
    more = end < len(items)
    cursor = base64.b64encode(f"offset:{end}".encode()).decode() if more else ""
    return {key: list(items[start:end]), "response_metadata": {"next_cursor": cursor}}


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("offset:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
