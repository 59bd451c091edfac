"""*registering*: the platform makes the records, asynchronously; nothing is in the channel before both are known."""

from __future__ import annotations

from typing import Any

from bot.errors import PlatformDown, PlatformRefused
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Look
from bot.model.people import Who
from bot.model.schedule import backoff, next_look
from bot.ports import Ports, Registration, Stage
from bot.services.observing import observe
from bot.services.saving import alter


def begin(ports: Ports, name: str, by: Who, past: EmailDomain | None, *, channel: str, org: str, **known: Any) -> Draft:
    """A new life of ``name``, after the ``past`` one if there was any; ``known`` are further fields of the domain."""
    now = ports.clock.now()
    domain = EmailDomain(
        team=by.team, name=name, life=past.life + 1 if past else 1, version=past.version if past else 0,
        state=State.REGISTERING, since=now, owner=by.user, channel=channel, added_by=by.user, added_at=now, org=org,
        rounds=past.rounds if past else 0, next_platform_at=now, **known,
    )  # fmt: skip
    draft = Draft(past or domain, now, new=past is None)
    draft.domain = domain
    return draft


async def prepare(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """One step towards both records. The intention is stored, so asking first what the platform has is enough
    to be safe after a crash or a lost answer."""
    try:
        answer = await ports.platform.look(domain.name)
        if answer.stage is Stage.ABSENT:
            answer = await ports.platform.register(domain.name)
    except PlatformDown:
        return await _again(ports, domain)
    except PlatformRefused as refused:
        # Not being let in is no word about this name: it is prepared once whoever runs the bot has mended that.
        return await (_again(ports, domain) if refused.reason == "credentials" else _refuse(ports, domain, refused))
    else:
        if answer.stage is Stage.FAILED:
            return await _refuse(ports, domain, PlatformRefused(ports.platform.name, "failed", answer.said))
        if answer.records:
            return await _begin_watching(ports, domain, answer)
        return await _again(ports, domain)


async def _again(ports: Ports, domain: EmailDomain) -> EmailDomain:
    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        tries = draft.domain.platform_tries + 1
        wait = backoff(ports.rhythm["prepare_first"], ports.rhythm["prepare_cap"], tries - 1)
        draft.set(platform_tries=tries, next_platform_at=draft.now + wait)
        return True

    return await alter(ports, domain, decide)


async def _begin_watching(ports: Ports, domain: EmailDomain, answer: Registration) -> EmailDomain:
    # What stands there now was there before anybody could know the records: a conflict, not somebody's mistake.
    look = await ports.dns.look(domain.name, answer.records, resolvers=False)

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        draft.set(records=answer.records, baseline=tuple(f.identity for f in look.findings if f.kind == "wrong"))
        draft.move(Event.RECORDS_KNOWN, by="platform")
        start_watching(draft, ports, look)
        return True

    return await alter(ports, domain, decide)


def start_watching(draft: Draft, ports: Ports, look: Look | None = None) -> None:
    """All waits of *awaiting_dns* counted from now."""
    now = draft.now
    draft.set(
        watch_from=now, boost_until=None, good_since=None, bad_since=None, suspect=None, nothing_at=None,
        told=(), next_look_at=now, platform_tries=0, next_platform_at=now + ports.rhythm["platform"],
    )  # fmt: skip
    if look is not None:
        observe(draft, look, ports.rhythm)
        draft.set(next_look_at=next_look(draft.domain, now, ports.rhythm))


async def _refuse(ports: Ports, domain: EmailDomain, refused: PlatformRefused) -> EmailDomain:
    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        # Nothing of this name is in the channel yet: the person who added it is told.
        facts = {"why": "refused", "reason": refused.reason, "said": refused.said, "to": draft.domain.owner}
        draft.move(Event.REFUSED, by="platform", why=refused.said or refused.reason, facts=facts)
        return True

    return await alter(ports, domain, decide)


async def late(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """After ten minutes the person reads that it is still being prepared."""

    def decide(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        draft.tell("late").say(Kind.REMINDER, {"why": "preparing", "to": draft.domain.owner})
        return True

    return await alter(ports, domain, decide)
