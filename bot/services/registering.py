"""*registering*: the platform makes the records, asynchronously; nothing is in the channel before both are known.

The intention to create is stored before the platform is asked, and what it answered afterwards. A name is taken for
ours only where our own create is on record: what the platform had already belongs to somebody, and is imported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.errors import PlatformDown, PlatformRefused, PlatformUnclear
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Look
from bot.model.observations import NOTHING, Create, Observations, Org, Wish
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.model.registration import Registration, Stage
from bot.model.schedule import next_look
from bot.ports import Ports
from bot.services import binding, retrying
from bot.services.applying_look import observe
from bot.services.updating import alter

#: How long (ms) what was created may stay unseen before it is asked for again: where the answer was lost, and where it
#: was accepted. The vendor's own Terraform provider waits 90 s for such things. Network time: not divided by the pace.
UNCLEAR, ACCEPTED = 90_000, 600_000

_REFUSED = "refused_meanwhile"  #: mark of the one-time remark that the platform does not show what we made
_FAILED = "failed_"  #: begin of the mark that the platform said *failed*, and when (UTC ms)


def begin(
    ports: Ports, name: str, by: Who, past: EmailDomain | None, *, channel: str, org: Org | None, **known: Any
) -> Draft:
    """A new life of ``name``, after the ``past`` one if there was any; ``known`` are further fields of the domain."""
    now = ports.clock.now()
    where = org or Org("", "")
    domain = EmailDomain(
        team=by.team, name=name, life=past.life + 1 if past else 1, version=past.version if past else 0,
        state=State.REGISTERING, since=now, owner=by.user, channel=channel, added_by=by.user, added_at=now,
        platform=where.platform, org_id=where.id, org=where.name, rounds=past.rounds if past else 0,
        next_platform_at=now, deleted_until=deleted_until(ports, past), observations=_kept(past), **known,
    )  # fmt: skip
    draft = Draft(past or domain, now, new=past is None)
    draft.domain = domain
    return draft


def _kept(past: EmailDomain | None) -> Observations:
    """Of an earlier life only which servers served the zone: they may give its CNAME still."""
    if past is None:
        return NOTHING
    seen = Observations(listed=past.observations.listed)
    return seen if past.look is None else seen.with_listed(past.look.asked(), past.look.at)


def deleted_until(ports: Ports, past: EmailDomain | None) -> int | None:
    """Until when the past life, which we deleted, may still show at the platform."""
    deleted = past.observations.deleted if past is not None else None
    if deleted is None or deleted.answered_at is None:
        return None
    return deleted.answered_at + ports.rhythm["deleted_recently"]


async def prepare(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """One step towards both records; may be repeated after a crash or a lost answer."""
    try:
        answer = await ports.platform.look(domain.name)
        domain = await _bind(ports, domain, answer.org)
        if not domain.account.is_same(answer.org):
            return await _again(ports, domain)  # another org, or it does not say which: nothing is created there
        if answer.stage is Stage.ABSENT and domain.observations.approved(Purpose.IMPORT, domain.org_id):
            return await _again(ports, domain)  # what was there is not made by us
        if answer.stage is Stage.ABSENT:
            return await (_again(ports, domain) if _may_still_show(ports, domain) else _create(ports, domain))
    except PlatformDown:
        return await _again(ports, domain)
    except PlatformRefused as refused:
        # Not being let in is no word about this name: it is prepared once the operators have mended that.
        passing = refused.reason in ("credentials", "another_org")
        return await (_again(ports, domain) if passing else _refuse(ports, domain, refused, created=True))
    return await _take(ports, domain, answer)


async def _bind(ports: Ports, domain: EmailDomain, org: Org | None) -> EmailDomain:
    """A life that began before the platform said which org this is belongs to the database's own."""
    if org is None or (not domain.org_id and domain.org and domain.org != org.name):
        return domain
    if not await binding.meet(ports, org, patient=True) or domain.org_id:
        return domain

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING or draft.domain.org_id:
            return False
        binding.bind_to(draft, org)
        return True

    return await alter(ports, domain, decide_)


def _may_still_show(ports: Ports, domain: EmailDomain) -> bool:
    """Our own create may be carried out already and only not be visible yet."""
    made, now = domain.observations.created, ports.clock.now()
    if made is None:
        return False
    since, wait = (made.at, UNCLEAR) if made.answered_at is None else (made.answered_at, ACCEPTED)
    return 0 <= now - since < wait


async def _create(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Ask the platform to create the name: the intention first, then the call, then its answer."""
    if await binding.held(ports) is not None:
        return await _again(ports, domain)
    last = domain.observations.created

    def intend(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING or draft.domain.observations.created != last:
            return False
        # Until the answer is stored it may have been carried out: the process can be killed on any of these lines.
        made = Create(draft.now, draft.domain.account, lost=True)
        draft.observe(replace(draft.domain.observations, created=made))
        return True

    before = domain.version
    domain = await alter(ports, domain, intend)
    made = domain.observations.created
    if domain.version == before or made is None:
        return domain
    try:
        await ports.platform.register(domain.name, domain.account)
    except PlatformUnclear:
        return await _answered(ports, domain, made)
    except PlatformDown:
        return await _answered(ports, domain, last)  # it surely did not reach them
    except PlatformRefused as refused:
        if refused.reason == "exists":
            return await _existing(ports, domain, made, last)
        if refused.reason in ("credentials", "another_org"):
            return await _answered(ports, domain, last)
        domain = await _answered(ports, domain, last)
        return await _refuse(ports, domain, refused)
    return await _answered(ports, domain, replace(made, answered_at=ports.clock.now()))


async def _answered(ports: Ports, domain: EmailDomain, made: Create | None) -> EmailDomain:
    """What is known of our create now. Also of a life that somebody removes meanwhile: it has to be found again."""

    def decide_(draft: Draft) -> bool:
        draft.observe(replace(draft.domain.observations, created=made))
        if draft.domain.state is State.REGISTERING:
            _later(draft, ports)
        return True

    return await alter(ports, domain, decide_)


async def _existing(ports: Ports, domain: EmailDomain, made: Create, last: Create | None) -> EmailDomain:
    """*There is one already*: our own earlier try, whose answer was lost; or somebody else's.

    What nobody here can see after a while is in another org.
    """
    if last is not None and last.on_record:
        return await _answered(ports, domain, replace(made, at=last.at, answered_at=last.answered_at))
    elsewhere = last is not None and not _deleted_lately(ports, domain)
    domain = await _answered(ports, domain, replace(last or made, lost=False))
    if elsewhere:
        return await _refuse(ports, domain, PlatformRefused(ports.platform.name, "elsewhere"))
    return domain


async def _take(ports: Ports, domain: EmailDomain, answer: Registration) -> EmailDomain:
    """The platform shows the name: whose it is decides."""
    case = await binding.case(ports, domain, answer.org)
    seen = binding.read(ports, domain, answer)
    imported = seen.approved(Purpose.IMPORT, domain.org_id) is not None
    permit = decide(Step.IMPORT if imported else Step.TAKE, case(domain, ports.clock.now(), seen))
    if not isinstance(permit, Permit):
        if not imported and (seen.created is None or not seen.created.on_record):
            if _deleted_lately(ports, domain):
                return await _again(ports, domain)
            return await _already_there(ports, domain)
        return await _again(ports, domain)
    if answer.stage is Stage.FAILED:
        return await _failed(ports, domain, answer)
    if not answer.records:
        return await _again(ports, domain)
    return await _begin_watching(ports, domain, answer, permit, seen)


def _deleted_lately(ports: Ports, domain: EmailDomain) -> bool:
    """An earlier life was deleted by us a moment ago, and may still show."""
    return domain.deleted_until is not None and ports.clock.now() < domain.deleted_until


async def _again(ports: Ports, domain: EmailDomain) -> EmailDomain:
    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        _later(draft, ports)
        return True

    return await alter(ports, domain, decide_)


def _later(draft: Draft, ports: Ports) -> None:
    draft.set(next_platform_at=retrying.again(draft, ports.rhythm))


async def _begin_watching(
    ports: Ports, domain: EmailDomain, answer: Registration, permit: Permit, seen: Observations
) -> EmailDomain:
    # What stands there now was there before anybody could know the records: a conflict, not somebody's mistake.
    look = await ports.dns.look(domain.name, answer.records, resolvers=False)

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        draft.set(records=answer.records, baseline=tuple(f.identity for f in look.findings if f.kind == "wrong"))
        draft.observe(replace(draft.domain.observations, absences=seen.absences))
        draft.move(Event.RECORDS_KNOWN, by="platform", permit=permit)
        start_watching(draft, ports, look)
        return True

    return await alter(ports, domain, decide_)


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


async def _refuse(ports: Ports, domain: EmailDomain, refused: PlatformRefused, *, created: bool = False) -> EmailDomain:
    """The platform refuses for good. ``created``: it refused to show the name, not to create it."""
    step = Step.DROP if created else Step.REFUSE
    case = await binding.case(ports, domain, domain.account, refused=True)
    facts = {"why": "refused", "reason": refused.reason, "said": refused.said, "to": domain.owner}

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        permit = decide(step, case(draft.domain, draft.now))
        if not isinstance(permit, Permit):
            # Our own create is on record, so the name is not given up; the person reads what is in the way.
            if _REFUSED not in draft.domain.told:
                draft.tell(_REFUSED)
                draft.say(Kind.REMINDER, {"why": "preparing", "reason": refused.reason, "to": draft.domain.owner})
            _later(draft, ports)
            return True
        # Nothing of this name is in the channel yet: the person who added it is told.
        draft.move(Event.REFUSED, by="platform", why=refused.said or refused.reason, facts=facts, permit=permit)
        return True

    return await alter(ports, domain, decide_)


async def _already_there(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Somebody has registered the name there: it is not taken for ours."""
    return await _refuse(ports, domain, PlatformRefused(ports.platform.name, "exists"), created=True)


def twice_failed(draft: Draft, ports: Ports) -> bool:
    """One reading that says so may be odd: it is read again some minutes later before anything is made of it."""
    at = next((int(mark.removeprefix(_FAILED)) for mark in draft.domain.told if mark.startswith(_FAILED)), None)
    if at is None:
        draft.tell(f"{_FAILED}{draft.now}")
        at = draft.now
    again = at + ports.rhythm["polls_apart"]
    if draft.now < again:
        draft.set(next_platform_at=again)
    return draft.now >= again


async def _failed(ports: Ports, domain: EmailDomain, answer: Registration) -> EmailDomain:
    """Created, and refused behind the scenes: it is deleted there, and then the person is told why."""

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        if not twice_failed(draft, ports):
            return True
        draft.observe(draft.domain.observations.with_wish(Wish(draft.now, "platform")))
        draft.move(Event.REMOVAL_STARTED, by="platform", why=answer.said or "failed", quiet=True)
        draft.set(removing_from=State.REGISTERING, refused=("failed", answer.said), next_look_at=draft.now)
        draft.set(watch_from=draft.now, platform_tries=0)
        return True

    return await alter(ports, domain, decide_)


async def late(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """After ten minutes the person reads that it is still being prepared."""

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not State.REGISTERING:
            return False
        draft.tell("late").say(Kind.REMINDER, {"why": "preparing", "to": draft.domain.owner})
        return True

    return await alter(ports, domain, decide_)
