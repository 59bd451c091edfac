"""Who is mentioned in which message, because Slack tells nobody of a reply in a thread the bot began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.config.parsing import Approvers
from bot.errors import Trouble
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind
from bot.model.outbox import Notice
from bot.ports import Directory
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


async def votable(directory: Directory, notice: Notice, listed: Approvers) -> tuple[str, ...]:
    """Ids of the configured approvers whom this message calls, without people who could not vote.

    Whom Slack does not tell of now is called: they may be one who can.
    """
    if _APPROVERS not in _roles(notice):
        return ()
    return (*[user for user in listed.users if await _may_vote(directory, user)], *listed.groups)


async def _may_vote(directory: Directory, user: str) -> bool:
    try:
        return (await directory.person(user)).barred is None
    except Trouble:
        known = directory.known(user)
        return known is None or known.barred is None


def mentions(notice: Notice, domain: EmailDomain, approvers: Sequence[str]) -> tuple[str, ...]:
    """Ids of users and user groups, each once; nobody in a private message, nor for what they did themselves.

    ``approvers`` are those that :func:`votable` told of.
    """
    if "to" in notice.facts or "followed" in notice.facts:
        return ()
    people: dict[str, tuple[str | None, ...]] = {
        _OWNER: (domain.owner,),
        _ASKER: (notice.facts.get("asked_by") or _started(notice) or asker(domain),),
        _APPROVERS: tuple(approvers),
    }
    called = dict.fromkeys(someone for role in _roles(notice) for someone in people[role] if someone)
    return tuple(someone for someone in called if someone != _actor(notice))


def _roles(notice: Notice) -> tuple[str, ...]:
    """Who is called, by what they are to the domain."""
    roles = MENTIONS.get(notice.kind, ())
    why = notice.facts.get("why")
    if notice.kind is Kind.REMINDER and why == "approval":
        roles = (_APPROVERS,)
    if notice.kind is Kind.REMINDER and why == "gone_unanswered":
        roles = (_OWNER, _APPROVERS)
    if notice.kind is Kind.ACTIVATED and "asked_at" in notice.facts:
        roles = (_OWNER,)
    if notice.kind is Kind.REMOVED and why not in ("gone", "left"):
        roles = ()
    return roles


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
