"""The steps of a removal: everything a deletion rests on is looked at, and the platform is asked only with a permit.

Until then all can be stopped (:mod:`bot.services.stopping`); afterwards the life ends once the name is gone there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import PlatformDown, PlatformRefused
from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.needs import CHECKS, Lack, Need
from bot.model.observations import CampaignReading, CnamePoll, Create, Delete, Observations
from bot.model.permits import Permit, Step, decide
from bot.model.registration import Registration
from bot.model.schedule import FLOOR, next_look
from bot.ports import Ports
from bot.services import binding, guarding_campaigns, removing, retrying, stopping, syncing_platform
from bot.services.applying_look import lapse_open
from bot.services.asking import ask
from bot.services.polling import poll
from bot.services.updating import alter

_S = State
#: Marks of one-time remarks.
_CAMPAIGNS, _IN_VAIN = "campaigns_said", "delete_in_vain"

#: What was never published goes within seconds, so it is tried first.
_DELETIONS = (Step.DELETE_UNPUBLISHED, Step.DELETE, Step.DELETE_FORCED)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one step saw. ``answer`` is None where the platform could not be read, ``poll`` where DNS was not asked."""

    answer: Registration | None
    poll: CnamePoll | None
    campaigns: CampaignReading | None


async def step(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Look at everything a deletion rests on; delete where that is permitted; end the life where it is gone."""
    if removing.NOT_AGREED in domain.told and domain.observations.deleted is None:
        return await stopping.not_agreed(ports, domain)
    seen = await _see(ports, domain)
    if seen.answer is not None:
        domain = await syncing_platform.bind(ports, domain, seen.answer)
    case = await binding.case(ports, domain, seen.answer.org if seen.answer else None)
    permit: Permit | None = None

    def intend(draft: Draft) -> bool:
        nonlocal permit
        if draft.domain.state is not _S.REMOVING:
            return False
        unseen = not draft.domain.published
        draft.observe(_observed(ports, draft, seen))
        if seen.answer is not None:
            _compare(draft, ports, seen.answer, case)
        wish = draft.domain.observations.wish
        if unseen and wish is not None and removing.announced(draft.domain):
            draft.say(Kind.REMOVING, removing.begun(wish, None))  # there is something to delete
        ended = decide(Step.DELETED, case(draft.domain, draft.now))
        if isinstance(ended, Permit):
            _end(draft, ended)
            return True
        asked = draft.domain.observations.deleted
        waits = _letting_go(draft.domain) or (asked is not None and asked.answered_at is not None)
        permit = None if waits else _permit(draft, case)
        if permit is not None:
            # The intention first: from here on nobody can stop it. Asked again, the first time is what counts.
            asked = Delete(asked.at if asked else draft.now, draft.domain.account)
            draft.observe(replace(draft.domain.observations, deleted=asked))
            draft.set(next_look_at=draft.now + ports.rhythm["prepare_first"])
            return True
        _schedule(draft, ports, case)
        return True

    domain = await alter(ports, domain, intend)
    if permit is None or domain.state is not _S.REMOVING:
        return domain
    return await _delete(ports, domain, permit)


def _compare(draft: Draft, ports: Ports, answer: Registration, case: binding.CaseOf) -> None:
    """What happened at the platform since the removal began."""
    d = draft.domain
    seen = d.observations
    if answer.other and d.removing_from in syncing_platform.AFTER_ACTIVATION:
        draft.observe(replace(seen, started=None))
        permit = decide(Step.DEPROVISION, case(draft.domain, draft.now))
        if isinstance(permit, Permit) and not d.unprovisioned and d.removing_from is not _S.WAITING:
            draft.deprovision(permit)
        seen = draft.domain.observations
    if seen.reading is None or not seen.reading.present or answer.org is None or not d.account.is_same(answer.org):
        return
    if seen.reading.ours is False:
        # Deleted there and made again by somebody: what was approved was another registration.
        _forget(draft, purposes=(Purpose.REMOVAL, Purpose.REMOVAL_FORCED), created=None)
        # Nothing of what the other one was, and since when, holds for this one; where it is provisioned, nobody here
        # has approved that.
        draft.set(records=answer.records, baseline=(), said=(), look=None, removing_from=_S.AWAITING_DNS)
        draft.set(opens_at=None, trouble=None)
        draft.set(unprovisioned=d.unprovisioned or answer.done).note("records_changed", by="platform")
        lapse_open(draft, "records")
    elif seen.deleted is not None and draft.now >= seen.deleted.at + ports.rhythm["deleted_recently"]:
        # It is there long after it should be gone: the request never arrived, or somebody made it again.
        _forget(draft, purposes=(), created=seen.created)
        draft.note("delete_in_vain", by="platform")
        if _IN_VAIN not in draft.domain.told:
            draft.tell(_IN_VAIN).say(Kind.FAILED, {"why": "delete_in_vain", "findings": []})


def _forget(draft: Draft, *, purposes: Sequence[Purpose], created: Create | None) -> None:
    """The row of polls begins anew, and nothing has been asked of the platform."""
    seen = draft.domain.observations
    approvals = tuple(one for one in seen.approvals if one.purpose not in purposes)
    draft.observe(replace(seen.afresh(), created=created, approvals=approvals))
    said = (binding.APPROVAL_ASKED, "delete_refused")
    draft.set(platform_tries=0, told=tuple(mark for mark in draft.domain.told if mark not in said))


async def _see(ports: Ports, domain: EmailDomain) -> _Seen:
    deleted = domain.observations.deleted
    answered = deleted is not None and deleted.answered_at is not None
    found = None if answered else await poll(ports, domain)
    answer = None
    with contextlib.suppress(PlatformDown, PlatformRefused):  # nothing is known of it then
        answer = await syncing_platform.look(ports, domain)
    near = answer is not None and found is not None and _near(domain.observations, found)
    return _Seen(answer, found, await _campaigns(ports, domain.name) if near else None)


def _near(seen: Observations, found: CnamePoll) -> bool:
    """Campaigns are read where DNS no longer stands in the way, or somebody wants to finish anyway."""
    return found.clean or found.denied or any(one.purpose is Purpose.REMOVAL_FORCED for one in seen.approvals)


async def _campaigns(ports: Ports, name: str) -> CampaignReading:
    found = await guarding_campaigns.campaigns(ports, name)
    now = ports.clock.now()
    if found is None:
        return CampaignReading(now, None)
    return CampaignReading(now, found.seen, tuple(sorted(c.name for c in (*found.live, *found.unclear))))


def _observed(ports: Ports, draft: Draft, seen: _Seen) -> Observations:
    known = draft.domain.observations
    if seen.answer is not None:
        known = binding.read(ports, draft.domain, seen.answer, draft.now)
    if seen.poll is not None:
        known = known.with_poll(seen.poll, timed=ports.clock.sure)
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
    step_ = Step.DELETE if domain.published or removing.approved(domain) else Step.DELETE_UNPUBLISHED
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
    if wanted and binding.APPROVAL_ASKED not in d.told:
        # It began without, and now the platform says that something is at stake: activated there meanwhile.
        draft.tell(binding.APPROVAL_ASKED)
        ask(draft, ports, Purpose.REMOVAL, d.observations.wish.by if d.observations.wish else d.owner)
        d = draft.domain
    waits = next_look(d, now, ports.rhythm) or now + ports.rhythm["look_late"]
    rounds = [lack.until for lack in lacks if lack.need in (Need.TWO_POLLS, Need.TWO_QUICK_POLLS)]
    soon = [until for until in rounds if until is not None and until > now]
    needs = {lack.need for lack in lacks}
    if soon and needs <= {Need.TWO_POLLS, Need.TWO_QUICK_POLLS}:
        waits = min(soon)  # nothing but the second round can change anything, so nobody is asked before
    if needs & {Need.PRESENT} or d.observations.deleted is not None:
        soon.append(retrying.again(draft, ports.rhythm, cap="look_steady"))
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
        draft.set(next_look_at=retrying.again(draft, ports.rhythm))
        return True

    return await alter(ports, domain, keep)


def _not_sent(draft: Draft) -> bool:
    if draft.domain.state is not _S.REMOVING or draft.domain.observations.deleted is None:
        return False
    draft.observe(replace(draft.domain.observations, deleted=None))
    return True


def _end(draft: Draft, permit: Permit) -> None:
    d = draft.domain
    last = d.observations.last
    unproven = d.published and last is not None and (not last.counts or bool(last.silent))
    by = "left" if unproven else "removed"
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
            draft.say(Kind.REMINDER, {"why": "still_removing", "since": draft.domain.since})
        return True

    return await alter(ports, domain, decide_)
