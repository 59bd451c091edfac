"""The answer to ``list``: the domains of the workspace by who acts next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.ports import Message
from bot.views import kit
from bot.views.context import Context

#: Who acts next: the headings of the list, in its order.
GROUPS: dict[State, str] = {
    State.DEGRADED: "repair",
    State.AWAITING_APPROVAL: "approvers",
    State.READY: "team",
    State.STALLED: "owner",
    State.AWAITING_DNS: "dns",
    State.REMOVING: "dns",
    State.REGISTERING: "me",
    State.ACTIVATING: "me",
    State.WAITING: "nobody",
    State.OPEN: "nobody",
    State.REMOVED: "nobody",
}
_WORDS = 200  #: of the search words that a button carries on


def listing(
    domains: Sequence[EmailDomain], page: int, pages: int, total: int, words: str, c: Context
) -> Message:  # fmt: skip
    """One page (counted from 1). ``domains`` come in the order in which they are shown."""
    if not total:
        lead = c.t("listing.none_found", words=words) if words else c.t("listing.none")
        return kit.message(lead, [kit.section(lead)])
    lead = c.t("listing.found" if words else "listing.lead", n=total, words=words)
    blocks: list[kit.Block | None] = [kit.section(lead)]
    for group, members in groupby(domains, key=lambda d: GROUPS[d.turn]):
        lines = [_line(domain, c) for domain in members]
        heading = c.t("strong", words=c.t(f"listing.group.{group}"))
        blocks += [kit.section(heading if not n else "", *lines[n : n + 8]) for n in range(0, len(lines), 8)]
    if pages > 1:
        blocks += [kit.context(c.t("listing.page", page=page, pages=pages)), _turning(page, pages, words, c)]
    return kit.message([lead, *(_line(domain, c) for domain in domains[:10])], blocks)


def _line(domain: EmailDomain, c: Context) -> Markup:
    state = c.t(f"state.{'held' if domain.held else domain.state.value}.name")
    until = domain.opens_at if domain.state is State.WAITING and not domain.held else None
    if domain.round and domain.state is State.AWAITING_APPROVAL:
        until = domain.round.expires_at
    key = "line" if until is None else "line_until"
    return c.t(f"listing.{key}", name=domain.name, state=state, at=c.at(until))


def _turning(page: int, pages: int, words: str, c: Context) -> kit.Block:
    def turn(action: str, to: int, text: str) -> kit.Block:
        return kit.button(c.t.plain(f"button.{text}"), action, f"{to} {words[:_WORDS]}".strip())

    back = [turn("list:prev", page - 1, "previous")] if page > 1 else []
    on = [turn("list:next", page + 1, "next")] if page < pages else []
    return kit.actions(*back, *on)
