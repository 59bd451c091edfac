"""Who and where, and what the platform has to say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model.approval import Purpose
from bot.model.needs.case import Case, Check, Lack, Need, unless


def _no_hold(case: Case) -> Lack | None:
    return unless(Need.NO_HOLD, not case.held)


def _sure_time(case: Case) -> Lack | None:
    return unless(Need.SURE_TIME, case.sure)


def _same_org(case: Case) -> Lack | None:
    return unless(Need.SAME_ORG, case.org.is_same(case.connected))


def _vouched(case: Case) -> Lack | None:
    approved = case.seen.approved(Purpose.IMPORT, case.org.id) is not None
    return unless(Need.ANSWERABLE, case.vouched or approved)


def _created(case: Case) -> Lack | None:
    made = case.seen.created
    on_record = made is not None and made.on_record and made.org.is_same(case.org)
    return unless(Need.CREATED, on_record and not made_anew(case))


def made_anew(case: Case) -> bool:
    """What the platform shows does not have this life's records: somebody deleted it there and made it again.

    One that was just made has none yet, so their absence is no proof that it is ours.
    """
    reading = case.seen.reading
    return case.shown and reading is not None and reading.ours is not True


def _not_created(case: Case) -> Lack | None:
    made = case.seen.created
    if made is None or not made.on_record:
        return None
    until = None if made.answered_at is not None else made.at + case.ms["created_lost"]
    return unless(Need.NOT_CREATED, until is not None and case.now >= until, until)


def _right_in_dns(case: Case) -> Lack | None:
    return unless(Need.RIGHT_IN_DNS, case.right_at is not None and case.fresh(case.right_at))


def _served(case: Case) -> Lack | None:
    reading = case.seen.reading
    served = reading is not None and reading.provisioned is True and reading.ours is True
    return unless(Need.SERVED, served and present(case) is None)


def present(case: Case) -> Lack | None:
    reading = case.seen.reading
    now = reading is not None and reading.present and reading.org.is_same(case.org) and case.fresh(reading.at)
    return unless(Need.PRESENT, now)


def absent(case: Case) -> bool:
    """The platform, in this org, does not show the name now."""
    reading = case.seen.reading
    return reading is not None and not reading.present and reading.org.is_same(case.org) and case.fresh(reading.at)


def _not_gone(case: Case) -> Lack | None:
    return unless(Need.NOT_GONE, not case.shown or present(case) is None)


def _refusal(case: Case) -> Lack | None:
    return unless(Need.REFUSAL, case.refused)


def _nothing_at_stake(case: Case) -> Lack | None:
    """Once the approvers were asked only they can answer, whatever the platform says later."""
    reading = case.seen.reading
    if case.asked or _created(case) or reading is None:
        return Lack(Need.NOTHING_AT_STAKE)
    if not (case.fresh(reading.at) and reading.org.is_same(case.org)):
        return Lack(Need.NOTHING_AT_STAKE)
    # Both have to be said: a field that is missing, or a word that is new, is no *no*.
    return unless(Need.NOTHING_AT_STAKE, reading.provisioned is False and reading.verified is False)


def _approval(case: Case) -> Lack | None:
    counts = case.seen.agreed(Purpose.REMOVAL, case.org.id) and not made_anew(case)
    return unless(Need.APPROVAL, counts or _nothing_at_stake(case) is None)


def _no_campaign(case: Case) -> Lack | None:
    """What cannot be read at all counts as *on* for a day: then it is as good as not permitted."""
    read = case.seen.campaigns
    if read is None or not case.fresh(read.at):
        return Lack(Need.NO_CAMPAIGN)
    if read.seen is None:
        wish = case.seen.wish
        until = wish.at + case.ms["polls_silent"] if wish else None
        return unless(Need.NO_CAMPAIGN, until is not None and case.now >= until, until)
    return unless(Need.NO_CAMPAIGN, not read.on)


CHECKS: Mapping[Need, Check] = MappingProxyType(
    {
        Need.NO_HOLD: _no_hold,
        Need.SURE_TIME: _sure_time,
        Need.SAME_ORG: _same_org,
        Need.CREATED: _created,
        Need.NOT_CREATED: _not_created,
        Need.PRESENT: present,
        Need.NOT_GONE: _not_gone,
        Need.APPROVAL: _approval,
        Need.NOTHING_AT_STAKE: _nothing_at_stake,
        Need.NO_CAMPAIGN: _no_campaign,
        Need.REFUSAL: _refusal,
        Need.RIGHT_IN_DNS: _right_in_dns,
        Need.SERVED: _served,
        Need.ANSWERABLE: _vouched,
    }
)
