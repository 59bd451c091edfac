"""What a command is, without Slack: request in, reply out. ``bot.slack`` does the rest, once for all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import Usage
from bot.model.message import Message
from bot.model.people import Who
from bot.ports import Ports
from bot.views.context import Context, context

#: What a form holds: input's block id -> text.
Values = Mapping[str, str]


Show = Callable[[Message], Awaitable[None]]


async def _nowhere(_: Message) -> None:
    """Nobody is waiting."""


@dataclass(frozen=True, slots=True)
class Request:
    """One wish of one person.

    ``text`` is what was typed behind the command's name, or the button's value; ``n`` what stood behind the colon
    of its action id; ``values`` the inputs of a form.
    """

    by: Who
    text: str
    timezone: str = "UTC"
    n: str = ""
    pressed: bool = False
    values: Values = field(default_factory=dict)
    show: Show = _nowhere  #: an answer before the answer, where part of it takes longer

    def context(self, ports: Ports, org: str = "") -> Context:
        return context(ports, self.by.language, self.timezone, org)


@dataclass(frozen=True, slots=True)
class Reply:
    """A private answer. ``replace``: it takes the place of the private message whose button was pressed."""

    message: Message | None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A dialog to open. Submitting it runs the command ``submits`` with ``text`` and the form's values."""

    submits: str
    view: Mapping[str, Any]
    text: str = ""


Run = Callable[[Request, Ports], Awaitable[Reply | Form]]


def _valid(values: Values) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Command:
    """One command, one file in ``commands/``.

    ``changes``: it is stored before it is acknowledged and carried out whatever happens. ``typed=False``: reachable
    by button or form only, absent from help. ``validate`` checks a form's values: block id -> key of a text; pure,
    run before the acknowledgement. ``instant`` answers in the acknowledgement itself, without any I/O. ``lived``: its
    button or form belongs to one life of a domain, and has to say which. ``prompted``: its button stands under a
    question that only whoever pressed it reads; what follows takes the place of the question.
    """

    name: str
    run: Run | None = None
    usage: str = ""
    aliases: tuple[str, ...] = ()
    changes: bool = False
    typed: bool = True
    validate: Callable[[Values], dict[str, str]] = _valid
    instant: Callable[[Request, Ports, Commands], Message] | None = None
    lived: bool = False
    prompted: bool = False


def with_reason(values: Values) -> dict[str, str]:
    """What is wrong with a form that asks for a reason, by field: keys of the texts."""
    return {} if values.get("reason", "").strip() else {"reason": "answer.reason_missing"}


def required(request: Request, command: Command) -> str:
    """The argument of a command that needs one; raises :class:`Usage`."""
    text = request.text.strip()
    if not text:
        raise Usage(command.name, command.usage)
    return text


class Commands:
    """All commands by name and alias."""

    def __init__(self, commands: list[Command]) -> None:
        self.all = sorted(commands, key=lambda c: ORDER.index(c.name) if c.name in ORDER else len(ORDER))
        self._by_name = {name: c for c in commands for name in (c.name, *c.aliases)}

    @property
    def typed(self) -> list[Command]:
        return [c for c in self.all if c.typed]

    @property
    def words(self) -> list[str]:
        """Everything that can be typed."""
        return [name for name, c in self._by_name.items() if c.typed]

    def typed_as(self, word: str) -> Command | None:
        found = self._by_name.get(word.lower())
        return found if found is not None and found.typed else None

    def named(self, name: str) -> Command | None:
        return self._by_name.get(name)


#: The order of help and documentation: that of a domain's life.
ORDER = ("add", "check", "activate", "status", "list", "remove", "release", "import", "hold", "help")

#: Commands of the product that this version does not have; named, so that nobody hunts for a typo.
LATER = frozenset({"records", "history", "settings", "extend", "handover", "記録", "履歴", "設定"})
