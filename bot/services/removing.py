"""Safe removal: the records come out of DNS first, then the platform forgets the name.

A CNAME left behind after the platform has let go of the name can be claimed by others.
"""

from __future__ import annotations

from bot.errors import PlatformDown, PlatformRefused
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import REMOVAL_NEEDS_APPROVAL, Event, Kind, State
from bot.model.people import Who
from bot.model.schedule import backoff
from bot.ports import Ports, Stage
from bot.services import permitting
from bot.services.activating import new_round, request
from bot.services.observing import lapse
from bot.services.saving import alter, find

_S = State


async def consider(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Whether this person may remove this domain; changes nothing. What follows is confirmed first."""
    await permitting.person(ports, by)
    domain = await find(ports, by.team, text)
    await permitting.owner_or_approver(ports, domain, by, "remove")
    return domain


async def remove(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Start a removal, at once or by asking the approvers; what it does depends on the state."""
    domain = await consider(ports, text, by=by)
    if domain.state in REMOVAL_NEEDS_APPROVAL and domain.round is None:
        await permitting.enough_approvers(ports, domain, by.user, ports.settings.approvals)

    def decide(draft: Draft) -> bool:
        state = draft.domain.state
        if state in (_S.REMOVING, _S.REMOVED):
            return False
        if state in REMOVAL_NEEDS_APPROVAL:
            return _ask(draft, ports, by)
        _start(draft, by)
        return True

    return await alter(ports, domain, decide, intent=by.intent)


def _ask(draft: Draft, ports: Ports, by: Who) -> bool:
    if draft.domain.round is not None:
        return False
    asked = new_round(draft, ports, Purpose.REMOVAL, by.user)
    draft.open_round(asked).note("removal_asked", by=by.user)
    draft.say(Kind.APPROVAL, request(ports, draft, asked, None))
    return True


def _start(draft: Draft, by: Who) -> None:
    """Before activation no approval is needed. A domain of which no record was ever seen goes at once."""
    d = draft.domain
    at_once = d.state is _S.REGISTERING or (d.state in (_S.AWAITING_DNS, _S.STALLED) and not d.seen)
    if d.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "removed"))
    draft.move(Event.REMOVAL_STARTED, by=by.user, quiet=at_once, facts={"by": by.user})
    draft.set(
        watch_from=draft.now, next_look_at=draft.now, boost_until=None, nothing_at=None, deleting=at_once,
        next_platform_at=draft.now, platform_tries=0,
    )  # fmt: skip


async def delete(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Ask the platform to delete until it says that the name is gone; asking first makes it safe to repeat."""
    answer, refusal = None, ""
    try:
        answer = await ports.platform.look(domain.name)
        if answer.stage is not Stage.ABSENT:
            await ports.platform.delete(domain.name)
    except PlatformDown:
        answer = None
    except PlatformRefused as refused:
        answer, refusal = None, refused.said or refused.reason

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not _S.REMOVING or not draft.domain.deleting:
            return False
        if answer is not None and answer.stage is Stage.ABSENT:
            facts = {"why": "removed", "by": draft.domain.owner, "said": ""}
            if not draft.domain.records:  # nothing of it was ever in the channel
                facts["to"] = draft.domain.owner
            draft.move(Event.REMOVED, by="platform", facts=facts)
            return True
        if refusal and "delete_refused" not in draft.domain.told:
            draft.tell("delete_refused").note("failed", by="platform", why=refusal)
            draft.say(Kind.FAILED, {"why": "delete_refused", "findings": [], "said": refusal})
        tries = draft.domain.platform_tries + 1
        wait = backoff(ports.rhythm["prepare_first"], ports.rhythm["prepare_cap"], tries - 1)
        draft.set(platform_tries=tries, next_platform_at=draft.now + wait)
        return True

    return await alter(ports, domain, decide)
