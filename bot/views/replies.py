"""Private answers: what only the person who asked reads. The larger ones live in modules of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.errors import Problem
from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Look
from bot.model.message import Message
from bot.model.names import unicode_form
from bot.views import buttons, findings, kit, publishing, words
from bot.views.adopted import adopted, import_asked, import_question
from bot.views.card import card
from bot.views.context import Context
from bot.views.diagnosis import diagnosis, early
from bot.views.forms import channel_form, name_form, reject_form
from bot.views.help import help_all, help_one
from bot.views.history import status
from bot.views.home import home
from bot.views.listing import listing
from bot.views.notes import noted, on_hold
from bot.views.problems import bug, problem, said
from bot.views.publishing import formats, how, letter
from bot.views.removal import (
    clean_up,
    confirm_release,
    confirm_remove,
    confirm_unask,
    finish_form,
    import_unasked,
    release_asked,
    removal_asked,
    removing,
)

__all__ = [
    "activation_state", "adopted", "asked", "at", "bug", "card", "channel_form", "channel_gone",
    "channel_refused", "clean_up", "confirm_many", "confirm_release", "confirm_remove", "confirm_unask",
    "conflict", "diagnosis", "early", "finish_form", "formats", "help_all", "help_one", "home", "how",
    "import_asked", "import_question", "import_unasked", "known", "letter", "listing", "name_form",
    "not_in_channel", "noted", "on_hold", "outdated", "own_vote", "plain", "posts_ended", "preparing",
    "problem", "reject_form", "release_asked", "removal_asked", "removing", "results", "status", "together",
    "told",
]  # fmt: skip

_FINE = ("added", "known")
_ROWS = 30  #: lines of *results* and *confirm_many* that are shown


def plain(key: str, c: Context, **facts: Any) -> Message:
    """One sentence from the texts."""
    sentence = c.t(key, **facts)
    return kit.message(sentence, [kit.section(sentence)])


def outdated(name: str, domain: EmailDomain | None, c: Context) -> Message:
    """A button of another life, or of a version whose buttons did not say for which life: nothing was done."""
    sentence = c.t("outdated.said", name=name)
    if domain is None or domain.state is State.REMOVED:
        return kit.message(sentence, [kit.section(sentence)])
    shown = card(domain, c, private=True)
    return Message(f"{kit.message(sentence, []).text}\n{shown.text}", [kit.section(sentence), *shown.blocks])


def known(domain: EmailDomain, c: Context) -> Message:
    """Somebody adds what is there: since when and by whom, and how it stands now."""
    sentence = c.t("known.lead", name=domain.name, who=words.who(domain.added_by, c), at=c.at(domain.added_at))
    shown = card(domain, c, private=True)
    return Message(f"{kit.message(sentence, []).text}\n{shown.text}", [kit.section(sentence), *shown.blocks])


# ---- adding


def preparing(domain: EmailDomain, c: Context, *, used: int | None = None, limit: int | None = None) -> Message:
    """The platform is making the records; the card follows. ``used`` of ``limit``: where few are left."""
    shown = unicode_form(domain.name)
    sentences = [
        c.t("preparing.lead", name=domain.name),
        c.t("preparing.idn", shown=shown) if shown != domain.name else "",
        c.t("preparing.then", channel=_channel(domain.channel, c)),
        c.t("preparing.used", used=used, limit=limit) if used is not None else "",
    ]
    return words.said(domain, c, sentences, practice=True)


def conflict(name: str, types: Sequence[str], c: Context) -> Message:
    """Something stands at the name already: nothing is registered until the person decides (S9)."""
    sentences = [c.t("conflict.lead", name=name, types=words.codes(types, c)), c.t("conflict.why"), c.t("conflict.fix")]
    stop = buttons.ask("add_anyway", c, danger=True, name=kit.cut(name, 120))
    row = kit.actions(
        kit.button(c.t.plain("button.rename"), "rename", name, style="primary"),
        kit.button(c.t.plain("button.add_anyway"), "add_anyway", name, style="danger", ask=stop),
    )
    lead = words.join(sentences, c)
    return kit.message(lead, [kit.section(lead), row])


def results(rows: Sequence[tuple[str, str, Problem | None]], c: Context) -> Message:
    """One line per name: ``(name, key of result.*, what went wrong)``."""
    lead = c.t("results.lead", n=len(rows))
    lines = [_result(*row, c) for row in rows[:_ROWS]]
    if len(rows) > _ROWS:
        lines.append(c.t("more", n=len(rows) - _ROWS))
    paragraphs = [kit.section(*lines[n : n + 10]) for n in range(0, len(lines), 10)]
    return kit.message([lead, *lines], [kit.section(lead), *paragraphs])


def _result(name: str, word: str, error: Problem | None, c: Context) -> Markup:
    if error is not None:
        return c.t("results.line", mark="❌", name=name, result=said(error, c)[0])
    result = c.t(f"result.{word}") if c.t.has(f"result.{word}") else c.t("as_is", words=word)
    return c.t("results.line", mark="✅" if word in _FINE else "⬜", name=name, result=result)


def confirm_many(names: Sequence[str], c: Context) -> Message:
    """One question before many names are added. Only as many as one button can carry."""
    fitting = list(names)
    while len(" ".join(fitting)) > kit.MAX_VALUE:
        fitting.pop()
    sentences = [c.t("confirm_many.lead", n=len(fitting))]
    if len(fitting) < len(names):
        sentences.append(c.t("confirm_many.too_many", n=len(names) - len(fitting)))
    shown = [c.t("bullet", words=words.codes([name], c)) for name in fitting[:_ROWS]]
    if len(fitting) > _ROWS:
        shown.append(c.t("more", n=len(fitting) - _ROWS))
    row = kit.actions(
        kit.button(c.t.plain("button.add_all", n=len(fitting)), "add_all", " ".join(fitting), style="primary")
    )
    lead = words.join(sentences, c)
    return kit.message(lead, [kit.section(lead), kit.section(*shown), row])


def not_in_channel(domain: EmailDomain, channel: str, c: Context) -> Message:
    """The records for the person, and what to do so that the posts can follow."""
    sentences = [c.t("not_in_channel.lead", name=domain.name, channel=_channel(channel, c))]
    if not domain.records:
        sentences.append(c.t("not_in_channel.no_records"))
    blocks: list[kit.Block] = [kit.copyable((c.t.plain("not_in_channel.invite"), "/invite @emaildomain"))]
    for record in words.ordered(domain.records):
        blocks.append(kit.section(c.t("strong", words=words.record(record.type, c))))
        blocks.append(kit.copyable(*words.to_copy(record, domain, c)))
    helpful = publishing.helpful(domain, c) if domain.records else []
    blocks.append(kit.actions(buttons.simple("channel", domain, c), *helpful))
    return words.said(domain, c, sentences, blocks, practice=True)


def channel_gone(domain: EmailDomain, channel: str, c: Context) -> Message:
    """To the owner: the channel is archived or deleted, the posts wait."""
    sentence = c.t("answer.channel_gone", name=domain.name, channel=kit.mention(channel))
    return words.said(domain, c, [sentence], [kit.actions(buttons.simple("channel", domain, c))])


def channel_refused(domain: EmailDomain, channel: str, error: str, c: Context) -> Message:
    """To the owner: Slack does not let the bot post there, and says why only in a word of its own."""
    sentence = c.t("answer.channel_refused", name=domain.name, channel=kit.mention(channel), error=error)
    return words.said(domain, c, [sentence], [kit.actions(buttons.simple("channel", domain, c))])


def posts_ended(domain: EmailDomain, channel: str, c: Context) -> Message:
    """To the owner: something that could not be posted is given up; the card will show how things stand."""
    sentence = c.t("answer.posts_ended", name=domain.name, channel=kit.mention(channel))
    row = kit.actions(buttons.simple("status", domain, c), buttons.simple("channel", domain, c))
    return words.said(domain, c, [sentence], [row])


def told(key: str, domain: EmailDomain, c: Context) -> Message:
    """One sentence to whoever has just decided something about a domain."""
    return words.said(domain, c, [c.t(f"answer.{key}", name=domain.name)])


def at(domain: EmailDomain) -> Markup:
    """The channel its posts go to."""
    return kit.mention(domain.channel)


def together(what: str, done: Sequence[str], left: Sequence[str], c: Context) -> Message:
    """What was asked or approved for several domains, and what was not."""
    sentences = [c.t(f"together.{what}", n=len(done), names=words.listed(done, c))]
    if left:
        sentences.append(c.t("together.left", names=words.listed(left, c)))
    lead = words.join(sentences, c)
    return kit.message(lead, [kit.section(lead)])


def own_vote(domain: EmailDomain, c: Context) -> Message:
    """To an approver who is about to ask."""
    lead = c.t("answer.own_vote", name=domain.name)
    return words.said(domain, c, [lead], [kit.actions(buttons.simple("ask_anyway", domain, c))])


def _channel(id: str, c: Context) -> Markup:
    return c.t("in_channel", channel=kit.mention(id)) if id[:1] in ("C", "G") else c.t("this_conversation")


# ---- activating


def asked(domain: EmailDomain, c: Context) -> Message:
    """To the person who has just asked for approval."""
    return words.asked(domain, c.t("asked.lead", name=domain.name), c, yet=True)


def activation_state(domain: EmailDomain, c: Context, *, missing_look: Look | None = None) -> Message:
    """What ``activate`` answers in each state, with the one helpful button."""
    look = missing_look or domain.look
    found = words.statuses(look)
    facts: dict[str, Any] = {
        "name": domain.name,
        "at": c.at(domain.opens_at),
        "txt": c.t(f"status.{found.get('TXT', 'unknown')}"),
        "cname": c.t(f"status.{found.get('CNAME', 'unknown')}"),
        "votes": Markup(""),
    }
    key = domain.state.value
    if domain.state is State.AWAITING_DNS and look is None:
        key = "awaiting_dns_unlooked"
    if domain.round and domain.state is State.AWAITING_APPROVAL:
        facts |= {"n": domain.round.missing, "until": c.at(domain.round.expires_at)}
        facts["votes"] = words.people(domain.round.voters, c)
    else:
        facts |= {"n": 1, "until": c.t("unknown_time")}
    if words.held(domain):
        key = "waiting_held"
    action = _HELPFUL.get(domain.state)
    style = "primary" if action == "activate" else ""
    row = kit.actions(buttons.simple(action, domain, c, style=style)) if action else None
    paragraphs: Iterable[kit.Block] = ()
    if look and domain.state in (State.AWAITING_DNS, State.STALLED):
        amiss = [f for f in look.findings if f.kind in ("wrong", "missing")]
        paragraphs = [*findings.paragraphs(look.findings, c), *words.paste(domain, amiss, c)]
    sentence = c.t(f"activation_state.{key}", **facts)
    if domain.state is State.WAITING and domain.held_by and not words.held(domain):
        sentence = c.t(f"card.lead.early_{domain.held_by}", name=domain.name)
    return words.said(domain, c, [sentence], [*paragraphs, row])


_HELPFUL = {
    State.AWAITING_DNS: "check",
    State.STALLED: "check",
    State.READY: "activate",
    State.AWAITING_APPROVAL: "status",
    State.ACTIVATING: "status",
    State.WAITING: "status",
    State.OPEN: "status",
    State.DEGRADED: "check",
    State.REMOVING: "check",
}
