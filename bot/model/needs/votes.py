"""Whether an answer of one person to a round counts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model.approval import Standing
from bot.model.needs.case import Case, Check, Lack, Need, unless


def _named_round(case: Case) -> Lack | None:
    asked, ballot = case.round, case.ballot
    named = asked is not None and ballot is not None and asked.open and asked.token == ballot.token
    return unless(Need.NAMED_ROUND, named and asked is not None and asked.digest == case.digest)


def _in_time(case: Case) -> Lack | None:
    asked, ballot = case.round, case.ballot
    return unless(Need.IN_TIME, asked is not None and ballot is not None and ballot.arrived_at < asked.expires_at)


def _not_asker(case: Case) -> Lack | None:
    asked, ballot = case.round, case.ballot
    return unless(Need.NOT_ASKER, asked is not None and ballot is not None and asked.asked_by != ballot.user)


def _standing(case: Case) -> Standing | None:
    """What Slack said of the voter, since the vote arrived and just now."""
    ballot = case.ballot
    if ballot is None or ballot.standing is None or ballot.standing.user != ballot.user:
        return None
    at = ballot.standing.at
    return ballot.standing if at >= ballot.arrived_at and case.fresh(at) else None


def _read_now(case: Case) -> Lack | None:
    return unless(Need.READ_NOW, _standing(case) is not None)


def _full_member(case: Case) -> Lack | None:
    standing = _standing(case)
    return unless(Need.FULL_MEMBER, standing is None or standing.barred is None)


def _round_list(case: Case) -> Lack | None:
    standing = _standing(case)
    return unless(Need.ROUND_LIST, standing is None or standing.on_round_list)


def _todays_list(case: Case) -> Lack | None:
    standing = _standing(case)
    return unless(Need.TODAYS_LIST, standing is None or standing.on_todays_list)


CHECKS: Mapping[Need, Check] = MappingProxyType(
    {
        Need.NAMED_ROUND: _named_round,
        Need.IN_TIME: _in_time,
        Need.NOT_ASKER: _not_asker,
        Need.READ_NOW: _read_now,
        Need.FULL_MEMBER: _full_member,
        Need.ROUND_LIST: _round_list,
        Need.TODAYS_LIST: _todays_list,
    }
)
