"""The answer to ``status``: the card and the last changes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.i18n.translator import Markup
from bot.model.domain import EmailDomain, Entry
from bot.model.lifecycle import Event
from bot.model.message import Message
from bot.views import kit, words
from bot.views.card import card
from bot.views.context import Context

_LAST = 10


def status(domain: EmailDomain, entries: Sequence[Entry], c: Context) -> Message:
    """``entries``: newest first or oldest first; shown newest first."""
    shown = card(domain, c, private=True)
    last = sorted(entries, key=lambda e: e.at, reverse=True)[:_LAST]
    lines = [_line(entry, c) for entry in last]
    if not lines:
        return shown
    added = c.t("known.status", who=words.who(domain.added_by, c), at=c.at(domain.added_at))
    story = [kit.divider(), kit.context(added), kit.section(c.t("history.title", n=len(lines)), *lines)]
    ends = [block for block in shown.blocks if block["type"] == "actions"]
    body = [block for block in shown.blocks if block["type"] != "actions"]
    return Message(shown.text, [*body, *ends, *story])


def _line(entry: Entry, c: Context) -> Markup:
    event = c.t(f"event.{entry.event}") if c.t.has(f"event.{entry.event}") else c.t("as_is", words=entry.event)
    key = "moved" if entry.after and entry.after != entry.before else "stayed"
    state = "released" if entry.event == Event.RELEASED else entry.after
    after = c.t(f"state.{state}.name") if state else Markup("")
    by = c.t("history.by", who=words.who(entry.by, c)) if kit.is_person(entry.by) else Markup("")
    line = c.t(f"history.{key}", at=c.at(entry.at), event=event, who=by, after=after)
    if entry.why and kit.is_person(entry.by):
        line = words.join([line, c.t("quote", words=kit.cut(entry.why, 200))], c)
    return line
