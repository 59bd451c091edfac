"""The answer to ``list``: the domains of the workspace by who acts next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.message import Message
from bot.views import kit, words
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
_ONLY = 15  #: names that are listed as existing at the platform only
_WORDS = 200  #: of the search words that a button carries on


def listing(
    domains: Sequence[EmailDomain],
    page: int,
    pages: int,
    total: int,
    searched: str,
    c: Context,
    *,
    there: Sequence[str] = (),
    here: Collection[str] = (),
) -> Message:
    """One page (counted from 1). ``domains`` come in the order in which they are shown.

    ``there`` exist at the platform only, ``here`` no longer do.
    """
    only = _only_there(there, c) if there and page == pages else None
    if not total:
        lead = c.t("listing.none_found", words=searched) if searched else c.t("listing.none")
        return kit.message([lead, only or ""], [kit.section(lead), kit.section(only) if only else None])
    lead = c.t("listing.found" if searched else "listing.lead", n=total, words=searched)
    blocks: list[kit.Block | None] = [kit.section(lead)]
    worded = {d.name: _line(d, c, d.name in here) for d in domains}
    blocks += _grouped(domains, worded, c)
    if only:
        blocks.append(kit.section(only))
    if pages > 1:
        blocks += [kit.context(c.t("listing.page", page=page, pages=pages)), _turning(page, pages, searched, c)]
    return kit.message([lead, *(worded[d.name] for d in domains[:10]), only or ""], blocks)


def groups(domains: Sequence[EmailDomain], c: Context) -> Iterator[kit.Block]:
    """A line each, under who acts next; ``domains`` come in that order."""
    return _grouped(domains, {domain.name: _line(domain, c) for domain in domains}, c)


def _grouped(domains: Sequence[EmailDomain], worded: Mapping[str, Markup], c: Context) -> Iterator[kit.Block]:
    for group, members in groupby(domains, key=lambda d: GROUPS[d.turn]):
        lines = [worded[domain.name] for domain in members]
        heading = c.t("strong", words=c.t(f"listing.group.{group}"))
        yield from (kit.section(heading if not n else "", *lines[n : n + 8]) for n in range(0, len(lines), 8))


def _only_there(names: Sequence[str], c: Context) -> Markup:
    shown = words.codes(names[:_ONLY], c)
    more = c.t("more", n=len(names) - _ONLY) if len(names) > _ONLY else ""
    return c.t("listing.only_there", names=words.join([shown, more], c))


def _line(domain: EmailDomain, c: Context, missing: bool = False) -> Markup:
    state = c.t(f"state.{words.state(domain)}.name")
    until = domain.opens_at if domain.state is State.WAITING and not domain.held else None
    if domain.round and domain.state is State.AWAITING_APPROVAL:
        until = domain.round.expires_at
    key = "line" if until is None else "line_until"
    line = c.t(f"listing.{key}", name=domain.name, state=state, at=c.at(until))
    return words.join([line, c.t("listing.only_here")], c) if missing else line


def _turning(page: int, pages: int, searched: str, c: Context) -> kit.Block:
    def turn(action: str, to: int, text: str) -> kit.Block:
        return kit.button(c.t.plain(f"button.{text}"), action, f"{to} {searched[:_WORDS]}".strip())

    back = [turn("list:prev", page - 1, "previous")] if page > 1 else []
    on = [turn("list:next", page + 1, "next")] if page < pages else []
    return kit.actions(*back, *on)
