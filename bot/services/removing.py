"""Safe removal: campaigns are switched off, the records come out of DNS, then the platform forgets the name.

A CNAME left behind after the platform has let go of the name can be claimed by others. So the platform is asked to
delete only with a permit (:mod:`bot.model.permits`), and until then everything can be stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import Forbidden, NotAllowed, PlatformDown, PlatformRefused, Superseded, TooEarly
from bot.model.approval import Outcome, Purpose
from bot.model.campaign import Campaigns
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import REMOVAL_NEEDS_APPROVAL, Event, Kind, State
from bot.model.look import Look
from bot.model.observations import CampaignReading, CnamePoll, Create, Delete, Observations, Wish
from bot.model.people import Who
from bot.model.permits import CHECKS, Lack, Need, Permit, Step, decide
from bot.model.records import RecordType
from bot.model.schedule import FLOOR, backoff, next_look
from bot.ports import Ports, Registration, Stage
from bot.services import adopting, binding, guarding, permitting, reading
from bot.services.asking import new_round, request
from bot.services.observing import decided, lapse
from bot.services.saving import alter, find

_S = State

#: Which deletion is tried first: what was never published goes within seconds.
_CAMPAIGNS = "campaigns_said"  #: mark of the one-time remark
APPROVAL_ASKED = "approval_asked"  #: mark: the approvers were asked after the removal had begun
_DELETIONS = (Step.DELETE_UNPUBLISHED, Step.DELETE, Step.DELETE_FORCED)


@dataclass(frozen=True, slots=True)
class Considered:
    """What a removal would mean: whether it needs approval, and the campaigns that use the domain (None: not read).

    ``unasked``: it was only asked to be imported, so there is nothing to remove but that request.
    """

    domain: EmailDomain
    approval: bool
    using: Campaigns | None
    unasked: bool = False


async def consider(ports: Ports, text: str, *, by: Who) -> Considered:
    """Whether this person may remove this domain; changes nothing. What follows is confirmed first.

    Raises what the platform raises: whether anything is at stake, it has to say now.
    """
    await permitting.person(ports, by)
    domain = await find(ports, by.team, text)
    await permitting.owner_or_approver(ports, domain, by, "remove")
    if adopting.only_asked(domain):
        return Considered(domain, approval=False, using=None, unasked=True)
    if domain.state is not _S.REMOVING:
        return await _considered(ports, domain)
    try:
        found = await _considered(ports, domain)
    except (PlatformDown, PlatformRefused):
        return Considered(domain, approval=False, using=None)
    # It has begun; approval is asked for once more where the platform says meanwhile that something is at stake.
    return replace(found, approval=found.approval and APPROVAL_ASKED in domain.told)


async def _considered(ports: Ports, domain: EmailDomain) -> Considered:
    answer = await reading.look(ports, domain)
    using = await guarding.campaigns(ports, domain.name)
    return Considered(domain, await _needs_approval(ports, domain, answer), using)


async def _needs_approval(ports: Ports, domain: EmailDomain, answer: Registration) -> bool:
    """Decided by what the platform says, not by our own state alone."""
    if domain.state in REMOVAL_NEEDS_APPROVAL:
        return True
    if domain.state is _S.REMOVING and _approved(domain):
        return False
    if domain.state is _S.REGISTERING and not domain.records and answer.stage is Stage.ABSENT:
        return False  # it has nothing of ours, and may never have
    case = await binding.case(ports, domain, answer.org)
    seen = binding.read(ports, domain, answer)
    return CHECKS[Need.NOTHING_AT_STAKE](case(domain, ports.clock.now(), seen)) is not None


def _approved(domain: EmailDomain) -> bool:
    wish, approved = domain.observations.wish, domain.observations.approved(Purpose.REMOVAL, domain.org_id)
    return wish is not None and approved is not None and approved.at >= wish.at


async def remove(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Start a removal, at once or by asking the approvers; what it does depends on the platform and the state."""
    considered = await consider(ports, text, by=by)
    domain, using = considered.domain, considered.using
    if considered.approval and domain.round is None:
        await permitting.enough_approvers(ports, domain, by.user, ports.settings.approvals)

    def decide_(draft: Draft) -> bool:
        state = draft.domain.state
        if adopting.only_asked(draft.domain) is not considered.unasked and state is not _S.REMOVED:
            raise Superseded(draft.domain.name)  # approved meanwhile: consider it anew
        if considered.unasked and state is _S.REGISTERING:
            _withdraw_import(draft, by.user)
            return True
        if state is _S.REMOVED or (state is _S.REMOVING and not considered.approval):
            return False
        if considered.approval or state in REMOVAL_NEEDS_APPROVAL:
            return _ask(draft, ports, Purpose.REMOVAL, by.user, using)
        start(draft, by.user, using)
        return True

    return await alter(ports, domain, decide_, intent=by.intent)


def _withdraw_import(draft: Draft, by: str) -> None:
    """Nothing was imported, so nothing is removed: the request ends, and with it this life."""
    if draft.domain.round is not None:
        closed = draft.close_round(Outcome.WITHDRAWN, by=by)
        draft.note("import_withdrawn", by=by).say(Kind.DECIDED, decided(closed))
    adopting.drop(draft, by)


def _ask(draft: Draft, ports: Ports, purpose: Purpose, by: str, using: Campaigns | None, reason: str = "") -> bool:
    if draft.domain.round is not None and draft.domain.round.purpose is purpose:
        return False
    if draft.domain.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "removal_asked", by))
    if draft.domain.state is _S.AWAITING_APPROVAL:
        draft.move(Event.LAPSED, by=by, quiet=True)
    asked = new_round(draft, ports, purpose, by)
    draft.open_round(asked).note(f"{purpose.value}_asked", by=by, why=reason)
    facts = request(ports, draft, asked, None, using)
    if purpose is Purpose.REMOVAL_FORCED:
        facts |= {"reason": reason, "servers": last_seen(draft.domain)}
    draft.say(Kind.APPROVAL, facts)
    return True


def announced(d: EmailDomain) -> bool:
    """Whether people have something to do when its removal begins, and are told."""
    return d.published and bool(d.records)


def start(draft: Draft, by: str, using: Campaigns | None = None, approved_by: str | None = None) -> None:
    """From here on what is seen counts. Of a name that was never published nobody has to do anything."""
    d = draft.domain
    if d.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "removed", by))
    facts = _begun(Wish(draft.now, by), using)
    if approved_by is not None:
        facts["actor"] = approved_by
    draft.move(Event.REMOVAL_STARTED, by=by, quiet=not announced(d), facts=facts)
    seen = d.observations.with_wish(Wish(draft.now, by))
    draft.observe(seen.with_listed(d.look.asked(), d.look.at) if d.look is not None else seen)
    draft.set(
        removing_from=d.state, watch_from=draft.now, next_look_at=draft.now, boost_until=None, nothing_at=None,
        next_platform_at=None, platform_tries=0, told=tuple(mark for mark in d.told if not mark.startswith("still_")),
    )  # fmt: skip


def _begun(wish: Wish | None, using: Campaigns | None) -> dict[str, Any]:
    """Facts of the message that says what to do; ``campaigns`` is None where they were not read."""
    campaigns = [c.as_facts() for c in using.found] if using and using.seen else None
    return {"by": wish.by if wish else "", "campaigns": campaigns, "wish_at": wish.at if wish else None}


# ---- the steps of a removal


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one step saw. ``answer`` is None where the platform could not be read, ``poll`` where DNS was not asked."""

    answer: Registration | None
    poll: CnamePoll | None
    campaigns: CampaignReading | None
    refusal: str = ""


async def step(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Look at everything a deletion rests on; delete where that is permitted; end the life where it is gone."""
    seen = await _see(ports, domain)
    if seen.answer is not None:
        domain = await reading.bind(ports, domain, seen.answer)
    case = await binding.case(ports, domain, seen.answer.org if seen.answer else None)
    permit: Permit | None = None

    def intend(draft: Draft) -> bool:
        nonlocal permit
        if draft.domain.state is not _S.REMOVING:
            return False
        unseen = not draft.domain.published
        draft.observe(_observed(ports, draft, seen))
        if seen.answer is not None:
            _compare(draft, ports, seen.answer)
        if unseen and draft.domain.published and draft.domain.records:
            draft.say(Kind.REMOVING, _begun(draft.domain.observations.wish, None))  # there is something to delete
        ended = decide(Step.DELETED, case(draft.domain, draft.now))
        if isinstance(ended, Permit):
            _end(draft, ended)
            return True
        asked = draft.domain.observations.deleted
        waits = _letting_go(draft.domain) or (asked is not None and asked.answered_at is not None)
        permit = None if waits else _permit(draft, case)
        if permit is not None:
            # The intention first: from here on nobody can stop it.
            draft.observe(
                replace(
                    draft.domain.observations, deleted=Delete(asked.at if asked else draft.now, draft.domain.account)
                )
            )
            draft.set(next_look_at=draft.now + ports.rhythm["prepare_first"])
            return True
        _schedule(draft, ports, case)
        return True

    domain = await alter(ports, domain, intend)
    if permit is None or domain.state is not _S.REMOVING:
        return domain
    return await _delete(ports, domain, permit)


def _compare(draft: Draft, ports: Ports, answer: Registration) -> None:
    """What happened at the platform since the removal began."""
    d = draft.domain
    seen = d.observations
    if answer.stage in reading.OUT and d.removing_from in reading.AFTER_ACTIVATION:
        draft.set(unprovisioned=True)
    if seen.reading is None or not seen.reading.present or answer.org is None or not d.account.is_same(answer.org):
        return
    if seen.reading.ours is False:
        # Deleted there and made again by somebody: what was approved was another registration.
        _forget(draft, purposes=(Purpose.REMOVAL, Purpose.REMOVAL_FORCED), created=None)
        draft.set(records=answer.records).note("records_changed", by="platform")
        if d.round is not None:
            draft.say(Kind.DECIDED, lapse(draft, "records"))
    elif seen.deleted is not None and draft.now >= seen.deleted.at + ports.rhythm["deleted_recently"]:
        # It is there long after it should be gone: the request never arrived, or somebody made it again.
        _forget(draft, purposes=(), created=seen.created)
        draft.note("delete_in_vain", by="platform")


def _forget(draft: Draft, *, purposes: Sequence[Purpose], created: Create | None) -> None:
    """The row of polls begins anew, and nothing has been asked of the platform."""
    seen = draft.domain.observations
    approvals = tuple(one for one in seen.approvals if one.purpose not in purposes)
    draft.observe(replace(seen, created=created, deleted=None, first=None, whole=None, last=None, approvals=approvals))
    draft.set(platform_tries=0, told=tuple(m for m in draft.domain.told if m not in (APPROVAL_ASKED, "delete_refused")))


async def _see(ports: Ports, domain: EmailDomain) -> _Seen:
    deleted = domain.observations.deleted
    answered = deleted is not None and deleted.answered_at is not None
    poll = None
    if not answered and domain.name:
        target = next((r.value for r in domain.records if r.type is RecordType.CNAME), None)
        kept = ports.clock.now() - ports.rhythm["counted"]
        poll = await ports.dns.poll(domain.name, target=target, former=domain.observations.counted(kept))
    refusal, answer = "", None
    try:
        answer = await reading.look(ports, domain)
    except PlatformDown:
        pass
    except PlatformRefused as refused:
        refusal = refused.reason
    near = not answered and answer is not None and _near(domain.observations, poll)
    return _Seen(answer, poll, await _campaigns(ports, domain.name) if near else None, refusal)


def _near(seen: Observations, poll: CnamePoll | None) -> bool:
    """Campaigns are read where DNS no longer stands in the way, or somebody wants to finish anyway."""
    return (poll is not None and (poll.clean or poll.denied)) or any(
        one.purpose is Purpose.REMOVAL_FORCED for one in seen.approvals
    )


async def _campaigns(ports: Ports, name: str) -> CampaignReading:
    found = await guarding.campaigns(ports, name)
    now = ports.clock.now()
    if found is None:
        return CampaignReading(now, None)
    return CampaignReading(now, found.seen, tuple(sorted(c.name for c in found.live)))


def _observed(ports: Ports, draft: Draft, seen: _Seen) -> Observations:
    known = draft.domain.observations
    if seen.answer is not None:
        known = binding.read(ports, draft.domain, seen.answer, draft.now)
    if seen.poll is not None:
        known = known.with_poll(seen.poll)
    if seen.campaigns is not None:
        known = replace(known, campaigns=seen.campaigns)
    return known


def _letting_go(domain: EmailDomain) -> bool:
    """Its owner has asked to let go of it and change nothing: nothing is deleted before that is decided."""
    return domain.round is not None and domain.round.purpose is Purpose.RELEASE


def _permit(draft: Draft, case: binding.CaseOf) -> Permit | None:
    for step_ in _DELETIONS:
        found = decide(step_, case(draft.domain, draft.now))
        if isinstance(found, Permit):
            return found
    return None


def missing(domain: EmailDomain, case: binding.CaseOf, now: int) -> Sequence[Lack]:
    """What the likeliest deletion still lacks."""
    step_ = Step.DELETE if domain.published or _approved(domain) else Step.DELETE_UNPUBLISHED
    found = decide(step_, case(domain, now))
    return () if isinstance(found, Permit) else found


def _schedule(draft: Draft, ports: Ports, case: binding.CaseOf) -> None:
    """When to look again: in the rhythm of watching, and at the moment at which a second round can decide."""
    d, now = draft.domain, draft.now
    lacks = missing(d, case, now)
    if _CAMPAIGNS not in d.told and d.observations.campaigns is not None and d.observations.campaigns.on:
        _say_campaigns(draft, d.observations.campaigns.on)
    there = CHECKS[Need.PRESENT](case(d, now)) is None  # of a platform that does not tell, nothing is known
    wanted = there and d.observations.deleted is None and d.round is None and _unapproved(d, lacks)
    if wanted and APPROVAL_ASKED not in d.told:
        # It began without, and now the platform says that something is at stake: activated there meanwhile.
        draft.tell(APPROVAL_ASKED)
        _ask(draft, ports, Purpose.REMOVAL, d.observations.wish.by if d.observations.wish else d.owner, None)
        d = draft.domain
    waits = next_look(d, now, ports.rhythm) or now + ports.rhythm["look_late"]
    rounds = [lack.until for lack in lacks if lack.need in (Need.TWO_POLLS, Need.TWO_QUICK_POLLS)]
    soon = [until for until in rounds if until is not None and until > now]
    needs = {lack.need for lack in lacks}
    if soon and needs <= {Need.TWO_POLLS, Need.TWO_QUICK_POLLS}:
        waits = min(soon)  # nothing but the second round can change anything, so nobody is asked before
    if needs & {Need.PRESENT} or d.observations.deleted is not None:
        tries = d.platform_tries + 1
        draft.set(platform_tries=tries)
        soon.append(now + backoff(ports.rhythm["prepare_first"], ports.rhythm["look_steady"], tries - 1))
    draft.set(next_look_at=max(min([waits, *soon]), now + FLOOR))


def _unapproved(d: EmailDomain, lacks: Sequence[Lack]) -> bool:
    """Only people can say yes; of what was never published, where the platform says that it is used."""
    needs = {lack.need for lack in lacks}
    said = d.observations.reading
    used = said is not None and (said.provisioned is True or said.verified is True or d.observations.created is None)
    return Need.APPROVAL in needs or (Need.NOTHING_AT_STAKE in needs and used)


def _say_campaigns(draft: Draft, on: Sequence[str]) -> None:
    """A campaign is on: said once, since nothing goes on before it is off."""
    poll = draft.domain.observations.last
    why = "removal_campaigns" if poll is not None and poll.clean else "removal_campaigns_forced"
    draft.tell(_CAMPAIGNS)
    draft.say(Kind.FAILED, {"why": why, "findings": [], "campaigns": list(on)})


async def _delete(ports: Ports, domain: EmailDomain, permit: Permit) -> EmailDomain:
    """Ask the platform, once, for what is permitted; what it answered is stored."""
    answered, refusal, sent = False, "", True
    if await binding.held(ports) is not None:  # somebody was faster
        return await alter(ports, domain, _not_sent)
    try:
        answered = await ports.platform.delete(permit)
    except PlatformRefused as refused:
        refusal, sent = refused.said or refused.reason, False
    except PlatformDown:
        pass  # it may have been carried out: the next reading tells

    def keep(draft: Draft) -> bool:
        if draft.domain.state is not _S.REMOVING or draft.domain.observations.deleted is None:
            return False
        deleted = draft.domain.observations.deleted
        if answered:
            deleted = replace(deleted, answered_at=draft.now)
        draft.observe(replace(draft.domain.observations, deleted=deleted if sent else None))
        if refusal and "delete_refused" not in draft.domain.told:
            draft.tell("delete_refused").note("failed", by="platform", why=refusal)
            draft.say(Kind.FAILED, {"why": "delete_refused", "findings": [], "said": refusal})
        if answered:
            draft.note("delete_accepted", by="platform", why=permit.step.value)
        tries = draft.domain.platform_tries + 1
        wait = backoff(ports.rhythm["prepare_first"], ports.rhythm["prepare_cap"], tries - 1)
        draft.set(platform_tries=tries, next_look_at=draft.now + wait)
        return True

    return await alter(ports, domain, keep)


def _not_sent(draft: Draft) -> bool:
    if draft.domain.state is not _S.REMOVING or draft.domain.observations.deleted is None:
        return False
    draft.observe(replace(draft.domain.observations, deleted=None))
    return True


def _end(draft: Draft, permit: Permit) -> None:
    d = draft.domain
    by = "left" if d.observations.last is not None and d.observations.last.against else "removed"
    facts: dict[str, Any] = {"why": by, "by": d.owner, "said": ""}
    if d.refused is not None:
        facts |= {"why": "refused", "reason": d.refused[0], "said": d.refused[1]}
    if not d.records:  # nothing of it was ever in the channel
        facts["to"] = d.owner
    if facts["why"] == "left":
        draft.tell("left")
    draft.move(Event.REMOVED, by="platform", facts=facts, permit=permit)


async def still(ports: Ports, domain: EmailDomain, mark: str) -> EmailDomain:
    """Every week: since when it waits, for whom, and that it can be finished anyway."""

    def decide_(draft: Draft) -> bool:
        if draft.domain.state is not _S.REMOVING or mark in draft.domain.told:
            return False
        weeks = (draft.now - draft.domain.since) // ports.rhythm["finish_anyway"]
        for mark_ in (mark, *(f"still_{n}" for n in range(1, weeks + 1))):
            draft.tell(mark_)  # weeks that were missed are not said one by one
        if draft.domain.records:
            facts = {"why": "still_removing", "since": draft.domain.since, "servers": last_seen(draft.domain)}
            draft.say(Kind.REMINDER, facts)
        return True

    return await alter(ports, domain, decide_)


def last_seen(domain: EmailDomain) -> list[dict[str, Any]]:
    """What each server last said of the CNAME, for people."""
    poll = domain.observations.last
    if poll is None:
        return []
    return [
        {"server": one.server, "address": one.address, "said": one.said.value, "why": one.why} for one in poll.servers
    ]


# ---- stopping, and finishing anyway


async def stop(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Go back from a removal, until the platform was asked to delete: to where a fresh look and reading show it."""
    await permitting.person(ports, by)
    domain = await find(ports, by.team, text)
    wish = domain.observations.wish
    if wish is None or wish.by != by.user:
        await permitting.owner_or_approver(ports, domain, by, "stop_removal")
    if domain.state is not _S.REMOVING:
        raise NotAllowed(domain.name, Event.REMOVAL_STOPPED.value, domain.state.value)
    answer = await reading.look(ports, domain)
    look = await ports.dns.look(domain.name, domain.records, confirm=True, fresh=True) if domain.records else None
    case = await binding.case(ports, domain, answer.org)

    def decide_(draft: Draft) -> bool:
        d = draft.domain
        if d.state is not _S.REMOVING:
            raise NotAllowed(d.name, Event.REMOVAL_STOPPED.value, d.state.value)
        if d.observations.deleted is not None:
            raise TooEarly(d.name, "deleting")
        permit = decide(Step.STOP_REMOVAL, case(d, draft.now, binding.read(ports, d, answer, draft.now)))
        if not isinstance(permit, Permit):
            raise permitting.refusal(d.name, permit)
        _go_back(draft, ports, answer, look, permit, by.user)
        return True

    return await alter(ports, domain, decide_, intent=by.intent)


def _go_back(draft: Draft, ports: Ports, answer: Registration, look: Look | None, permit: Permit, by: str) -> None:
    d, now = draft.domain, draft.now
    if d.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, "stopped", by))
    seen = binding.read(ports, d, answer)
    anew = seen.reading is not None and seen.reading.ours is False
    to = _landing(d, answer, look, anew=anew)
    opens = None if d.unprovisioned else d.opens_at
    kept = tuple(one for one in d.observations.approvals if one.purpose is Purpose.IMPORT)
    draft.observe(
        replace(
            seen,
            created=None if anew else seen.created,
            wish=None,
            first=None,
            whole=None,
            last=None,
            campaigns=None,
            approvals=kept,
        )
    )
    draft.move(Event.REMOVAL_STOPPED, by=by, permit=permit, to=to)
    draft.set(removing_from=None, refused=None, platform_tries=0, good_since=None, bad_since=None, suspect=None)
    draft.set(next_platform_at=now + ports.rhythm["platform"], next_look_at=now + ports.rhythm["second_good"])
    draft.set(watch_from=now, told=tuple(mark for mark in d.told if mark == "seen"))
    if look is not None:
        draft.set(look=look)
    if to is _S.REGISTERING:
        draft.set(next_platform_at=now)
        if adopting.only_asked(draft.domain):
            adopting.drop(draft, by)
        return
    if anew:
        # Deleted there and made again by somebody: other records, and nothing of what was approved holds.
        draft.set(records=answer.records, baseline=(), said=(), look=None, accepted_at=None, opens_at=None)
        # Where it is provisioned already nobody here has approved that.
        draft.set(next_platform_at=now, next_look_at=now, unprovisioned=d.unprovisioned or answer.done, trouble=None)
        draft.note("records_changed", by="platform").say(Kind.CARD, {"why": "records"})
        draft.say(Kind.REMINDER, {"why": "removal_stopped", "by": by})
        return
    if to is _S.WAITING and (opens is None or d.removing_from is not _S.WAITING):
        # Activated meanwhile, or not known since when: two hours from now.
        opens = now + ports.rhythm.timers[_S.WAITING]
        draft.set(accepted_at=now, verified_at=now, provisioned_at=now, opens_at=opens)
        draft.say(Kind.ACTIVATED, {"opens_at": opens, "outside": True})
    if to is _S.WAITING:
        draft.set(next_guard_at=now, unprovisioned=False)
    if to is _S.OPEN:
        draft.set(trouble=None)
    if to is _S.DEGRADED:
        draft.set(trouble="dns" if look is None or not look.good else "platform")
    draft.say(Kind.REMINDER, {"why": "removal_stopped", "by": by})


def _landing(d: EmailDomain, answer: Registration, look: Look | None, *, anew: bool) -> State:
    """Where it is now, whatever it was: what it was decides only whether the two hours are behind it."""
    if not d.records or look is None or d.importing is not None:
        return _S.REGISTERING  # an import goes on only as it was approved
    if anew:
        return _S.AWAITING_DNS
    if d.unprovisioned and d.removing_from not in (_S.WAITING, _S.ACTIVATING):
        return _S.READY if look.good else _S.AWAITING_DNS  # approval is owed, whatever the platform says now
    if answer.done:
        if d.removing_from in (_S.OPEN, _S.DEGRADED):
            return _S.OPEN if look.good else _S.DEGRADED
        return _S.WAITING
    if d.removing_from in (_S.OPEN, _S.DEGRADED):
        return _S.DEGRADED
    if d.removing_from is _S.WAITING:
        return _S.WAITING
    return _S.READY if look.good else _S.AWAITING_DNS


async def finishable(ports: Ports, text: str, *, by: Who) -> EmailDomain:
    """Before the form for the reason: whether this person may ask to finish a removal anyway, and is it time."""
    await permitting.person(ports, by)
    domain = await find(ports, by.team, text)
    await permitting.owner_or_approver(ports, domain, by, "finish_anyway")
    _finishable(domain, ports, ports.clock.now())
    return domain


def _finishable(domain: EmailDomain, ports: Ports, now: int) -> None:
    if domain.state is not _S.REMOVING:
        raise NotAllowed(domain.name, "finish_anyway", domain.state.value)
    if domain.observations.deleted is not None:
        raise TooEarly(domain.name, "deleting")
    wish = domain.observations.wish
    if wish is None or now < wish.at + ports.rhythm["finish_anyway"]:
        raise TooEarly(domain.name, "seven_days")


async def finish_anyway(ports: Ports, text: str, reason: str, *, by: Who) -> EmailDomain:
    """Ask the approvers to delete it although DNS could not be confirmed; another person decides."""
    domain = await finishable(ports, text, by=by)
    if not reason.strip():
        raise Forbidden("finish_anyway", "with_reason")
    await permitting.enough_approvers(ports, domain, by.user, ports.settings.approvals)
    using = await guarding.campaigns(ports, domain.name)

    def decide_(draft: Draft) -> bool:
        _finishable(draft.domain, ports, draft.now)
        return _ask(draft, ports, Purpose.REMOVAL_FORCED, by.user, using, reason.strip())

    return await alter(ports, domain, decide_, intent=by.intent)
