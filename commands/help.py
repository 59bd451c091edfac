"""``/emaildomain help [command]``: usage with examples. Needs no I/O: its answer travels in the acknowledgement."""

from __future__ import annotations

from bot.errors import NotInThisVersion, Problem, UnknownCommand
from bot.model import names
from bot.model.message import Message
from bot.ports import Ports
from bot.routing import LATER, Command, Commands, Request
from bot.views import replies


def answer(request: Request, ports: Ports, commands: Commands) -> Message:
    c = request.context(ports)
    if not request.text:
        return replies.help_all(commands.typed, c)
    word = request.text.split()[0]
    found = commands.typed_as(word)
    if found is None:
        error: Problem = UnknownCommand(word, names.nearest(word.lower(), commands.words))
        return replies.problem(NotInThisVersion(word) if word.lower() in LATER else error, c)
    return replies.help_one(found, c)


COMMAND = Command("help", usage="help [command]", aliases=("ヘルプ", "?"), instant=answer)
