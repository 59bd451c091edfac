"""The database belongs to another org from now on, because an operator wants it so: what becomes of each domain.

Nothing is deleted, at the platform or here. Domains that the new org has go on, in it; the others are left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import PlatformRefused
from bot.model.approval import Outcome, Purpose
from bot.model.change import Change, Draft
from bot.model.clocks import Instants
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.observations import Org
from bot.model.records import same_records
from bot.model.registration import Registration, Stage
from bot.model.schedule import Rhythm
from bot.ports import MailPlatform
from bot.services import adopting, binding, waiting
from bot.services.applying_look import decided

_S = State
BY = "operator"  #: who did it, in the history
_ACTIVATED = (_S.ACTIVATING, _S.WAITING, _S.OPEN, _S.DEGRADED)


@dataclass(frozen=True, slots=True)
class Found:
    """A domain that the new org has, and what it says of it."""

    domain: EmailDomain
    answer: Registration

    @property
    def same(self) -> bool:
        """Its records are those that were published."""
        return same_records(self.answer.records, self.domain.records)

    @property
    def again(self) -> bool:
        """It has to be approved and activated there: an approval is for one org, and for the records it named."""
        return self.domain.state in _ACTIVATED and not self._done(self.domain.state)

    @property
    def was_activated(self) -> bool:
        """Of one being removed: what it was before holds there, too."""
        was = self.domain.removing_from
        return was not in _ACTIVATED or self._done(was)

    def _done(self, was: State | None) -> bool:
        return self.answer.done and self.same and was is not _S.ACTIVATING


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of each domain."""

    org: Org
    own: Org | None
    go_on: Sequence[Found] = ()
    left: Sequence[EmailDomain] = ()
    asked: Sequence[EmailDomain] = field(default=())  #: those whose open request ends

    @property
    def nothing(self) -> bool:
        return not self.go_on and not self.left and self.own is not None and self.own.is_same(self.org)


async def plan(platform: MailPlatform, org: Org, own: Org | None, domains: Sequence[EmailDomain]) -> Plan:
    """Looks for every domain in ``org``; changes nothing. Raises what the platform raises: half a list is none."""
    go_on, left = [], []
    for domain in domains:
        if domain.state is _S.REMOVED or (domain.account.is_same(org) and domain.left_at is None):
            continue
        answer = await _look(platform, domain.name, org)
        if answer is not None and answer.stage is not Stage.ABSENT:
            go_on.append(Found(domain, answer))
        elif domain.left_at is None:
            left.append(domain)
    moved = [*(one.domain for one in go_on if not _unbound(one, org)), *left]
    return Plan(org, own, go_on, left, [d for d in moved if d.round is not None])


async def _look(platform: MailPlatform, name: str, org: Org) -> Registration | None:
    try:
        answer = await platform.look(name)
    except PlatformRefused as refused:
        if refused.reason != "smtp":
            raise
        return None  # a name of another kind there: not one of ours
    if not org.is_same(answer.org):
        raise PlatformRefused(platform.name, "another_org", answer.org.name if answer.org else "", name)
    return answer


def _unbound(found: Found, org: Org) -> bool:
    """An older version wrote it, without an id: by the org's name and by its records it was this org all the time."""
    return not found.domain.org_id and found.domain.org == org.name and found.same


def changes(of: Plan, rhythm: Rhythm, now: int) -> list[Change]:
    """What has to be saved, together."""
    made = []
    for one in of.go_on:
        draft = Draft(one.domain, now)
        _go_on(draft, one, of.org, rhythm)
        made.append(draft.change(rhythm))
    for domain in of.left:
        draft = Draft(domain, now)
        _end_question(draft)
        draft.set(left_at=now).note("left_behind", by=BY, why=_named(domain.account) or _named(of.own))
        made.append(draft.change(rhythm))
    return made


def ended(domains: Sequence[EmailDomain], rhythm: Rhythm, now: int) -> list[Change]:
    """Every open request ends: those who may decide, and have, are people of another workspace."""
    made = []
    for domain in domains:
        if domain.round is not None:
            draft = Draft(domain, now)
            _end_question(draft)
            made.append(draft.change(rhythm))
    return made


def _named(org: Org | None) -> str:
    if org is None:
        return ""
    return f"{org.name} ({org.id})" if org.name and org.id else org.name or org.id


def _go_on(draft: Draft, found: Found, org: Org, rhythm: Rhythm) -> None:
    d, now = draft.domain, draft.now
    was = d.state
    if _unbound(found, org):
        binding.bind_to(draft, org)
    else:
        _end_question(draft)
        # What was seen in the other org says nothing here; what was done there keeps the org it was done in.
        seen = replace(d.observations.afresh(), absences=(), reading=None, outside=None, old_key=None)
        draft.observe(seen).set(platform=org.platform, org_id=org.id, org=org.name)
        if not found.was_activated:
            draft.set(removing_from=_S.AWAITING_DNS, opens_at=None)
        if found.again:
            _again(draft)
        elif was is _S.WAITING:
            # Since when it is provisioned in this org, nobody saw.
            # At a terminal there is no other clock than the machine's.
            began = Instants(now, found.answer.date, now)
            opens = waiting.from_now(draft, rhythm, began)
            draft.set(held_by=None, hold_until=None).say(Kind.ACTIVATED, {"opens_at": opens, "outside": True})
    draft.set(left_at=None, next_platform_at=now)
    draft.note("rebound", by=BY, why=_named(org), was=was)


def _again(draft: Draft) -> None:
    """Back to where it has to be asked for; what differs in DNS or at the platform, the next look and reading say."""
    now = draft.now
    draft.set(
        state=_S.READY, since=now, told=tuple(mark for mark in draft.domain.told if mark == "seen"),
        activation_by=None, asked_verify_at=None, opens_at=None, held_by=None, hold_until=None, next_guard_at=None,
        unprovisioned=False, trouble=None,
        good_since=None, bad_since=None, platform_tries=0, next_look_at=now,
    )  # fmt: skip


def _end_question(draft: Draft) -> None:
    """Who approved answered for the org, too."""
    asked = draft.domain.round
    if asked is None:
        return
    closed = draft.close_round(Outcome.LAPSED, by=BY, reason="rebound")
    if draft.domain.state is _S.AWAITING_APPROVAL:
        draft.move(Event.LAPSED, by=BY, why="rebound", facts=decided(closed))
        return
    draft.note(f"{closed.purpose.value}_lapsed", by=BY, why="rebound").say(Kind.DECIDED, decided(closed))
    if closed.purpose is Purpose.IMPORT:
        adopting.drop(draft, BY)


def lines(of: Plan) -> list[str]:
    """What will happen, in words."""
    named = _named(of.org)
    whose = f"belongs to {_named(of.own)}" if of.own else "does not say yet which org it belongs to"
    said = [f"You are connected to {named}.", f"The database {whose}.", ""]
    if of.go_on:
        said.append(f"{_count(of.go_on, 'domain')} found in {named}; the bot goes on with:")
        said += [f"  {one.domain.name}  {_remark(one)}" for one in of.go_on]
    if of.left:
        said.append(f"{_count(of.left, 'domain')} not found there; the bot leaves behind:")
        said += [f"  {domain.name}  {domain.state.value}" for domain in of.left]
        said.append("  Nothing of these is deleted, and their DNS records stay. The bot no longer looks at them.")
    if of.asked:
        said.append("Requests that end, since an approval is for one org:")
        said += [f"  {domain.name}" for domain in of.asked]
    if not (of.go_on or of.left):
        said.append("No domain changes.")
    return said


def _remark(found: Found) -> str:
    words: list[Any] = [found.domain.state.value]
    if not found.same and found.domain.records:
        words.append("other DNS records there: they will be posted, and have to be published")
    if found.again:
        words.append("not activated there by this bot: it has to be approved and activated again")
    if found.domain.left_at is not None:
        words.append("was left behind before")
    return "; ".join(words)


def _count(found: Sequence[object], word: str) -> str:
    return f"{len(found)} {word}" if len(found) == 1 else f"{len(found)} {word}s"
