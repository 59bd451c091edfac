"""``/emaildomain hold`` and ``hold off``: operators stop and release every step that cannot be taken back."""

from __future__ import annotations

from bot.errors import Usage
from bot.model import names
from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import holding
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    word = names.tidy(request.text).lower()
    if word not in ("", "on", "off"):
        raise Usage(COMMAND.name, COMMAND.usage)
    c = request.context(ports)
    if word == "off":
        was = await holding.release(ports, by=request.by)
        return Reply(replies.plain("hold.off" if was else "hold.was_off", c))
    made = await holding.hold(ports, by=request.by)
    return Reply(replies.on_hold(made.by, made.at, made.why, await holding.differences(ports), c))


COMMAND = Command("hold", run=run, usage="hold [off]", changes=True)
