"""Buttons under the question whether a name that is gone at the platform was deleted there on purpose."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import ending
from bot.views import replies


async def yes(request: Request, ports: Ports) -> Reply:
    """*Yes, clean up*: the records that are left, watched until they are gone."""
    domain = await ending.answer(ports, request.text, ending.YES, by=request.by)
    return Reply(replies.clean_up(domain, request.context(ports, domain.org)))


async def no(request: Request, ports: Ports) -> Reply:
    domain = await ending.answer(ports, request.text, ending.NO, by=request.by)
    return Reply(replies.told("gone_no", domain, request.context(ports, domain.org)))


COMMAND = Command("gone_yes", run=yes, changes=True, typed=False, lived=True)
BUTTONS = (Command("gone_no", run=no, changes=True, typed=False, lived=True),)
