"""``/emaildomain activate <domain>`` and the button *Ask for approval*."""

from __future__ import annotations

from bot.errors import NotInThisVersion
from bot.model import names
from bot.model.lifecycle import State
from bot.ports import Ports
from bot.routing import Command, Reply, Request, required
from bot.services import activating
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    required(request, COMMAND)
    name, *rest = names.tidy(request.text).split()
    if rest:
        raise NotInThisVersion(" ".join(rest))
    domain, look, asked = await activating.ask(ports, name, by=request.by)
    c = request.context(ports, domain.org)
    if asked:
        return Reply(replies.asked(domain, c))
    if domain.state is State.READY and look is not None and not look.good:
        return Reply(replies.diagnosis(domain, look, c))  # DNS was right, and is not at this moment
    return Reply(replies.activation_state(domain, c, missing_look=look))


COMMAND = Command("activate", run=run, usage="activate <domain>", aliases=("有効化",), changes=True)
