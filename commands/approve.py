"""Buttons of a request: *Approve*, *Reject* with a reason, *Withdraw*. Their value is ``<name> <round token>``."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Form, Reply, Request, with_reason
from bot.services import approving
from bot.views import replies


def _parts(text: str) -> tuple[str, str]:
    name, _, token = text.partition(" ")
    return name, token


async def approve(request: Request, ports: Ports) -> Reply:
    domain = await approving.approve(ports, *_parts(request.text), by=request.by)
    return Reply(replies.told("approved", domain, request.context(ports, domain.org)))


async def ask_reason(request: Request, ports: Ports) -> Form:
    domain, asked = await approving.may_reject(ports, *_parts(request.text), by=request.by)
    view = replies.reject_form(domain, asked, request.context(ports))
    return Form("reject_reason", view, request.text)


async def reject(request: Request, ports: Ports) -> Reply:
    name, token = _parts(request.text)
    domain = await approving.reject(ports, name, token, request.values.get("reason", ""), by=request.by)
    return Reply(replies.told("rejected", domain, request.context(ports, domain.org)))


async def withdraw(request: Request, ports: Ports) -> Reply:
    domain = await approving.withdraw(ports, *_parts(request.text), by=request.by)
    return Reply(replies.told("withdrawn", domain, request.context(ports, domain.org)))


COMMAND = Command("approve", run=approve, changes=True, typed=False, lived=True)
BUTTONS = (
    Command("reject", run=ask_reason, typed=False, lived=True),
    Command("reject_reason", run=reject, changes=True, typed=False, validate=with_reason, lived=True),
    Command("withdraw", run=withdraw, changes=True, typed=False, lived=True),
)
