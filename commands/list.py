"""``/emaildomain list [words]``: the workspace's domains by next action, page by page."""

from __future__ import annotations

import re

from bot.ports import Ports
from bot.routing import Command, Reply, Request
from bot.services import authorizing, listing
from bot.views import replies


async def run(request: Request, ports: Ports) -> Reply:
    await authorizing.person(ports, request.by)
    number, words = 1, request.text
    if request.pressed:
        first, _, words = request.text.partition(" ")
        number = int(first) if re.fullmatch(r"[0-9]{1,6}", first) else 1
    page = await listing.page(ports, by=request.by, words=words, number=number)
    view = replies.listing(
        page.domains, page.number, page.pages, page.total, words.strip(), request.context(ports),
        there=page.there, here=page.here,
    )  # fmt: skip
    return Reply(view, replace=request.pressed)


COMMAND = Command("list", run=run, usage="list [words]", aliases=("一覧",))
