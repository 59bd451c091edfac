"""``/emaildomain import``: take on the domains that exist at the platform already."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import adopting
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    rows = await adopting.adopt(ports, by=request.by)
    return Reply(replies.adopted([(r.name, r.outcome.value, r.state) for r in rows], request.context(ports)))


async def over(request: Request, ports: Ports) -> Reply:
    """*Yes*: activated more than two hours ago."""
    return await answer(request, ports, over=True)


async def unsure(request: Request, ports: Ports) -> Reply:
    """*Not sure*: two hours from now."""
    return await answer(request, ports, over=False)


async def answer(request: Request, ports: Ports, *, over: bool) -> Reply:
    row = await adopting.answer(ports, request.text, over=over, by=request.by)
    return Reply(replies.adopted([(row.name, row.outcome.value, row.state)], request.context(ports)))


COMMAND = Command("import", run=run, usage="import", aliases=("取込", "インポート"), changes=True)
BUTTONS = (
    Command("adopt_open", run=over, changes=True, typed=False),
    Command("adopt_wait", run=unsure, changes=True, typed=False),
)
