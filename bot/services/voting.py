"""Whether a vote counts: who the voter is, as Slack says now, and the permit for exactly this vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from bot.config.parsing import Approvers
from bot.errors import (
    Forbidden,
    NotAPerson,
    NotCounted,
    OnHold,
    OwnRound,
    SlackRefused,
    SlackTokenRefused,
    Stale,
    StandingUnknown,
    TimeUnknown,
    Trouble,
)
from bot.model.approval import ANSWERS, TOGETHER, Ballot, Round, Standing
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.needs import Lack, Need
from bot.model.people import Who
from bot.model.permits import Permit, Step, decide
from bot.ports import Ports
from bot.services import alerting, authorizing, binding
from bot.services.updating import meant

#: What can be told of a vote without asking Slack who somebody is.
_TOLD_AT_ONCE = frozenset({Need.NAMED_ROUND, Need.IN_TIME, Need.NOT_ASKER, Need.NO_HOLD})

_LATE = 60_000  #: the last question about a vote that was kept may be asked so long (ms) after its time


@dataclass(frozen=True, slots=True)
class Cast:
    """A vote with what was read for it. ``permit`` gives leave to count it for a domain as it stands now."""

    step: Step
    ballot: Ballot
    held: bool
    sure: bool

    def permit(self, draft: Draft) -> Permit:
        """Raises what the voter is told where it does not count."""
        found = self.weigh(draft)
        if not isinstance(found, Permit):
            self.refuse(draft.domain, found)
        return found

    def weigh(self, draft: Draft) -> Permit | tuple[Lack, ...]:
        d = draft.domain
        case = replace(
            binding.alone(draft), held=self.held, sure=self.sure, round=d.round, digest=d.digest, ballot=self.ballot
        )  # fmt: skip
        return decide(self.step, case)

    def refuse(self, domain: EmailDomain, missing: Sequence[Lack]) -> NoReturn:
        name, standing = domain.name, self.ballot.standing
        match missing[0].need:
            case Need.NOT_ASKER:
                raise OwnRound(name)
            case Need.NO_HOLD:
                raise OnHold(name)
            case Need.SURE_TIME:
                raise TimeUnknown(name, vote=True)
            case Need.FULL_MEMBER:
                raise NotAPerson(standing.barred or "stranger" if standing else "stranger")
            case Need.ROUND_LIST | Need.TODAYS_LIST:
                raise Forbidden("approve", "approvers")
            case _:
                raise Stale(name)


async def cast(ports: Ports, domain: EmailDomain, token: str, step: Step, *, by: Who) -> Cast:
    """Read for one vote what Slack says of the voter now.

    Raises what tells the voter that it does not count. A vote is kept where Slack does not say
    (:class:`StandingUnknown`), or where it is not sure what time it is (:class:`TimeUnknown`); :class:`NotCounted` once
    it was kept for long enough.
    """
    if not ports.clock.sure:
        raise TimeUnknown(domain.name, vote=True)
    now = ports.clock.now()
    arrived_at = now if by.at is None else by.at
    until = arrived_at + ports.rhythm["vote_kept"]
    kept_for = max(1, round(ports.rhythm["vote_kept"] / 60_000))
    if by.kept and now > until + _LATE:  # they have read that it is over by now
        raise NotCounted(domain.name, kept_for)
    made = Cast(step, Ballot(by.user, token, arrived_at), await binding.held(ports) is not None, ports.clock.sure)
    found = made.weigh(Draft(domain, now))
    lacking = () if isinstance(found, Permit) else tuple(one for one in found if one.need in _TOLD_AT_ONCE)
    if lacking or domain.round is None:
        made.refuse(domain, lacking or (Lack(Need.NAMED_ROUND),))
    try:
        standing = await _standing(ports, domain, domain.round, by.user)
    except Trouble as trouble:
        if isinstance(trouble, SlackRefused) and not isinstance(trouble, SlackTokenRefused):
            facts = {"method": trouble.method, "error": trouble.error}
            await alerting.tell_operators(ports, "unchecked", f"{trouble.method}/{trouble.error}", **facts)
        if ports.clock.now() >= until:
            raise NotCounted(domain.name, kept_for) from trouble
        raise StandingUnknown(domain.name, until) from trouble
    await alerting.over(ports, "unchecked")
    held = await binding.held(ports) is not None  # somebody may have said so while Slack was asked
    return replace(made, held=held, ballot=replace(made.ballot, standing=standing))


async def _standing(ports: Ports, domain: EmailDomain, asked: Round, user: str) -> Standing:
    directory, at = ports.directory, ports.clock.now()
    barred = (await directory.person(user, now=True)).barred
    today = (ports.settings.approvers, domain.channel)
    then = today if asked.approvers is None else (Approvers.of(asked.approvers), asked.channel or domain.channel)
    on_todays = barred is None and await _is_on(ports, today, user)
    # Where the round was asked of nobody else, one reading answers both.
    on_rounds = on_todays if then == today or not on_todays else await _is_on(ports, then, user)
    return Standing(user, at, barred, on_round_list=on_rounds, on_todays_list=on_todays)


async def _is_on(ports: Ports, asked_of: tuple[Approvers, str], user: str) -> bool:
    listed, channel = asked_of
    return await authorizing.is_named(ports, listed, user, channel, now=True)


async def undecided(ports: Ports, domain: EmailDomain, asked: Round) -> bool:
    """Whether an answer to this round that arrived in time waits to be carried out."""
    for intent in await ports.store.unfinished():
        if intent.done or intent.team != domain.team or intent.received_at >= asked.expires_at:
            continue
        if intent.body.get("name") == TOGETHER:  # it may be about this one, too
            return True
        about, _, token = str(intent.body.get("text", "")).partition(" ")
        named = intent.body.get("name") in ANSWERS and meant(about) == (domain.name, domain.life)
        if named and token.partition(".")[0] == str(asked.id):
            return True
    return False
