"""Buttons for several domains at once: *Ask for approval of all*, *Approve all*."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import asking_together
from bot.views import replies


async def ask(request: Request, ports: Ports) -> Reply:
    found = await asking_together.ask(ports, request.text, by=request.by)
    return Reply(replies.together("asked", found.done, found.left, request.context(ports)))


async def approve(request: Request, ports: Ports) -> Reply:
    found = await asking_together.approve(ports, request.text, by=request.by)
    return Reply(replies.together("approved", found.done, found.left, request.context(ports)))


COMMAND = Command("activate_all", run=ask, changes=True, typed=False, lived=True)
BUTTONS = (Command("approve_all", run=approve, changes=True, typed=False, lived=True),)
