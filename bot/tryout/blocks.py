"""Block Kit's rules: what Slack refuses in a message or a view, and in which words."""

from __future__ import annotations

from typing import Any


def validate(blocks: list[Any], surface: str) -> list[str]:
    return []


def validate_view(view: dict[str, Any], surface: str) -> list[str]:
    return []
