"""Who is mentioned in which message, because Slack tells nobody of a reply in a thread the bot began."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.config.parsing import Approvers
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice
from bot.services.approving import asker

_OWNER, _ASKER, _APPROVERS = "owner", "asker", "approvers"

MENTIONS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.WRONG_RECORD: (_OWNER,),
        Kind.READY: (_OWNER,),
        Kind.STALLED: (_OWNER,),
        Kind.DEGRADED: (_OWNER,),
        Kind.GUARD: (_OWNER,),
        Kind.REMOVING: (_ASKER, _OWNER),
        Kind.REMOVED: (_OWNER,),
        Kind.REMINDER: (_OWNER,),
        Kind.APPROVAL: (_APPROVERS,),
        Kind.DECIDED: (_ASKER, _OWNER),
        Kind.FAILED: (_ASKER, _OWNER),
        Kind.SENDING_ALLOWED: (_ASKER, _OWNER),
    }
)


def mentions(notice: Notice, domain: EmailDomain, approvers: Approvers) -> tuple[str, ...]:
    """Ids of users and user groups, each once; nobody in a private message, nor for what they did themselves."""
    if "to" in notice.facts or "followed" in notice.facts:
        return ()
    roles = MENTIONS.get(notice.kind, ())
    why = notice.facts.get("why")
    if notice.kind is Kind.REMINDER and why == "approval":
        roles = (_APPROVERS,)
    if notice.kind is Kind.REMINDER and why == "gone_unanswered":
        roles = (_OWNER, _APPROVERS)
    if notice.kind is Kind.REMOVED and why not in ("gone", "left"):
        roles = ()
    people: dict[str, tuple[str | None, ...]] = {
        _OWNER: (domain.owner,),
        _ASKER: (notice.facts.get("asked_by") or _started(notice) or asker(domain),),
        _APPROVERS: (*approvers.users, *approvers.groups),
    }
    called = dict.fromkeys(someone for role in roles for someone in people[role] if someone)
    return tuple(someone for someone in called if someone != _actor(notice))


def _actor(notice: Notice) -> str | None:
    """Who did what is told; who asked cannot approve."""
    if notice.kind is Kind.APPROVAL or notice.facts.get("why") == "approval":
        return notice.facts.get("asked_by")
    if notice.kind is Kind.REMOVED:  # whoever wanted it did not do it now: the platform did
        return None
    return notice.facts.get("actor") or notice.facts.get("by")


def _started(notice: Notice) -> str | None:
    """Who asked for a removal that has begun."""
    return notice.facts.get("by") if notice.kind is Kind.REMOVING else None
