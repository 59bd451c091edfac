"""``/emaildomain status [domain]``: the card and the last ten changes; without a name, the list."""

from __future__ import annotations

from bot.model.roles import Action
from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import authorizing, listing, updating
from bot.views import replies

_CHANGES = 10


async def run(request: Request, ports: Ports) -> Reply:
    await authorizing.person(ports, request.by)
    if not request.text.strip():
        page = await listing.page(ports, by=request.by)
        view = replies.listing(
            page.domains, page.number, page.pages, page.total, "", request.context(ports),
            there=page.there, here=page.here,
        )  # fmt: skip
        return Reply(view)
    domain = await updating.find(ports, request.by.team, request.text, over=True)
    await authorizing.require(ports, Action.SEE, request.by, domain)
    entries = await ports.store.history(domain, _CHANGES)
    return Reply(replies.status(domain, entries, request.context(ports, domain.org)))


COMMAND = Command("status", run=run, usage="status [domain]", aliases=("状態",))
