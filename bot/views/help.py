"""Usage with examples; shows only what exists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from bot.i18n.translator import Markup
from bot.model.message import Message
from bot.views import kit, words
from bot.views.context import Context


class Described(Protocol):
    """What help needs to know of a command."""

    @property
    def name(self) -> str: ...

    @property
    def usage(self) -> str: ...

    @property
    def aliases(self) -> Sequence[str]: ...


def help_all(commands: Iterable[Described], c: Context) -> Message:
    return _all(tuple(commands), replace(c, timezone="UTC", org="", admin_url=None, bot_user=""))


@lru_cache(maxsize=16)
def _all(commands: tuple[Described, ...], c: Context) -> Message:
    """Worded once for all readers of a language: it travels in the acknowledgement itself."""
    lead = c.t("help.lead")
    lines = [
        c.t("help.line", usage=usage(command, c), summary=c.t(f"command.{command.name}.summary"))
        for command in commands
    ]  # fmt: skip
    practice = [kit.context(c.t("practice"))] if c.practice else []
    return kit.message(
        [c.t("practice") if c.practice else "", lead, *lines],
        [*practice, kit.section(lead), kit.section("\n".join(lines)), kit.context(c.t("help.more"))],
    )


def help_one(command: Described, c: Context) -> Message:
    lead = c.t("help.line", usage=usage(command, c), summary=c.t(f"command.{command.name}.summary"))
    details = c.t(f"command.{command.name}.help")
    examples = c.t(f"command.{command.name}.examples")
    shown = usage(command, c)
    others = [word for word in (command.name, *command.aliases) if word != shown.split()[0]]
    aliases = c.t("help.aliases", aliases=_codes(others)) if others else Markup("")
    blocks = [
        kit.section(lead, details),
        kit.copyable(*[(c.t.plain("help.example"), line) for line in _lines(examples)]),
        kit.context(aliases) if aliases else None,
    ]
    return kit.message([lead, details], blocks)


def usage(command: Described, c: Context) -> str:
    """How it is typed, with the words of the language for what goes in (``<domain>``)."""
    return words.usage(command.name, command.usage, c)


def _codes(names: Iterable[str]) -> Markup:
    return Markup(", ".join(f"`{name}`" for name in names))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
