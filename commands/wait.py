"""Button *Keep waiting* of a stalled domain: all waits are counted anew."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import activating
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    domain = await activating.keep_waiting(ports, request.text, by=request.by)
    return Reply(replies.told("waiting", domain, request.context(ports, domain.org)))


COMMAND = Command("wait", run=run, changes=True, typed=False, lived=True)
