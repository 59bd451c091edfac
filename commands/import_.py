"""``/emaildomain import``: import domains that the platform has already; *Ask to import* asks the approvers."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import adding, adopting
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    rows = await adopting.adopt(ports, by=request.by)
    return Reply(replies.adopted(rows, request.context(ports)))


async def over(request: Request, ports: Ports) -> Reply:
    """*Yes*: activated more than two hours ago."""
    return await answer(request, ports, over=True)


async def unsure(request: Request, ports: Ports) -> Reply:
    """*Not sure*: two hours from now."""
    return await answer(request, ports, over=False)


async def answer(request: Request, ports: Ports, *, over: bool) -> Reply:
    row = await adopting.answer(ports, request.text, over=over, by=request.by)
    return Reply(replies.adopted([row], request.context(ports)), replace=False)


async def ask(request: Request, ports: Ports) -> Reply:
    return await ask_with(request, ports, None)


async def ask_over(request: Request, ports: Ports) -> Reply:
    return await ask_with(request, ports, over=True)


async def ask_unsure(request: Request, ports: Ports) -> Reply:
    return await ask_with(request, ports, over=False)


async def ask_with(request: Request, ports: Ports, over: bool | None) -> Reply:
    """The approvers decide; of a provisioned one it has to be said first how long ago it was activated."""
    domain, found = await adopting.ask_import(ports, request.text, over=over, by=request.by)
    c = request.context(ports, domain.org if domain else "")
    if domain is None:
        return Reply(replies.import_question(found.name, adding.version(found), c), replace=True)
    if domain.round is None:
        return Reply(replies.card(domain, c, private=True))
    return Reply(replies.import_asked(domain, c), replace=True)


COMMAND = Command("import", run=run, usage="import", aliases=("取込", "インポート"), changes=True)
BUTTONS = (
    Command("adopt_open", run=over, changes=True, typed=False),
    Command("adopt_wait", run=unsure, changes=True, typed=False),
    Command("ask_import", run=ask, changes=True, typed=False),
    Command("ask_import_open", run=ask_over, changes=True, typed=False),
    Command("ask_import_wait", run=ask_unsure, changes=True, typed=False),
)
