"""``/emaildomain activate <domain>`` and the button *Ask for approval*."""

from __future__ import annotations

from bot.errors import NotInThisVersion, Usage
from bot.model import names
from bot.model.lifecycle import State
from bot.ports import Ports
from bot.routing import Command, Reply, Request, required
from bot.services import activating, binding
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    required(request, COMMAND)
    name, *rest = names.tidy(request.text).split()
    if [word.lower() for word in rest] == ["when", "ready"]:
        raise NotInThisVersion(" ".join(rest))
    if rest:
        raise Usage(COMMAND.name, COMMAND.usage)
    return await ask(request, ports, name)


async def anyway(request: Request, ports: Ports) -> Reply:
    """An approver asks, and knows that somebody else has to approve then."""
    return await ask(request, ports, request.text, anyway=True)


async def ask(request: Request, ports: Ports, name: str, *, anyway: bool = False) -> Reply:
    result = await activating.ask(ports, name, by=request.by, anyway=anyway)
    domain, look, c = result.domain, result.look, request.context(ports, result.domain.org)
    if result.own_vote:
        return Reply(replies.own_vote(domain, c))
    if result.opened:
        return Reply(replies.noted(replies.asked(domain, c), await binding.held(ports) is not None, c))
    if domain.state is State.READY and look is not None and not look.good:
        return Reply(replies.diagnosis(domain, look, c))  # DNS was right, and is not at this moment
    said = replies.activation_state(domain, c, missing_look=look)
    waits = domain.state in (State.AWAITING_APPROVAL, State.ACTIVATING)
    return Reply(replies.noted(said, waits and await binding.held(ports) is not None, c))


COMMAND = Command("activate", run=run, usage="activate <domain>", aliases=("有効化",), changes=True, lived=True)
BUTTONS = (Command("ask_anyway", run=anyway, changes=True, typed=False, lived=True, prompted=True),)
