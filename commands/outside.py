"""Buttons under the question how long ago a domain was activated in the platform itself."""

from __future__ import annotations

from bot.model.observations import OVER, UNSURE
from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import dating_activation
from bot.views import replies


async def over(request: Request, ports: Ports) -> Reply:
    """*Yes, more than two hours ago*."""
    return await answer(request, ports, OVER)


async def unsure(request: Request, ports: Ports) -> Reply:
    """*Not sure*: two hours from now."""
    return await answer(request, ports, UNSURE)


async def answer(request: Request, ports: Ports, said: str) -> Reply:
    domain = await dating_activation.answer(ports, request.text, said, by=request.by)
    return Reply(replies.card(domain, request.context(ports, domain.org), private=True))


COMMAND = Command("outside_over", run=over, changes=True, typed=False, lived=True)
BUTTONS = (Command("outside_unsure", run=unsure, changes=True, typed=False, lived=True),)
