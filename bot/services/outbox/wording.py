"""The words of a message, in the language of whoever reads it; in one plain sentence where there are no others."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.errors import Problem
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.message import Message
from bot.model.outbox import Notice
from bot.ports import Ports
from bot.services import binding, grouping
from bot.services.applying_look import decided
from bot.services.outbox.mentioning import mentions, votable
from bot.views import notices
from bot.views.context import Context, context

log = structlog.get_logger(__name__)


class Wording:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def words(self, notice: Notice, domain: EmailDomain) -> Message:
        """A fact in the channel's language (a private one in the reader's)."""
        notice = replace(notice, facts=notice.facts | await grouping.facts(self._ports, notice))
        facts = dict(notice.facts)
        if "round" in facts:
            asked = await self._ports.store.round(domain.team, domain.name, int(facts["round"]))
            if notice.kind is Kind.APPROVAL and asked is not None and not asked.open:
                facts["decided"] = decided(asked)
        ctx = await self.context(domain, facts.get("to"))
        if notice.kind is Kind.APPROVAL and "decided" not in facts:
            ctx = replace(ctx, held=await binding.held(self._ports) is not None)
        approvers = await votable(self._ports.directory, notice, self._ports.settings.approvers)
        return notices.render(notice.kind, domain, facts, ctx, mentions(notice, domain, approvers))

    async def words_or_plain(self, notice: Notice, domain: EmailDomain) -> Message:
        """As :meth:`words`; what cannot be worded, whatever its facts hold, says plainly what it is about."""
        try:
            return await self.words(notice, domain)
        except Problem:
            raise
        except Exception as error:
            log.error("message without words", key=notice.key, exc_info=error)
        ctx = await self.context(domain, None)
        return notices.plain(notice.kind, domain, ctx, () if "to" in notice.facts else (domain.owner,))

    async def context(self, domain: EmailDomain, reader: str | None) -> Context:
        settings = self._ports.settings
        person = self._ports.directory.known(reader) if reader else None
        language = person.language if person else settings.language
        return context(self._ports, language, person.timezone if person else str(settings.timezone))
