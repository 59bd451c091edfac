"""``/emaildomain release <domain>``: stop watching it, changing nothing. Confirmed, and approved by others."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request, required
from bot.services import releasing
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    domain = await releasing.considered(ports, required(request, COMMAND), by=request.by)
    return Reply(replies.confirm_release(domain, request.context(ports, domain.org)))


async def confirmed(request: Request, ports: Ports) -> Reply:
    domain = await releasing.release(ports, request.text, by=request.by)
    return Reply(replies.release_asked(domain, request.context(ports, domain.org)), replace=True)


COMMAND = Command("release", run=run, usage="release <domain>", aliases=("解放",), lived=True)
BUTTONS = (Command("release_anyway", run=confirmed, changes=True, typed=False, lived=True),)
