"""The App Home: shown when its tab is opened, and by the button *Refresh* on it."""

from __future__ import annotations

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import listing
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    seen = await listing.overview(ports, by=request.by)
    view = replies.home(
        seen.votes, seen.own, seen.domains, seen.total, request.context(ports), more_waiting=seen.more_waiting
    )
    return Reply(view)


COMMAND = Command("home", run=run, typed=False)
