"""A removal: what it means before it begins, what is waited for, and how it is stopped or finished anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.i18n.translator import Markup
from bot.model.approval import Purpose
from bot.model.campaign import Campaigns
from bot.model.domain import EmailDomain
from bot.model.message import Message
from bot.model.observations import CnameAnswer, CnamePoll
from bot.model.records import RecordType
from bot.views import buttons, kit, words
from bot.views.context import Context

_SERVERS = 12  #: lines of servers that are shown


def confirm_remove(domain: EmailDomain, approval: bool, using: Campaigns | None, c: Context) -> Message:
    """Before anything is removed: what will happen, and one more question."""
    key = "approval" if approval else "seen" if domain.published else "unseen"
    stop = buttons.question("ask_removal" if approval else "remove", domain, c, danger=not approval)
    text = c.t.plain("button.ask_removal" if approval else "button.remove_now")
    row = kit.actions(kit.button(text, "remove_anyway", buttons.carried(domain), style="danger", ask=stop))
    lead = c.t(f"confirm_remove.{key}", name=domain.name)
    if key == "unseen":
        return words.said(domain, c, [lead, c.t("confirm_remove.again")], [row], yet=False)
    steps = [kit.section(*todo(domain, using.as_facts() if using else None, c))]
    return words.said(domain, c, [lead], [*steps, kit.context(c.t("confirm_remove.again")), row], yet=False)


def confirm_unask(domain: EmailDomain, c: Context) -> Message:
    """Before the request to import it is withdrawn: there is nothing to remove."""
    row = kit.actions(
        buttons.simple("remove_anyway", domain, c, text="withdraw", ask=buttons.question("withdraw", domain, c))
    )
    return words.said(domain, c, [c.t("confirm_remove.importing", name=domain.name)], [row], yet=False)


def import_unasked(domain: EmailDomain, c: Context) -> Message:
    return words.said(domain, c, [c.t("remove.import_withdrawn", name=domain.name)], yet=False)


def todo(domain: EmailDomain, using: Sequence[Mapping[str, Any]] | None, c: Context) -> list[Markup]:
    """What people have to do, numbered; campaigns first, because mail goes out through the records."""
    if using is None:
        first = [c.t("todo.campaigns_unseen")]
    elif using:
        first = [c.t("todo.campaigns"), *words.campaigns(using, c)]
    else:
        first = [c.t("todo.no_campaigns")]
    return [*first, c.t("todo.records", where=words.where(domain, c)), c.t("todo.then")]


def records_to_delete(domain: EmailDomain, c: Context, *types: RecordType) -> list[kit.Block]:
    """``types``: only these."""
    blocks: list[kit.Block] = []
    for record in words.ordered(r for r in domain.records if not types or r.type in types):
        title = c.t("removing.record", record=words.record(record.type, c))
        blocks += [kit.section(c.t("strong", words=title)), kit.copyable(*words.to_copy(record, domain, c))]
    return blocks


def removing(domain: EmailDomain, c: Context) -> Message:
    """Removal has begun: what to do, for the person who asked."""
    if not domain.published or not domain.records:
        return words.said(domain, c, [c.t("remove.at_once", name=domain.name)], yet=False)
    sentences = [c.t("remove.begun", name=domain.name, where=words.where(domain, c)), c.t("removing.why")]
    return words.said(domain, c, sentences, records_to_delete(domain, c), yet=False)


def can_stop(domain: EmailDomain) -> bool:
    """Until the platform was asked to delete."""
    return domain.observations.wish is not None and not domain.deleting


def removal_asked(domain: EmailDomain, c: Context) -> Message:
    """To the person who asked for a removal that needs approval."""
    forced = domain.round is not None and domain.round.purpose == "removal_forced"
    return words.asked(domain, c.t("remove.asked_forced" if forced else "remove.asked", name=domain.name), c)


def finish_form(domain: EmailDomain, c: Context) -> kit.Form:
    """Asks why it has to be finished without proof; says who will read it, and what a CNAME left behind means."""
    field = kit.text_input(
        "reason", c.t.plain("finish.label"), hint=c.t.plain("finish.hint"), multiline=True, longest=500
    )
    left = words.still_on(domain)
    key = "finish.lead_still" if left else "finish.lead"
    lead = kit.section(c.t(key, name=domain.name, servers=words.codes(left, c)), c.t("finish.risk"))
    blocks = [lead, *progress(domain, c), field]
    return kit.form(c.t.plain("finish.title"), c.t.plain("finish.submit"), c.t.plain("button.cancel"), *blocks)


# ---- what is waited for


def progress(domain: EmailDomain, c: Context, *, dated: bool = True) -> list[kit.Block]:
    """Server by server, what was last seen; ``dated``: and when, which on a card would change by itself."""
    poll = domain.observations.last
    if poll is None:
        return []
    lines = server_lines(poll.as_facts(), c)
    seen = c.t("removal.seen", at=c.at(poll.at)) if dated else c.t("removal.seen_undated")
    return [kit.section(seen, *lines)] if lines else []


def server_lines(rows: Sequence[Mapping[str, Any]], c: Context) -> list[Markup]:
    """Names of servers by what they say; one line for each kind of answer."""
    lines = []
    for said in CnameAnswer:
        found = dict.fromkeys(f"{row['server']}" for row in rows if row["said"] == said.value)
        if found:
            named = words.codes(list(found)[:_SERVERS], c)
            lines.append(c.t(f"removal.said.{said.value}", servers=named))
    return lines


def forced(domain: EmailDomain) -> bool:
    """Somebody has agreed to finish this removal without proof of DNS."""
    return domain.observations.agreed(Purpose.REMOVAL_FORCED, domain.org_id)


def waits_for(domain: EmailDomain, c: Context) -> Markup:
    """One sentence: what a removal is waiting for now."""
    seen = domain.observations
    poll = seen.last
    if domain.deleting:
        return c.t("removal.waits.deleting")
    if seen.absences:
        return c.t("removal.waits.absent")
    if poll is None:
        return c.t("removal.waits.looking")
    if poll.problem is not None and not poll.denied:
        return c.t(f"removal.waits.{_problem(poll)}", zone=domain.zone or domain.name)
    if poll.denied and domain.published:
        return c.t("removal.waits.unregistered", zone=domain.zone or domain.name)
    if forced(domain) and seen.campaigns is not None and seen.campaigns.on:
        return c.t("removal.waits.campaigns_forced", names=words.quoted(seen.campaigns.on, c))
    if left := words.still_on(domain):
        return c.t("removal.waits.ours", servers=words.codes(left, c))
    if poll.against:
        odd = words.saying(domain, CnameAnswer.NOT_KNOWN)
        return c.t("removal.waits.not_known", servers=words.codes(odd, c))
    if seen.campaigns is not None and seen.campaigns.on:
        return c.t("removal.waits.campaigns", names=words.quoted(seen.campaigns.on, c))
    if not poll.answered and poll.clean:
        silent = words.saying(domain, CnameAnswer.NO_ANSWER)
        return c.t("removal.waits.silent", servers=words.codes(silent, c))
    if not poll.clean:
        return c.t("removal.waits.nobody")
    return c.t("removal.waits.second")


def _problem(poll: CnamePoll) -> str:
    return poll.problem if poll.problem in ("recursor", "unregistered", "delegation", "egress") else "recursor"


# ---- letting go, and cleaning up


def confirm_release(domain: EmailDomain, c: Context) -> Message:
    row = kit.actions(
        buttons.simple("release_anyway", domain, c, style="danger", ask=buttons.question("release", domain, c))
    )
    return words.said(domain, c, [c.t("confirm_release.lead", name=domain.name)], [row], yet=False)


def release_asked(domain: EmailDomain, c: Context) -> Message:
    return words.asked(domain, c.t("release.asked", name=domain.name), c)


def clean_up(domain: EmailDomain, c: Context) -> Message:
    """The records that are left of a name that is gone at the platform."""
    lead = c.t("clean_up.lead", name=domain.name, where=words.where(domain, c))
    return words.said(domain, c, [lead, c.t("clean_up.why")], records_to_delete(domain, c), yet=False)
