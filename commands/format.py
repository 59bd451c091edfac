"""Buttons that help to publish: *How at ...*, *Other format* and *Text for the DNS team*. They change nothing."""

from __future__ import annotations

from collections.abc import Callable

from bot.model.domain import EmailDomain
from bot.model.message import Message
from bot.model.roles import Action
from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import authorizing, updating
from bot.views import replies
from bot.views.context import Context


async def formats(request: Request, ports: Ports) -> Reply:
    return await show(request, ports, replies.formats)


async def how(request: Request, ports: Ports) -> Reply:
    return await show(request, ports, replies.how)


async def letter(request: Request, ports: Ports) -> Reply:
    return await show(request, ports, replies.letter)


async def show(request: Request, ports: Ports, view: Callable[[EmailDomain, Context], Message]) -> Reply:
    await authorizing.person(ports, request.by)
    domain = await updating.find(ports, request.by.team, request.text)
    await authorizing.require(ports, Action.SEE, request.by, domain)
    c = request.context(ports, domain.org)
    return Reply(view(domain, c) if domain.records else replies.preparing(domain, c))


COMMAND = Command("format", run=formats, typed=False, lived=True)
BUTTONS = (Command("how", run=how, typed=False, lived=True), Command("letter", run=letter, typed=False, lived=True))
