"""``/emaildomain check <domain>`` and the button *Check now*: look at DNS and say what is there."""

from __future__ import annotations

from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Look
from bot.ports import Ports
from bot.routing import Command, Reply, Request, required
from bot.services import checking
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    name = required(request, COMMAND)

    async def early(domain: EmailDomain, look: Look) -> None:
        await request.show(replies.early(domain, look, request.context(ports, domain.org)))

    domain, look = await checking.check(ports, name, by=request.by, pressed=request.pressed, early=early)
    c = request.context(ports, domain.org)
    if domain.state is State.REMOVED:
        return Reply(replies.card(domain, c, private=True))
    return Reply(replies.preparing(domain, c) if look is None else replies.diagnosis(domain, look, c))


COMMAND = Command("check", run=run, usage="check <domain>", aliases=("確認",), lived=True)
