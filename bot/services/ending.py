"""After a life ended because the platform no longer had the name: was that meant, and are its records out of DNS?"""

from __future__ import annotations

from bot.errors import NotFound, OtherLife
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from bot.model.needs import CHECKS, Need
from bot.model.observations import Wish
from bot.model.people import Who
from bot.model.roles import Action
from bot.model.schedule import next_look
from bot.ports import Ports
from bot.services import authorizing, binding
from bot.services.polling import poll
from bot.services.updating import alter, meant

YES, NO = "yes", "no"
_GONE = (Need.SURE_TIME, Need.TWO_POLLS, Need.ALL_ANSWERED)  #: what makes sure that no server gives the CNAME


async def answer(ports: Ports, text: str, said: str, *, by: Who) -> EmailDomain:
    """*Yes, clean up* or *No, I'll look*, by the owner or an approver; the last answer counts.

    The button says when the name was gone, since one life can lose its name more than once.
    """
    await authorizing.person(ports, by)
    text, _, asked = text.partition(" ")
    name, life = meant(text)
    domain = await ports.store.domain(by.team, name)
    if domain is None:
        raise NotFound(name)
    if domain.life != life or domain.state is not State.REMOVED or domain.gone_at is None:
        raise OtherLife(name)
    await authorizing.require(ports, Action.GONE, by, domain)

    def decide_(draft: Draft) -> bool:
        d = draft.domain
        if d.state is not State.REMOVED or d.gone_at is None or asked not in ("", str(d.gone_at)):
            raise OtherLife(name)
        if d.gone_answer == said:
            return False
        draft.set(gone_answer=said, gone_by=by.user).note(f"gone_{said}", by=by.user)
        if said == YES:
            draft.observe(d.observations.with_wish(Wish(draft.now, by.user)))
            draft.set(watch_from=draft.now, next_look_at=draft.now, boost_until=None)
        return True

    return await alter(ports, domain, decide_, intent=by.intent)


async def unanswered(ports: Ports, domain: EmailDomain, mark: str) -> EmailDomain:
    """Three days without an answer: the approvers read what a CNAME left behind means."""

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REMOVED or mark in draft.domain.told:
            return False
        draft.tell(mark).say(Kind.REMINDER, {"why": "gone_unanswered"})
        return True

    return await alter(ports, domain, decide_)


async def clean_up(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Watch until no server gives the CNAME any more, and say so: as sure of it as a deletion has to be."""
    seen = await poll(ports, domain)
    case = await binding.case(ports, domain, None)

    def decide_(draft: Draft) -> bool:
        d = draft.domain
        if d.state is not State.REMOVED or d.gone_answer != YES:
            return False
        draft.observe(d.observations.with_poll(seen, timed=ports.clock.sure))
        now = case(draft.domain, draft.now)
        lacks = [lack for need in _GONE if (lack := CHECKS[need](now)) is not None]
        if not lacks:
            draft.set(next_look_at=None).note("cname_gone", by="dns")
            draft.say(Kind.REMINDER, {"why": "cleaned_up"})
            return True
        soon = [lack.until for lack in lacks if lack.until is not None and lack.until > draft.now]
        later = next_look(d.but(state=State.REMOVING), draft.now, ports.rhythm)
        draft.set(next_look_at=min([*soon, later or draft.now + ports.rhythm["look_late"]]))
        return True

    return await alter(ports, domain, decide_)
