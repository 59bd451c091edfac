"""``/emaildomain remove <domain>``: safe removal, confirmed first."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.ports import Ports
from bot.routing import Command, Reply, Request, required
from bot.services import removing
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    """Nothing is changed yet: what will happen, and a button that does it."""
    domain = await removing.consider(ports, required(request, COMMAND), by=request.by)
    c = request.context(ports, domain.org)
    if domain.state is State.REMOVING:
        return Reply(replies.removing(domain, c))
    return Reply(replies.confirm_remove(domain, c))


async def confirmed(request: Request, ports: Ports) -> Reply:
    domain = await removing.remove(ports, request.text, by=request.by)
    c = request.context(ports, domain.org)
    if domain.state in (State.REMOVING, State.REMOVED):
        return Reply(replies.removing(domain, c), replace=True)
    return Reply(replies.removal_asked(domain, c), replace=True)


COMMAND = Command("remove", run=run, usage="remove <domain>", aliases=("削除",))
BUTTONS = (Command("remove_anyway", run=confirmed, changes=True, typed=False),)
