"""Which view words which kind of message to the channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.message import Message
from bot.views import kit, news_approval, news_dns, news_life
from bot.views.card import card
from bot.views.context import Context

View = Callable[[EmailDomain, dict[str, Any], Context, tuple[str, ...]], Message]


def _card(domain: EmailDomain, facts: dict[str, Any], c: Context, mentions: tuple[str, ...]) -> Message:
    return card(domain, c)


VIEWS: Mapping[Kind, View] = {
    Kind.RECORDS: _card,
    Kind.CARD: _card,
    Kind.WRONG_RECORD: news_dns.wrong_record,
    Kind.READY: news_dns.ready,
    Kind.APPROVAL: news_approval.approval,
    Kind.DECIDED: news_approval.decided,
    Kind.ACTIVATED: news_life.activated,
    Kind.SENDING_ALLOWED: news_life.sending_allowed,
    Kind.FAILED: news_life.failed,
    Kind.STALLED: news_dns.stalled,
    Kind.DEGRADED: news_dns.degraded,
    Kind.RECOVERED: news_dns.recovered,
    Kind.REMINDER: news_dns.reminder,
    Kind.GUARD: news_life.guard,
    Kind.REMOVING: news_life.removing,
    Kind.REMOVED: news_life.removed,
}


def render(
    kind: Kind, domain: EmailDomain, facts: dict[str, Any], c: Context, mentions: tuple[str, ...] = ()
) -> Message:
    """The words of one message. ``mentions`` are those who should act; the message begins with them."""
    return VIEWS[kind](domain, facts, c, mentions)


def plain(kind: Kind, domain: EmailDomain, c: Context, mentions: tuple[str, ...] = ()) -> Message:
    """What is left where a message cannot be worded: what it is about, and where the rest can be read. No blocks."""
    called = " ".join(kit.mention(someone) for someone in mentions)
    sentence = c.t(f"plain.{kind.value}", name=domain.name)
    return Message(f"{called} {sentence} {c.t('plain.more', name=domain.name)}".strip(), [])
