"""Private answers to ``remove``."""

from __future__ import annotations

from bot.model.domain import EmailDomain
from bot.model.lifecycle import REMOVAL_NEEDS_APPROVAL, State
from bot.ports import Message
from bot.views import buttons, kit, words
from bot.views.context import Context

#: Where a domain may not have been seen in DNS yet.
_EARLY = (State.REGISTERING, State.AWAITING_DNS, State.STALLED)


def confirm_remove(domain: EmailDomain, c: Context) -> Message:
    """Before anything is removed: what will happen, and one more question."""
    unseen = not domain.seen and domain.state in _EARLY
    key = "approval" if domain.state in REMOVAL_NEEDS_APPROVAL else "unseen" if unseen else "seen"
    stop = buttons.question("ask_removal" if key == "approval" else "remove", domain, c, danger=key != "approval")
    text = c.t.plain("button.ask_removal" if key == "approval" else "button.remove_now")
    row = kit.actions(kit.button(text, "remove_anyway", domain.name, style="danger", ask=stop))
    return words.said(domain, c, [c.t(f"confirm_remove.{key}", name=domain.name)], [row], yet=False)


def removing(domain: EmailDomain, c: Context) -> Message:
    """Removal has begun: the records to delete, for the person who asked."""
    if not domain.seen or not domain.records:
        return words.said(domain, c, [c.t("remove.at_once", name=domain.name)], yet=False)
    blocks: list[kit.Block] = []
    for record in words.ordered(domain.records):
        title = c.t("removing.record", record=words.record(record.type, c))
        blocks += [kit.section(c.t("strong", words=title)), kit.copyable(*words.to_copy(record, domain, c))]
    sentences = [c.t("remove.begun", name=domain.name, where=words.where(domain, c)), c.t("removing.why")]
    return words.said(domain, c, sentences, blocks, yet=False)


def removal_asked(domain: EmailDomain, c: Context) -> Message:
    """To the person who asked for a removal that needs approval."""
    sentences = [c.t("remove.asked", name=domain.name)]
    if domain.round:
        sentences.append(c.t("remove.asked_until", n=domain.round.missing, at=c.at(domain.round.expires_at)))
    return words.said(domain, c, [*sentences, c.t("asked.own")], yet=False)
