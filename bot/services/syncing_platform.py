"""Reading the platform: what changed there behind the bot's back.

One answer proves little. Of another org, or of an org that is not known, nothing is concluded; a name that is missed is
looked for again an hour later, twice, before its life ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.errors import PlatformDown, PlatformRefused
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import BEFORE_ACTIVATION, Event, Kind, State
from bot.model.look import Look, Status
from bot.model.needs import CHECKS, Lack, Need
from bot.model.needs.activation import by_us
from bot.model.observations import OVER, UNSURE, Observations, OldKey, Outside
from bot.model.permits import Permit, Step, decide
from bot.model.records import DnsRecord, RecordType, changed_key, same_records
from bot.model.registration import Registration, Stage, Verification
from bot.ports import Ports
from bot.services import advising, binding, guarding_campaigns, waiting
from bot.services.applying_look import degrade, lapse_open, recover, right_again
from bot.services.registering import start_watching
from bot.services.updating import alter

_S = State
AFTER_ACTIVATION = (_S.WAITING, _S.OPEN, _S.DEGRADED)
_SOON = 1_000  #: ms
BESIDE = "MULTIPLE_KEYS"  #: what DNS shows where the new key has the host of the old one
_UNREAD = (_S.REGISTERING, _S.REMOVING)  #: these read the platform in steps of their own


async def look(ports: Ports, domain: EmailDomain) -> Registration:
    """What the domain's own org says of it.

    Raises ``PlatformRefused`` with the reason ``another_org`` where we are connected to another one, and
    ``PlatformDown`` where it is not known which one that is.
    """
    answer = await ports.platform.look(domain.name)
    if not domain.org_id or domain.account.is_same(answer.org):
        return answer
    await binding.meet(ports, answer.org)
    if answer.org is None or not answer.org.id:
        raise PlatformDown(ports.platform.name, "it does not say which org this is")
    raise PlatformRefused(ports.platform.name, "another_org", answer.org.name, domain.name)


async def read(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Compare the platform with what we hold; raises ``PlatformDown`` or ``PlatformRefused``."""
    return await apply(ports, domain, await look(ports, domain))


async def apply(ports: Ports, domain: EmailDomain, answer: Registration) -> EmailDomain:
    """Compare ``answer``, which was just given, with what we hold."""
    domain = await bind(ports, domain, answer)
    lost = domain.state is _S.OPEN and (answer.other or not same_records(answer.records, domain.records))
    sending = await guarding_campaigns.live(ports, domain.name) if lost else []
    if domain.state is _S.REMOVED:
        return await _find_again(ports, domain, answer)
    case = await binding.case(ports, domain, answer.org)
    return await alter(ports, domain, lambda draft: compare(draft, ports, answer, case, sending))


async def hourly(ports: Ports, domain: EmailDomain) -> EmailDomain:
    try:
        return await advising.catch_up(ports, await read(ports, domain))
    except (PlatformDown, PlatformRefused):
        # Nothing may be concluded from silence; the next hour asks again.
        return await alter(ports, domain, lambda draft: _silent(draft, ports))


async def bind(ports: Ports, domain: EmailDomain, answer: Registration) -> EmailDomain:
    """A row of a version that kept no ids: the first good reading, of the same records, says whose it is.

    Where other domains have said that already, the org's name, which that version kept, is enough.
    """
    org = answer.org
    if domain.org_id or org is None or not org.id:
        return domain
    same = answer.stage is not Stage.ABSENT and same_records(answer.records, domain.records)
    if not same and (domain.org != org.name or await binding.bound(ports) is None):
        return domain
    if not await binding.meet(ports, org, proven=same and bool(domain.records)):
        return domain

    def decide_(draft: Draft) -> bool:
        if draft.domain.org_id or draft.domain.records != domain.records:
            return False
        binding.bind_to(draft, org)
        return True

    return await alter(ports, domain, decide_)


def _silent(draft: Draft, ports: Ports) -> bool:
    if draft.domain.state is _S.DEGRADED and right_again(draft.domain, draft.now, ports.rhythm):
        draft.set(next_platform_at=draft.now + ports.rhythm["hold"])  # people wait for its word
        return True
    return _next(draft, ports)


def _next(draft: Draft, ports: Ports) -> bool:
    if draft.domain.state in (_S.REGISTERING, _S.REMOVING):
        return False
    wait = "platform_waiting" if draft.domain.state is _S.WAITING else "platform"
    draft.set(next_platform_at=draft.now + ports.rhythm[wait])
    return True


def compare(
    draft: Draft, ports: Ports, answer: Registration, case: binding.CaseOf, sending: Sequence[dict[str, Any]] = ()
) -> bool:
    """Draw the consequences of what the platform says; True where something is to be saved."""
    state = draft.domain.state
    if state in _UNREAD or state is _S.REMOVED:
        return False
    if state is not _S.ACTIVATING:  # that reads the platform in a rhythm of its own; an hour would put it off
        _next(draft, ports)
    if answer.org is None or not draft.domain.account.is_same(answer.org):
        return True  # of which org this was said is not known, so it says nothing of this domain
    if draft.domain.org != answer.org.name and answer.org.name:
        draft.set(org=answer.org.name).note("org_changed", by="platform", why=answer.org.name)
    if answer.stage is Stage.ABSENT:
        _missed(draft, ports, binding.read(ports, draft.domain, answer, draft.now), case)
        return True
    seen = binding.read(ports, draft.domain, answer, draft.now)
    if draft.domain.observations.absences:
        draft.observe(seen).note("found", by="platform")
    if answer.other and draft.domain.outside is not None:  # it is activated no longer
        draft.observe(replace(draft.domain.observations, outside=None))
    if answer.records and not same_records(answer.records, draft.domain.records):
        old = _rotated(draft.domain, answer)
        if old is None:
            records_changed(draft, ports, answer)
        else:
            _another_key(draft, ports, answer, old, sending)
    elif answer.done and state in BEFORE_ACTIVATION:
        done(draft, ports, answer, seen, case)
    elif state is _S.WAITING:
        waiting.weigh(draft, ports, answer, done=CHECKS[Need.DONE](case(draft.domain, draft.now, seen)) is None)
    elif state in AFTER_ACTIVATION:
        _old_key(draft, answer)
        _service(draft, ports, answer, seen, case, sending)
    return True


def done(draft: Draft, ports: Ports, answer: Registration, seen: Observations, case: binding.CaseOf) -> None:
    """What was approved and activated here, and finishes late, is ours. Of anything else its owner is asked import's
    question, and nothing happens before that is answered; while approval is owed nothing else counts."""
    now, d = case(draft.domain, draft.now, seen), draft.domain
    if by_us(now):
        permit = decide(Step.WAIT, now)
        if isinstance(permit, Permit):
            lapse_open(draft, "outside")
            waiting.activated(draft, ports, answer, permit, Event.FINISHED_LATE)
        return
    outside = d.outside
    if d.unprovisioned:
        return
    if outside is None or outside.digest != d.digest:
        draft.observe(replace(d.observations, outside=Outside(draft.now, d.digest)))
        draft.note("outside_asked", by="platform").say(Kind.ACTIVATED, {"asked_at": draft.now})
    elif outside.said == UNSURE:
        permit = decide(Step.WAIT, now)
        if isinstance(permit, Permit):
            _wait_outside(draft, ports, answer, permit)
    elif outside.said == OVER:
        _open_outside(draft, ports, outside, decide(Step.OPEN_OUTSIDE, now))


def _missed(draft: Draft, ports: Ports, seen: Observations, case: binding.CaseOf) -> None:
    """The platform does not find the name. Nothing is done that cannot be taken back until it is clear."""
    first = not draft.domain.observations.absences
    draft.observe(seen)
    if first and seen.absences:
        draft.note("missed", by="platform")
    look_again(draft, ports)
    permit = decide(Step.END, case(draft.domain, draft.now))
    if isinstance(permit, Permit):
        gone(draft, permit)
        draft.set(next_platform_at=draft.now + ports.rhythm["platform"])


def look_again(draft: Draft, ports: Ports) -> None:
    """What was missed is looked for again once that can count."""
    absences = draft.domain.observations.absences
    again = absences[-1] + ports.rhythm["absences_apart"] if absences else 0
    draft.set(next_platform_at=max(again, draft.now + ports.rhythm["prepare_first"]))


def gone(draft: Draft, permit: Permit) -> None:
    """Deleted at the platform by somebody else; the owner is asked whether that was meant."""
    lapse_open(draft, "gone")
    draft.set(gone_at=draft.now, gone_answer=None, gone_by=None)
    facts = {"why": "gone", "by": "platform", "said": "", "gone_at": draft.now}
    draft.move(Event.GONE, by="platform", facts=facts, permit=permit)


async def _find_again(ports: Ports, domain: EmailDomain, answer: Registration) -> EmailDomain:
    """A life that ended because the name was gone there, and the name is there again: it goes on."""
    if answer.stage is Stage.ABSENT or domain.gone_at is None or not answer.records:
        return await alter(ports, domain, lambda draft: _next(draft, ports))
    seen_now = await ports.dns.look(domain.name, answer.records, confirm=True, fresh=True)
    case = await binding.case(ports, domain, answer.org)

    def resume(draft: Draft) -> bool:
        if draft.domain.state is not _S.REMOVED or draft.domain.gone_at is None:
            return False
        seen = binding.read(ports, draft.domain, answer, draft.now)
        now = case(draft.domain, draft.now, seen)
        permit = decide(Step.RESUME, now)
        if not isinstance(permit, Permit):
            return _next(draft, ports)
        waits = isinstance(decide(Step.WAIT, now), Permit)
        _resume(draft, ports, answer, seen_now, seen, permit, waits=waits)
        return True

    return await alter(ports, domain, resume)


def _resume(
    draft: Draft, ports: Ports, answer: Registration, look: Look, seen: Observations, permit: Permit, *, waits: bool
) -> None:  # fmt: skip
    """``waits``: the two hours may begin now; of what somebody else activated its owner is asked first."""
    created = seen.created if same_records(answer.records, draft.domain.records) else None
    now, was = draft.now, draft.domain
    state = _S.READY if look.good else _S.AWAITING_DNS
    if waits and not was.unprovisioned:
        state = _S.WAITING
    draft.set(
        records=answer.records, baseline=(), said=(), opens_at=None, held_by=None, hold_until=None, trouble=None,
        gone_at=None, gone_answer=None, gone_by=None, bad_since=None, good_since=None,
        found_again=(was.gone_at, now) if was.gone_at is not None else None,
    )  # fmt: skip
    draft.observe(replace(seen.afresh(), created=created, wish=None))
    draft.move(Event.FOUND_AGAIN, by="platform", facts={"why": "found_again"}, permit=permit, to=state)
    draft.say(Kind.REMINDER, {"why": "found_again", "who": was.gone_by if was.gone_answer == "yes" else None})
    start_watching(draft, ports)
    draft.set(look=look, zone=look.zone or draft.domain.zone, nameservers=look.nameservers or draft.domain.nameservers)
    if answer.done and state is not _S.WAITING:
        draft.set(next_platform_at=now + ports.rhythm["second_good"])
    if state is _S.AWAITING_DNS:
        return
    draft.tell("seen").set(next_look_at=now + ports.rhythm["look_steady"])
    if state is _S.WAITING:
        opens = waiting.from_now(draft, ports.rhythm, waiting.instants(ports.clock, answer))
        draft.say(Kind.ACTIVATED, {"opens_at": opens, "outside": True, "found": True})


def records_changed(draft: Draft, ports: Ports, answer: Registration) -> None:
    """New values: a new copy of the card, votes lapse, DNS has to be edited again."""
    lapse_open(draft, "records")
    draft.set(records=answer.records, baseline=(), said=(), look=None, opens_at=None, held_by=None)
    # Who made these, nobody knows; and what was approved or activated were others.
    draft.observe(replace(draft.domain.observations.deprovisioned(), created=None))
    draft.move(Event.RECORDS_CHANGED, by="platform", facts={"why": "records"})
    start_watching(draft, ports)


def _rotated(d: EmailDomain, answer: Registration) -> DnsRecord | None:
    """The old TXT, where the key of a domain in service is another one and nothing else is.

    What was missed or not provisioned in between may have been deleted and made again: that is another registration.
    """
    doubted = answer.other or d.unprovisioned or d.observations.absences or d.observations.others
    return None if doubted or d.state not in (_S.OPEN, _S.DEGRADED) else changed_key(d.records, answer.records)


def _another_key(
    draft: Draft, ports: Ports, answer: Registration, old: DnsRecord, sending: Sequence[dict[str, Any]]
) -> None:
    """It stays approved: the new key is published beside the old one, and sending goes on as far as can be seen."""
    lapse_open(draft, "records")
    first = draft.domain.observations.old_key  # changed once more before it was published: that one is still in DNS
    kept = first or OldKey(draft.now, old.host, old.value)
    draft.set(records=answer.records, baseline=(), said=(), look=None, bad_since=None)
    draft.observe(replace(draft.domain.observations, created=None, old_key=kept))
    draft.note("key_changed", by="platform")
    degrade(draft, ports.rhythm, trouble="key", look=None, sending=sending)
    draft.set(next_look_at=draft.now)


def _old_key(draft: Draft, answer: Registration) -> None:
    """Said once, when the platform has verified the new key and it is seen in DNS."""
    d, old = draft.domain, draft.domain.observations.old_key
    if old is None or answer.verified.get(RecordType.TXT) is not Verification.VERIFIED or d.look is None:
        return
    right = any(r.record.type is RecordType.TXT and r.status is Status.RIGHT for r in d.look.records)
    if right or any(finding.code == BESIDE for finding in d.look.findings):
        draft.observe(replace(d.observations, old_key=None))
        draft.say(Kind.REMINDER, {"why": "old_key", "host": old.host, "value": old.value})


def _wait_outside(draft: Draft, ports: Ports, answer: Registration, permit: Permit) -> None:
    lapse_open(draft, "outside")
    opens = waiting.from_now(draft, ports.rhythm, waiting.instants(ports.clock, answer))
    draft.set(next_look_at=draft.now, next_platform_at=draft.now + ports.rhythm["platform_waiting"])
    draft.move(Event.ACTIVATED_OUTSIDE, by="platform", facts={"opens_at": opens, "outside": True}, permit=permit)


def _open_outside(draft: Draft, ports: Ports, outside: Outside, found: Permit | Sequence[Lack]) -> None:
    """Where only a look is missing that is of now, it follows; a record that is not right holds it up."""
    rhythm = ports.rhythm
    if isinstance(found, Permit):
        lapse_open(draft, "outside")
        draft.move(Event.OPENED_OUTSIDE, by="platform", facts={"outside": True, "by": outside.by}, permit=found)
        draft.set(held_by=None, hold_until=None, bad_since=None, last_degraded=None)
        draft.set(next_look_at=draft.now + rhythm["look_open"], next_platform_at=draft.now + rhythm["platform"])
    elif {lack.need for lack in found} == {Need.RIGHT_IN_DNS} and draft.domain.look and draft.domain.look.good:
        draft.set(next_look_at=draft.now, next_platform_at=draft.now + rhythm["second_good"])


def _service(
    draft: Draft, ports: Ports, answer: Registration, seen: Observations, case: binding.CaseOf,
    sending: Sequence[dict[str, Any]],
) -> None:  # fmt: skip
    """Whether the platform still sends for the domain. Provisioning, not its own DNS verdict: that we see ourselves."""
    d = draft.domain
    if seen.others != d.observations.others:
        draft.observe(replace(d.observations, others=seen.others))
        if (seen.others is None) is not (d.observations.others is None):
            draft.note("reported_other" if seen.others else "reported_again", by="platform", why=answer.said)
    if d.unprovisioned:
        return
    permit = decide(Step.DEPROVISION, case(draft.domain, draft.now, seen))
    if isinstance(permit, Permit):
        draft.deprovision(permit).note("deprovisioned", by="platform", why=answer.said)
        if d.state is _S.OPEN:
            degrade(draft, ports.rhythm, trouble="platform", look=None, sending=sending)
        draft.set(next_look_at=draft.now)
    elif seen.others is not None:
        draft.set(next_platform_at=max(seen.others.at[-1] + ports.rhythm["others_apart"], draft.now + _SOON))
    elif d.state is _S.DEGRADED:
        _recover(draft, ports, seen, case)


def _recover(draft: Draft, ports: Ports, seen: Observations, case: binding.CaseOf) -> None:
    """Open again where DNS is right, the platform serves it and the bot is not on hold; else it is asked again soon."""
    d = draft.domain
    if not right_again(d, draft.now, ports.rhythm):
        return
    permit = decide(Step.RECOVER, case(d, draft.now, seen))
    if isinstance(permit, Permit):
        recover(draft, ports.rhythm, permit)
    elif {lack.need for lack in permit} == {Need.RIGHT_IN_DNS}:
        draft.set(next_look_at=draft.now, next_platform_at=draft.now + ports.rhythm["second_good"])
    else:
        draft.set(next_platform_at=draft.now + ports.rhythm["hold"])
