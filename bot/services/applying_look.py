"""What a look at DNS means for a domain: streaks, findings to report, and the step it causes. Plain code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.model.approval import Outcome, Round
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Finding, Look, Status
from bot.model.permits import Permit
from bot.model.schedule import Rhythm, next_look

_S = State


def observe(
    draft: Draft, look: Look, rhythm: Rhythm, *, pressed: bool = False, sending: Sequence[dict[str, Any]] = ()
) -> bool:
    """Draw the consequences of ``look``; ``pressed``: somebody asked for it, so findings are reported at once.

    ``sending``: facts of campaigns that are switched on, for an open domain.
    """
    before = draft.domain
    if look.repeats(before.look):  # which was weighed when it was new
        draft.set(look=look, next_look_at=next_look(before, draft.now, rhythm))
        return True
    draft.set(look=look, zone=look.zone or before.zone, nameservers=look.nameservers or before.nameservers)
    notice_servers(draft, before.look, look)
    _notice_records(draft, look, rhythm)
    good_before, bad_before = before.good_since, before.bad_since
    _streaks(draft, look)
    twice_good = good_before is not None and look.good and draft.now - good_before >= rhythm["second_good"]
    twice_bad = bad_before is not None and look.bad and draft.now - bad_before >= rhythm["two_bad"]
    match before.state:
        case _S.AWAITING_DNS | _S.STALLED:
            if twice_good and look.confirmed:
                draft.move(Event.DNS_READY, by="dns", facts=evidence(look) | {"again": False})
                draft.set(suspect=None, nothing_at=None)
            else:
                _report(draft, look, rhythm, pressed)
        case _S.READY if twice_bad:
            _lose(draft, {"findings": findings(look), "lost": True})
        case _S.AWAITING_APPROVAL if twice_bad:
            _lose(draft, lapse(draft, "dns"))
        case _S.ACTIVATING if look.bad:
            _lose(draft, {"why": "dns_lost", "findings": findings(look)})
        case _S.WAITING:
            _hold(draft, look, twice_bad)
        case _S.OPEN if twice_bad or (look.bad and look.unanimous):
            degrade(draft, rhythm, trouble="dns", look=look, sending=sending)
        case _S.DEGRADED if twice_good and draft.domain.unprovisioned:
            _owed(draft)
        case _S.DEGRADED if twice_good and draft.domain.trouble in ("dns", "key"):
            draft.set(next_platform_at=draft.now)  # DNS alone is no reason to say "you can send"
    draft.set(next_look_at=next_look(draft.domain, draft.now, rhythm))
    return True


def notice_servers(draft: Draft, last: Look | None, look: Look) -> None:
    """Servers that are no longer asked may still answer others: a removal asks them for a while, too.

    Nor are they forgotten over a look that could ask nobody.
    """
    if last is None or (then := last.asked()) <= look.asked():
        return
    draft.observe(draft.domain.observations.with_listed(then, last.at))


def _notice_records(draft: Draft, look: Look, rhythm: Rhythm) -> None:
    """From the moment somebody has begun to publish, look more often for a while."""
    right = any(a.status is Status.RIGHT for r in look.records for a in (*r.servers, *r.resolvers))
    if not (right or new_findings(draft, look)):
        return
    if not draft.domain.published:
        draft.observe(replace(draft.domain.observations, published_at=draft.now))
    if not draft.domain.seen:
        draft.tell("seen").set(boost_until=draft.now + rhythm["look_boost_for"])


def _streaks(draft: Draft, look: Look) -> None:
    d = draft.domain
    if look.good:
        draft.set(good_since=d.good_since if d.good_since is not None else draft.now, bad_since=None)
    elif look.bad:
        draft.set(good_since=None, bad_since=d.bad_since if d.bad_since is not None else draft.now)
    else:  # not knowing ends a good row, but neither proves nor disproves a bad one
        draft.set(good_since=None, bad_since=None if look.published else d.bad_since)


def new_findings(draft: Draft, look: Look) -> list[Finding]:
    """What is wrong now, was not there before the records were asked for, and was not said yet."""
    known = {*draft.domain.baseline, *draft.domain.said}
    return [f for f in look.findings if f.kind == "wrong" and f.identity not in known]


def _report(draft: Draft, look: Look, rhythm: Rhythm, pressed: bool) -> None:
    """A wrong record is posted once per distinct finding, after two looks or when somebody pressed."""
    found = new_findings(draft, look)
    if not found:
        draft.set(suspect=None)
        return
    identity = "\n".join(f.identity for f in found)
    suspect = draft.domain.suspect
    same = suspect is not None and suspect[0] == identity
    if pressed or (suspect is not None and same and draft.now - suspect[1] >= rhythm["suspect"]):
        draft.say(Kind.WRONG_RECORD, {"findings": [as_facts(f) for f in found], "lost": False})
        draft.note("wrong_record", by="dns", why=", ".join(f.code for f in found))
        draft.set(said=(*draft.domain.said, *(f.identity for f in found)), suspect=None, nothing_at=None)
    elif not same:
        draft.set(suspect=(identity, draft.now))


def _lose(draft: Draft, facts: dict[str, Any]) -> None:
    """Back to watching, all waits counted anew."""
    draft.move(Event.DNS_LOST, by="dns", facts=facts)
    draft.set(watch_from=draft.now, told=("seen",), good_since=None, bad_since=None)


def lapse(draft: Draft, why: str, by: str = "dns") -> dict[str, Any]:
    """End the open round because ``by`` changed what it was about; returns the facts of its ``decided``."""
    return decided(draft.close_round(Outcome.LAPSED, by=by, reason=why))


def lapse_open(draft: Draft, why: str, by: str = "dns") -> None:
    """End the open round, if there is one, and say so."""
    if draft.domain.round is not None:
        draft.say(Kind.DECIDED, lapse(draft, why, by))


def decided(asked: Round) -> dict[str, Any]:
    """The facts of a ``decided`` message."""
    return {
        "round": asked.id,
        "outcome": asked.outcome.value if asked.outcome else None,
        "purpose": asked.purpose.value,
        "asked_by": asked.asked_by,
        "by": asked.decided_by,
        "voters": list(asked.voters),
        "reason": asked.reason,
        "at": asked.closed_at,
    }


def _hold(draft: Draft, look: Look, twice_bad: bool) -> None:
    """During the two hours a lost record changes nothing but is said once; it keeps the window shut at the end."""
    if twice_bad and draft.domain.held_by is None:
        draft.say(Kind.FAILED, {"why": "waiting_dns", "findings": findings(look)}).set(held_by="dns")
        draft.note("failed", by="dns", why="waiting_dns")
    elif look.good and draft.domain.held_by == "dns":
        draft.set(held_by=None, hold_until=None)


def degrade(
    draft: Draft, rhythm: Rhythm, *, trouble: str, look: Look | None, sending: Sequence[dict[str, Any]] = ()
) -> None:
    """A domain in service is no longer right, or amiss in another way; told to everybody once in 24 h, and again after
    "you can send" was told, or where what is amiss is another thing."""
    last, better = draft.domain.last_degraded, draft.domain.last_recovered
    quiet = last is not None and draft.now - last < rhythm["broadcast_gap"] and (better is None or better < last)
    quiet = quiet and trouble != "key"
    wrong, asked = _wrong_servers(look) if look else (0, 0)
    facts: dict[str, Any] = {"since": draft.now, "trouble": trouble, "servers": [wrong, asked], "quiet": quiet}
    facts["findings"] = findings(look) if look else []
    facts["campaigns"] = list(sending)
    if draft.domain.state is _S.DEGRADED:
        draft.say(Kind.DEGRADED, facts)
    else:
        draft.move(Event.DEGRADED, by=trouble, facts=facts)
    draft.set(trouble=trouble, watch_from=draft.now, good_since=None, boost_until=None)
    if not quiet:
        draft.set(last_degraded=draft.now)


def _owed(draft: Draft) -> None:
    """DNS is right again, and the platform had taken it out of service: approval and the two hours come again."""
    look = draft.domain.look
    draft.move(
        Event.UNPROVISIONED,
        by="dns",
        facts=(evidence(look) if look else {}) | {"again": True, "unprovisioned": True},
    )
    draft.set(trouble=None)  # until it is activated again, approval is owed: ``unprovisioned`` stays


def right_again(domain: EmailDomain, now: int, rhythm: Rhythm) -> bool:
    """Whether a degraded domain's DNS is right in two looks far enough apart."""
    look, since = domain.look, domain.good_since
    if look is None or not look.good or since is None:
        return False
    return look.at > since and now - since >= rhythm["second_good"]


def recover(draft: Draft, rhythm: Rhythm, permit: Permit) -> None:
    """Right again, in DNS and at the platform."""
    since = draft.domain.since
    last = draft.domain.last_recovered
    quiet = last is not None and draft.now - last < rhythm["broadcast_gap"]
    draft.move(Event.RECOVERED, by="dns", permit=permit, facts={"since": since, "until": draft.now, "quiet": quiet})
    draft.set(trouble=None, bad_since=None, watch_from=None)
    if not quiet:
        draft.set(last_recovered=draft.now)


def _wrong_servers(look: Look) -> tuple[int, int]:
    worst = max(look.records, key=lambda r: r.count(Status.WRONG) + r.count(Status.MISSING))
    return worst.count(Status.WRONG) + worst.count(Status.MISSING), len(worst.servers)


def evidence(look: Look) -> dict[str, Any]:
    """Counts of right answers; ``resolvers`` is None where all were silent."""
    return {"servers": look.servers(), "resolvers": None if look.visible is None else look.resolvers()}


def findings(look: Look) -> list[dict[str, Any]]:
    return [as_facts(f) for f in look.findings if f.kind in ("wrong", "missing")]


def as_facts(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "kind": finding.kind, "record": finding.record, "facts": dict(finding.facts)}
