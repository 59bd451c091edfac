"""What operators read: about the bot itself, its org, and a hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.model.message import Message
from bot.views import kit, words
from bot.views.context import Context


class Differences(Protocol):
    """Names that exist on one side only, or the other org that we are connected to."""

    @property
    def only_here(self) -> tuple[str, ...]: ...
    @property
    def only_there(self) -> tuple[str, ...]: ...
    @property
    def connected(self) -> str: ...


def noted(message: Message, held: bool, c: Context) -> Message:
    """An answer, with a line that nothing goes on while the bot is on hold."""
    if not held:
        return message
    line = c.t("hold.waits")
    return Message(f"{message.text}\n{line}", [*message.blocks, kit.context(line)])


_NAMES = 20  #: that are shown of a list


def operators(what: str, c: Context, facts: Mapping[str, Any]) -> Message:
    """A direct message about the bot itself."""
    key = f"operators.{what}" if c.t.has(f"operators.{what}") else "operators.other"
    sentence = c.t(key, **facts)
    return kit.message(sentence, [kit.section(sentence)])


def on_hold(by: str, at: int, why: str, found: Differences | None, c: Context) -> Message:
    """To the operator who put the bot on hold, or asks about it: since when, and what differs from the platform."""
    key = why if c.t.has(f"hold.since_{why}") else "asked"
    lead = c.t(f"hold.since_{key}", who=words.who(by, c), at=c.at(at))
    lines = [c.t("hold.means")]
    if found is None:
        lines.append(c.t("hold.unread"))
    elif found.connected:
        lines.append(c.t("hold.another_org", connected=found.connected))
    elif found.only_here or found.only_there:
        if found.only_here:
            lines.append(c.t("hold.only_here", names=words.codes(found.only_here[:_NAMES], c)))
        if found.only_there:
            lines.append(c.t("hold.only_there", names=words.codes(found.only_there[:_NAMES], c)))
    else:
        lines.append(c.t("hold.same"))
    return kit.message([lead, *lines], [kit.section(lead, *lines), kit.context(c.t("hold.end"))])
