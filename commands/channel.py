"""Button *Choose a channel*: where the posts of a domain go, when the bot cannot post where ``add`` was typed."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Form, Reply, Request
from bot.services import choosing_channel
from bot.views import replies


async def ask(request: Request, ports: Ports) -> Form:
    domain = await choosing_channel.movable(ports, request.text, by=request.by)
    lapses = choosing_channel.lapses(ports, domain)
    form = replies.channel_form(domain, request.context(ports, domain.org), lapses=lapses)
    return Form("channel_chosen", form, request.text)


async def chosen(request: Request, ports: Ports) -> Reply:
    domain = await choosing_channel.move(ports, request.text, request.values.get("channel", ""), by=request.by)
    return Reply(replies.plain("answer.moved", request.context(ports), name=domain.name, channel=replies.at(domain)))


COMMAND = Command("channel", run=ask, typed=False, lived=True)
BUTTONS = (Command("channel_chosen", run=chosen, changes=True, typed=False, lived=True),)
