"""``/emaildomain add <domain>``: start a domain's life, show what to publish."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.errors import BadName, NotYours, Problem, RootDomain, Trouble, UserError
from bot.model import names
from bot.model.lifecycle import State
from bot.ports import Ports
from bot.routing import Command, Form, Reply, Request, Values
from bot.services import adding, binding, choosing_channel
from bot.views import replies

#: From here on one confirmation comes first.
MANY = 4


async def run(request: Request, ports: Ports) -> Reply | Form:
    words = separate(request.text)
    return await add(request, ports, words) if words else await ask_name(request, ports)


def separate(text: str) -> list[str]:
    """The names in what was typed, each once: between them stand spaces, line breaks or commas."""
    return list(dict.fromkeys(understood(word) for word in re.split(r"[\s,、;]+", names.tidy(text)) if word))


def understood(word: str) -> str:
    """The bare name; as it was typed where there is none in it."""
    try:
        return names.clean(word)
    except BadName:
        return word


async def add(request: Request, ports: Ports, words: list[str]) -> Reply:
    if len(words) >= MANY:
        return Reply(replies.confirm_many(words, request.context(ports)))
    if len(words) > 1:
        return await add_each(request, ports, words)
    return await add_one(request, ports, words[0])


async def add_one(request: Request, ports: Ports, text: str, *, anyway: bool = False) -> Reply:
    c = request.context(ports)
    added = await adding.add(ports, text, by=request.by, anyway=anyway)
    if added.domain is None:
        return Reply(replies.conflict(added.name, added.conflict, c))
    if not await choosing_channel.can_post(ports, added.domain):
        return Reply(replies.not_in_channel(added.domain, added.domain.channel, c))
    if not added.fresh:
        return Reply(replies.known(added.domain, c))
    if added.domain.records or added.domain.state is not State.REGISTERING:
        return Reply(replies.card(added.domain, c, private=True))
    said = replies.preparing(added.domain, c, used=added.used, limit=added.limit)
    return Reply(replies.noted(said, await binding.held(ports) is not None, c))


async def add_each(request: Request, ports: Ports, words: list[str]) -> Reply:
    """One line of result each. The intention counts as carried out with the last one; each can be repeated."""
    rows: list[tuple[str, str, Problem | None]] = []
    for n, word in enumerate(words, 1):
        by = request.by if n == len(words) else replace(request.by, intent=None)
        try:
            added = await adding.add(ports, word, by=by)
        except (UserError, Trouble) as error:
            rows.append((word, "refused", error))
        else:
            outcome = "conflict" if added.domain is None else "added" if added.fresh else "known"
            rows.append((added.name, outcome, None))
    c = request.context(ports)
    return Reply(replies.noted(replies.results(rows, c), await binding.held(ports) is not None, c))


async def ask_name(request: Request, ports: Ports) -> Form:
    """The form; from *Use another name* it starts with the name that was refused.

    On the Home tab there is no channel, so it asks for one where the settings name none.
    """
    channel = not (request.by.channel or ports.settings.channel)
    return Form("add_name", replies.name_form(request.context(ports), request.text, channel=channel))


async def anyway(request: Request, ports: Ports) -> Reply:
    """*Register anyway*: confirmed that mail and web at this name stop when the CNAME is published (S9)."""
    return await add_one(request, ports, request.text, anyway=True)


async def every(request: Request, ports: Ports) -> Reply:
    """The confirmation of many names."""
    return await add_each(request, ports, request.text.split())


async def named(request: Request, ports: Ports) -> Reply:
    return await add(request, ports, separate(request.values.get("name", "")))


def validate(values: Values) -> dict[str, str]:
    """What can be told without DNS or platform, beside the field."""
    for word in separate(values.get("name", "")) or [""]:
        try:
            names.parse(word)
        except BadName as error:
            return {"name": f"name.{error.reason}"}
        except (RootDomain, NotYours) as error:
            return {"name": f"error.{error.code}.form"}
    return {}


COMMAND = Command("add", run=run, usage="add <domain>...", aliases=("追加",), changes=True)
BUTTONS = (
    Command("add_anyway", run=anyway, changes=True, typed=False, prompted=True),
    Command("add_all", run=every, changes=True, typed=False, prompted=True),
    Command("add_name", run=named, changes=True, typed=False, validate=validate),
    Command("rename", run=ask_name, typed=False),
)
