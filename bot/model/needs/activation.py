"""Activation, the two hours, and what undoes them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model.approval import Purpose
from bot.model.clocks import elapsed
from bot.model.needs.case import Case, Check, Lack, Need, unless
from bot.model.needs.platform import present
from bot.model.observations import OTHERS, OVER, UNSURE, Approval


def _vote(case: Case) -> Approval | None:
    """The approval to activate what is there now."""
    found = case.seen.approved(Purpose.ACTIVATION, case.org.id)
    return found if found is not None and found.digest in ("", case.digest) else None


def _activation_approval(case: Case) -> Lack | None:
    return unless(Need.ACTIVATION_APPROVAL, _vote(case) is not None)


def _right_since_vote(case: Case) -> Lack | None:
    vote = case.seen.approved(Purpose.ACTIVATION, case.org.id)
    right = case.right_at is not None and (vote is None or case.right_at >= vote.at)
    return unless(Need.RIGHT_SINCE_VOTE, right)


def _read_since_vote(case: Case) -> Lack | None:
    vote, reading = case.seen.approved(Purpose.ACTIVATION, case.org.id), case.seen.reading
    read = reading is not None and reading.ours is True and (vote is None or reading.at >= vote.at)
    return unless(Need.READ_SINCE_VOTE, read and present(case) is None)


def by_us(case: Case) -> bool:
    """Our own activation was accepted, and is of what the platform shows now."""
    made = case.seen.activation
    return made is not None and made.org.is_same(case.org) and made.digest == case.digest


def _owner_says(case: Case, said: str) -> bool:
    outside = case.seen.outside
    return outside is not None and outside.said == said and outside.digest == case.digest


def _activated(case: Case) -> Lack | None:
    return unless(Need.ACTIVATED, by_us(case) or _owner_says(case, UNSURE))


def _said_over(case: Case) -> Lack | None:
    return unless(Need.SAID_OVER, _owner_says(case, OVER))


def _is_done(case: Case) -> bool:
    reading = case.seen.reading
    return reading is not None and reading.done and reading.ours is True and present(case) is None


def _done(case: Case) -> Lack | None:
    return unless(Need.DONE, _is_done(case))


def _two_others(case: Case) -> Lack | None:
    """The last word is of now, and it is still another one."""
    others, reading = case.seen.others, case.seen.reading
    until = others.at[-1] + case.ms["others_apart"] if others else None
    enough = others is not None and len(others.at) >= OTHERS
    now = reading is not None and bool(reading.other) and present(case) is None
    return unless(Need.TWO_OTHERS, enough and now, until)


def _two_hours(case: Case) -> Lack | None:
    began = case.seen.started
    passed = elapsed(began, case.clocks) if began and case.clocks else None
    left = None if passed is None else case.ms["two_hours"] - passed
    return unless(Need.TWO_HOURS, left is not None and left <= 0, None if left is None else case.now + left)


def _after(case: Case, at: int | None) -> bool:
    """Whether ``at`` is after the end of the two hours, and now."""
    began = case.seen.started
    return bool(began and at is not None and at >= began.slack + case.ms["two_hours"] and case.fresh(at))


def _right_after(case: Case) -> Lack | None:
    return unless(Need.RIGHT_AFTER, _after(case, case.right_at))


def _done_after(case: Case) -> Lack | None:
    reading = case.seen.reading
    return unless(Need.DONE_AFTER, _is_done(case) and _after(case, reading.at if reading else None))


CHECKS: Mapping[Need, Check] = MappingProxyType(
    {
        Need.ACTIVATION_APPROVAL: _activation_approval,
        Need.RIGHT_SINCE_VOTE: _right_since_vote,
        Need.READ_SINCE_VOTE: _read_since_vote,
        Need.ACTIVATED: _activated,
        Need.SAID_OVER: _said_over,
        Need.DONE: _done,
        Need.TWO_OTHERS: _two_others,
        Need.TWO_HOURS: _two_hours,
        Need.RIGHT_AFTER: _right_after,
        Need.DONE_AFTER: _done_after,
    }
)
