"""A message of Block Kit, as it goes to Slack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Blocks of Block Kit, as Slack takes them.
Blocks = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it goes to Slack: ``text`` is the fallback that says the same as ``blocks``."""

    text: str
    blocks: Blocks
