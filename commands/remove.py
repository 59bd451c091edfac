"""``/emaildomain remove <domain>``: safe removal, confirmed first; *Stop removal* and *Finish anyway*."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.ports import Ports
from bot.routing import Command, Form, Reply, Request, required, with_reason
from bot.services import binding, removing, stopping
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    """Nothing is changed yet: what will happen, and a button that does it."""
    found = await removing.consider(ports, required(request, COMMAND), by=request.by)
    c = request.context(ports, found.domain.org)
    if found.unasked:
        return Reply(replies.confirm_unask(found.domain, c))
    if found.domain.state is State.REMOVING and not found.approval:
        said = replies.removing(found.domain, c)
    else:
        said = replies.confirm_remove(found.domain, found.approval, found.using, c)
    return Reply(replies.noted(said, await binding.held(ports) is not None, c))


async def confirmed(request: Request, ports: Ports) -> Reply:
    domain = await removing.remove(ports, request.text, by=request.by)
    c = request.context(ports, domain.org)
    if domain.state is State.REMOVED and domain.importing is not None:
        return Reply(replies.import_unasked(domain, c), replace=True)
    begun = domain.round is None and domain.state in (State.REMOVING, State.REMOVED)
    said = replies.removing(domain, c) if begun else replies.removal_asked(domain, c)
    return Reply(replies.noted(said, await binding.held(ports) is not None, c), replace=True)


async def stop(request: Request, ports: Ports) -> Reply:
    domain = await stopping.stop(ports, request.text, by=request.by)
    return Reply(replies.told("stopped", domain, request.context(ports, domain.org)))


async def ask_reason(request: Request, ports: Ports) -> Form:
    domain = await stopping.finishable(ports, request.text, by=request.by)
    return Form("finish_reason", replies.finish_form(domain, request.context(ports, domain.org)), request.text)


async def finish(request: Request, ports: Ports) -> Reply:
    domain = await stopping.finish_anyway(ports, request.text, request.values.get("reason", ""), by=request.by)
    return Reply(replies.removal_asked(domain, request.context(ports, domain.org)))


COMMAND = Command("remove", run=run, usage="remove <domain>", aliases=("削除", "rm"), lived=True)
BUTTONS = (
    Command("remove_anyway", run=confirmed, changes=True, typed=False, lived=True),
    Command("stop_removal", run=stop, changes=True, typed=False, lived=True),
    Command("finish_anyway", run=ask_reason, typed=False, lived=True),
    Command("finish_reason", run=finish, changes=True, typed=False, lived=True, validate=with_reason),
)
