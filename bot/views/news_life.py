"""Messages about the way from activation to the end: activated, sending allowed, held up, removed."""

from __future__ import annotations

from typing import Any

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.message import Message
from bot.model.records import RecordType
from bot.views import buttons, findings, kit, problems, removal, words
from bot.views.context import Context

Facts = dict[str, Any]

_MISSING = ("TXT", "CNAME", "provisioning", "platform", "failed", "deprovisioned")


def activated(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """The two hours begin. Says what they are for; never that anything is blocked (S25)."""
    if "asked_at" in facts:
        return _outside(domain, int(facts["asked_at"]), c, mentions)
    sentences = [
        c.t(f"activated.{_how(facts)}", name=domain.name),
        c.t("not_before", at=c.at(facts.get("opens_at"))),
        c.t("activated.why"),
    ]
    return words.said(domain, c, sentences, to=mentions, yet=False)


def _how(facts: Facts) -> str:
    if facts.get("found"):
        return "found"
    if facts.get("how"):
        return str(facts["how"])
    return "outside" if facts.get("outside") else "inside"


def _outside(domain: EmailDomain, at: int, c: Context, mentions: tuple[str, ...]) -> Message:
    """Activated elsewhere: how long ago, only a person knows. What they said takes the buttons' place."""
    lead = c.t("activated.outside", name=domain.name)
    found = domain.observations.outside
    if found is None or found.at != at or (domain.outside is None and not found.said):
        return words.said(domain, c, [lead, c.t("activated.outside_settled")])
    if found.said:
        said = c.t(f"activated.outside_{found.said}", who=words.who(found.by, c))
        return words.said(domain, c, [lead, said])
    row = kit.actions(*buttons.outside(domain, at, c))
    return words.said(domain, c, [lead, c.t("activated.outside_question")], [row], to=mentions)


def sending_allowed(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    sentences = [
        c.t("sending_allowed.first", name=domain.name),
        _allowed(facts, c),
        c.t("sending_allowed.small"),
    ]
    return words.said(
        domain, c, sentences, [kit.section(c.t("card.replies"))], to=mentions, practice=True, yet=False
    )  # fmt: skip


def _allowed(facts: Facts, c: Context) -> Markup:
    """Why, and since when."""
    if facts.get("outside"):
        return c.t("sending_allowed.outside", who=words.who(facts.get("by"), c))
    return c.t(f"sending_allowed.{'late' if facts.get('late') else 'ended'}", at=c.at(facts.get("opened_at")))


def failed(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """What does not go on, why, and what goes on by itself."""
    why = str(facts.get("why", "other"))
    missing = [c.t(f"failed.{what}") for what in facts.get("missing") or () if what in _MISSING]
    if why == "held_platform" and not words.held(domain):
        why = "early_platform"
    key = f"failed.{why}"
    if why in ("activation_slow", "activation_gave_up") and not missing:
        key += "_bare"
    if not c.t.has(key):
        key = "failed.other"
    told = str(facts.get("said") or "")
    said = [c.t("removed.said", said=kit.cut(told, 500))] if told else []
    said = words.refused(facts.get("reason"), c) or said
    listed = Markup(c.t("separator").join(missing))
    found = facts.get("findings") or []
    blocks = [*findings.paragraphs(found, c), *words.paste(domain, found, c)]
    if facts.get("evidence"):
        blocks.append(kit.context(words.evidence(facts["evidence"], c)))
    again = buttons.simple("activate", domain, c, text="again") if why == "activation_gave_up" else None
    check = buttons.simple("check", domain, c)
    return words.said(
        domain,
        c,
        [c.t(key, name=domain.name, missing=listed, names=words.quoted(facts.get("campaigns") or (), c)), *said],
        [*blocks, kit.actions(again) if again else kit.actions(check)],
        to=mentions,
    )


def removing(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """What to delete, and why the platform comes last; once it is over only that."""
    if over := _over(domain, facts):
        return words.said(domain, c, [c.t(f"removing.{over}", name=domain.name)])
    lead = c.t("removing.lead", name=domain.name, who=words.who(facts.get("by"), c))
    steps = removal.todo(domain, facts.get("campaigns"), c)
    blocks = [kit.section(*steps), *removal.records_to_delete(domain, c)]
    if domain.state is State.REMOVING:
        stop = [buttons.simple("stop_removal", domain, c)] if removal.can_stop(domain) else []
        blocks.append(kit.actions(buttons.simple("check", domain, c), *stop))
    return words.said(domain, c, [lead], [*blocks, kit.context(c.t("removing.why"))], to=mentions, yet=False)


def _over(domain: EmailDomain, facts: Facts) -> str:
    """How the removal that this message is about ended: ``stopped`` or ``removed``; empty while it goes on."""
    wish, asked = domain.observations.wish, facts.get("wish_at")
    same = wish is not None and asked in (None, wish.at)
    if asked is not None and asked < domain.added_at:
        return "removed"  # in an earlier life
    if domain.state is State.REMOVING:
        return "" if same or wish is None else "stopped"
    return "removed" if domain.state is State.REMOVED and same and domain.gone_at is None else "stopped"


def removed(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    why = facts.get("why", "removed")
    if why == "gone":
        return _gone(domain, facts, c, mentions)
    key = "unseen" if why == "removed" and not domain.published else why
    said = str(facts.get("said") or "")
    sentences = [c.t(f"removed.{key}", name=domain.name)]
    reason = facts.get("reason")
    if refused := words.refused(reason, c):
        what, fix = refused
        sentences = [c.t("removed.reason", name=domain.name, what=what), fix]
    if said:
        sentences.append(c.t("removed.said", said=kit.cut(said, 500)))
    if why == "removed":
        sentences.append(c.t("removed.again"))
    retry = kit.button(c.t.plain("button.retry"), "add", domain.name, style="primary")
    if reason == "exists" or why == "import_changed":
        retry = problems.ask_import(domain.name, "", c)
    blocks = [kit.actions(retry)] if why in ("refused", "import_changed") else []
    if why == "left" and domain.state is State.REMOVED:
        blocks = removal.records_to_delete(domain, c, RecordType.CNAME)
    return words.said(domain, c, sentences, blocks, to=mentions, yet=False)


def _gone(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """Missed in every reading: whether that was meant, only a person knows. What they said takes the buttons' place."""
    at = facts.get("gone_at")
    if domain.state is not State.REMOVED or domain.gone_at is None or at not in (None, domain.gone_at):
        return words.said(domain, c, [_found_again(domain, at, c)])
    lead = c.t("removed.gone", name=domain.name)
    if domain.gone_answer == "yes":
        said = c.t("removed.gone_yes", who=words.who(domain.gone_by, c), where=words.where(domain, c))
        blocks = removal.records_to_delete(domain, c)
        return words.said(domain, c, [lead, said], blocks, to=mentions, yet=False)
    if domain.gone_answer == "no":
        return words.said(
            domain, c, [lead, c.t("removed.gone_no", who=words.who(domain.gone_by, c))], to=mentions, yet=False
        )
    row = kit.actions(
        buttons.simple(
            "gone_yes", domain, c, style="danger", ask=buttons.question("gone_yes", domain, c), more=f"{domain.gone_at}"
        ),
        buttons.simple("gone_no", domain, c, more=f"{domain.gone_at}"),
    )
    return words.said(domain, c, [lead, c.t("removed.gone_question")], [row], to=mentions, yet=False)


def _found_again(domain: EmailDomain, gone_at: int | None, c: Context) -> Markup:
    """What became of a name that was gone, as far as it is still known."""
    found = domain.found_again
    if found is None or gone_at not in (None, found[0]):
        return c.t("removed.over")
    return c.t("removed.found_again", name=domain.name, at=c.at(found[1]))


def guard(domain: EmailDomain, facts: Facts, c: Context, mentions: tuple[str, ...]) -> Message:
    """Who would send too early, and what the bot cannot see; it stops nothing."""
    lines = words.campaigns(facts.get("campaigns") or [], c)
    blocks = [kit.section(*lines)] if lines else []
    blocks.append(kit.context(words.join([c.t("guard.stop"), c.t("guard.unseen"), _schedules(facts, c)], c)))
    return words.said(domain, c, [c.t("guard.lead", name=domain.name)], blocks, to=mentions)


def _schedules(facts: Facts, c: Context) -> str:
    return "" if facts.get("schedules", True) else c.t("guard.no_schedules")
