"""Messages about what DNS shows: wrong, ready, stalled, degraded, recovered."""

from __future__ import annotations

from typing import Any

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Status
from bot.model.message import Message
from bot.model.records import RecordType
from bot.views import buttons, findings, kit, removal, words
from bot.views.card import problem
from bot.views.context import Context

Facts = dict[str, Any]


def wrong_record(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """A mistake somebody made after the records were posted, or records that were right and are not any more."""
    found = facts.get("findings") or [{"code": "", "kind": "wrong", "record": None, "facts": {}}]
    first = found[0]
    record = words.record(first.get("record"), c)
    kind = "missing" if first.get("kind") == "missing" else "wrong"
    lead = findings.naming(first, domain, c)
    if lead is None:
        lead = [c.t(f"wrong_record.{kind}", name=domain.name, record=record), *findings.finding(first, c)]
    if facts.get("lost"):
        lead = [c.t("wrong_record.lost", name=domain.name), *lead]
    touched = {f.get("record") for f in found}
    fine = [
        c.t("wrong_record.right", record=words.record(type_, c))
        for type_, status in words.statuses(domain.look).items()
        if status is Status.RIGHT and None not in touched and type_ not in touched
    ]
    blocks = [
        *findings.paragraphs(found[1:], c),
        *words.paste(domain, [f for f in found if f["code"]], c),
        kit.context(words.join([*fine, c.t("wrong_record.then")], c)),
        kit.actions(buttons.simple("check", domain, c)),
    ]
    return words.said(domain, c, lead, blocks, to=mentions)


def ready(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """The two counts that prove it, and the one next step."""
    key = "again" if facts.get("again") else "first"
    given: Facts = {"name": domain.name}
    if facts.get("unprovisioned") or domain.unprovisioned:
        key = "unprovisioned"
    elif not facts.get("servers"):
        key = "bare"
    else:
        given["servers"] = words.servers(facts["servers"], c)
        if facts.get("resolvers"):
            given["resolvers"] = words.resolvers(facts["resolvers"], c)
        else:
            key += "_silent"
    if facts.get("names"):
        return _owed_together(domain, facts, c, mentions)
    lead = [c.t(f"ready.{key}", **given)]
    now = domain.state is State.READY
    button = buttons.simple("activate", domain, c, style="primary") if now else None
    return words.said(
        domain, c, [*lead, c.t("ready.next") if now else ""], [kit.actions(button) if button else None], to=mentions
    )


def _owed_together(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """Several at once have to be approved again: asked for together, or each on its card."""
    many = facts["names"]
    lead = c.t("ready.unprovisioned_many", n=len(many), names=words.listed(many, c))
    ask = buttons.simple(
        "activate_all", domain, c, style="primary", ask=buttons.ask("activate_all", c, n=str(len(many))),
        more=str(facts["group"]),
    )  # fmt: skip
    row = kit.actions(ask) if domain.state is State.READY else None
    return words.said(domain, c, [lead], [row], to=mentions)


def stalled(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    txt, cname = (c.t(f"status.{facts.get(which) or 'unknown'}") for which in ("txt", "cname"))
    sentences = [
        c.t("stalled.lead", name=domain.name, txt=txt, cname=cname),
        c.t("stalled.until", at=c.at(facts.get("until"))),
    ]
    choices = [buttons.simple("wait", domain, c, style="primary"), buttons.simple("remove", domain, c)]
    now = domain.state is State.STALLED
    return words.said(
        domain, c, sentences if now else sentences[:1], [kit.actions(*choices) if now else None], to=mentions
    )


def degraded(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """Since when, what, the likely effect, and what to paste; it advises and stops nothing."""
    found = [findings.as_lost(one, domain, facts.get("since"), c) for one in facts.get("findings") or []]
    pause = c.t("degraded.pause")
    if facts.get("trouble") == "platform":
        lead = [c.t("degraded.platform", name=domain.name, at=c.at(facts.get("since")))]
        if many := facts.get("names"):
            listed = words.listed(many, c)
            lead = [c.t("degraded.platform_many", n=len(many), names=listed, at=c.at(facts.get("since")))]
        return words.said(domain, c, [*lead, c.t("degraded.effect_none"), pause], _campaigns(facts, c), to=mentions)
    if facts.get("trouble") == "key":
        return _another_key(domain, facts, c, mentions)
    first: Facts = dict(found[0]) if found else {"record": None, "kind": "wrong"}
    key = "dns_missing" if first.get("kind") == "missing" else "dns_wrong"
    if first.get("code") == "MISSING_BOTH":
        key = "dns_missing_both"
    sentences = [
        c.t(
            f"degraded.{key}",
            name=domain.name, record=words.record(first.get("record"), c), at=c.at(facts.get("since")),
            servers=words.servers(facts.get("servers") or (0, 0), c),
        ),
        findings.effect(first, c),
        pause,
    ]  # fmt: skip
    blocks = [*_campaigns(facts, c), *findings.paragraphs(found, c), *words.paste(domain, found or [first], c)]
    blocks.append(kit.actions(buttons.simple("check", domain, c)))
    return words.said(domain, c, sentences, blocks, to=mentions)


def _another_key(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """The platform has another key: what to publish beside the old one, which stays."""
    lead = [c.t("degraded.key", name=domain.name, at=c.at(facts.get("since"))), c.t("degraded.effect_key")]
    blocks = [*_campaigns(facts, c), *words.paste(domain, [{"record": RecordType.TXT.value}], c)]
    return words.said(domain, c, lead, [*blocks, kit.actions(buttons.simple("check", domain, c))], to=mentions)


def _campaigns(facts: Facts, c: Context) -> list[kit.Block]:
    """Those that are switched on, where they can be seen."""
    lines = words.campaigns(facts.get("campaigns") or [], c)
    return [kit.section(*lines)] if lines else []


def recovered(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    until, since = c.at(facts.get("until")), c.at(facts.get("since"))
    return words.said(domain, c, [c.t("recovered.lead", name=domain.name, until=until, since=since)], to=mentions)


def reminder(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """A nudge: to decide, to publish, to look in the right place."""
    why = facts.get("why", "missing")
    if why == "approval":
        return _to_decide(domain, facts, c, mentions)
    if why in ("still_removing", "removal_stopped", "removal_not_agreed", "gone_unanswered", "cleaned_up"):
        return _of_a_removal(domain, facts, c, mentions)
    if why == "found_again":
        who = facts.get("who")
        meant = c.t("reminder.found_again_meant", name=domain.name, who=words.who(who, c)) if who else ""
        return words.said(domain, c, [c.t("reminder.found_again", name=domain.name), meant], to=mentions)
    if why == "old_key":
        lead = c.t("reminder.old_key", name=domain.name, host=facts.get("host"))
        old = kit.copyable((c.t.plain("card.value_TXT"), str(facts.get("value"))))
        return words.said(domain, c, [lead], [old], to=mentions)
    at = c.at(facts.get("until"))
    sentence = c.t(f"reminder.{why}", name=domain.name, where=words.where(domain, c), at=at)
    sentence = words.join([sentence, *words.refused(facts.get("reason"), c)], c)
    blocks = []
    if why == "nothing" and domain.look and domain.look.problem:
        blocks.append(kit.section(problem(domain.look.problem, domain.name, c)))
    if why in ("missing", "nothing", "watch_ends"):
        blocks.append(kit.actions(buttons.simple("check", domain, c)))
    return words.said(domain, c, [sentence], blocks, to=mentions)


def _of_a_removal(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """What a removal still waits for, that it was stopped, or that the records of a name that is gone are out."""
    why = facts["why"]
    sentences = [
        c.t(f"reminder.{why}", name=domain.name, at=c.at(facts.get("since")), who=words.who(facts.get("by"), c))
    ]
    blocks: list[kit.Block | None] = []
    if why == "still_removing" and domain.state is State.REMOVING:
        sentences.append(removal.waits_for(domain, c))
        blocks = [*removal.progress(domain, c)]
        chosen = [buttons.simple("stop_removal", domain, c)] if removal.can_stop(domain) else []
        if not domain.deleting:
            chosen.append(buttons.simple("finish_anyway", domain, c, style="danger"))
        blocks.append(kit.actions(*chosen) if chosen else None)
    return words.said(domain, c, sentences, blocks, to=mentions, yet=False)


def _to_decide(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    current = domain.round if domain.round and domain.round.id == facts.get("round") else None
    purpose = facts.get("purpose") or (current.purpose.value if current else None)
    missing = facts.get("missing", 1)
    key = f"reminder.approval_{purpose}" if purpose else "reminder.approval"
    sentences: list[Markup] = [
        c.t(key, name=domain.name, n=missing, at=c.at(facts.get("expires_at"))),
        c.t("reminder.approval_where"),
    ]
    votes = buttons.vote(domain, current.token, current.purpose.value, c) if current else None
    return words.said(domain, c, sentences, [votes], to=mentions)
