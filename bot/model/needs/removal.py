"""What DNS and people have to say before something is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model.approval import Purpose
from bot.model.needs.case import Case, Check, Lack, Need, unless
from bot.model.needs.platform import made_anew
from bot.model.observations import CnamePoll


def _two(case: Case, need: Need, first: CnamePoll | None, ms: int, *, denied: bool = False) -> Lack | None:
    """``first`` and the last poll, at least ``ms`` apart, both clean and after the wish, the last of them just now."""
    last, wish = case.seen.last, case.seen.wish
    if first is None or last is None or wish is None or first.at < wish.at:
        return Lack(need)
    alike = (first.clean and last.clean) or (denied and first.denied and last.denied)
    return unless(need, alike and case.fresh(last.at) and last.at - first.at >= ms, first.at + ms)


def _two_polls(case: Case) -> Lack | None:
    return _two(case, Need.TWO_POLLS, case.seen.first, case.ms["polls_apart"])


def _two_quick_polls(case: Case) -> Lack | None:
    return _two(case, Need.TWO_QUICK_POLLS, case.seen.first, case.ms["polls_apart_unpublished"], denied=True)


def _answered(case: Case, need: Need, ms: int) -> Lack | None:
    """Nobody was silent in the two polls that count, or in two others of their row; or a day has passed since."""
    first, whole, last = case.seen.first, case.seen.whole, case.seen.last
    if first is None or last is None or (first.answered and last.answered):
        return None
    if whole is not None and last.answered and last.at - whole.at >= ms:
        return None
    if any(one.why == "not_asked" for one in last.servers):
        return Lack(need)  # more servers than we ask: they were not silent
    until = first.at + case.ms["polls_silent"]
    return unless(need, case.now >= until, until)


def _all_answered(case: Case) -> Lack | None:
    return _answered(case, Need.ALL_ANSWERED, case.ms["polls_apart"])


def _all_answered_quick(case: Case) -> Lack | None:
    return _answered(case, Need.ALL_ANSWERED_QUICK, case.ms["polls_apart_unpublished"])


def _never_published(case: Case) -> Lack | None:
    return unless(Need.NEVER_PUBLISHED, case.seen.published_at is None)


def _seven_days(case: Case) -> Lack | None:
    wish = case.seen.wish
    until = wish.at + case.ms["finish_anyway"] if wish else None
    return unless(Need.SEVEN_DAYS, until is not None and case.now >= until, until)


def _forced_approval(case: Case) -> Lack | None:
    counts = case.seen.agreed(Purpose.REMOVAL_FORCED, case.org.id) and not made_anew(case)
    return unless(Need.FORCED_APPROVAL, counts)


def _not_in_use(case: Case) -> Lack | None:
    poll, read = case.seen.last, case.seen.campaigns
    if poll is None or read is None or not (case.fresh(poll.at) and case.fresh(read.at)):
        return Lack(Need.NOT_IN_USE)
    # For a day a server that is silent may give it still; campaigns that cannot be read may be on.
    lately = case.seen.ours_at is not None and case.now < case.seen.ours_at + case.ms["polls_silent"]
    given = poll.ours or (lately and not poll.answered)
    return unless(Need.NOT_IN_USE, not given or (read.seen is not None and not read.on))


CHECKS: Mapping[Need, Check] = MappingProxyType(
    {
        Need.NEVER_PUBLISHED: _never_published,
        Need.TWO_POLLS: _two_polls,
        Need.TWO_QUICK_POLLS: _two_quick_polls,
        Need.ALL_ANSWERED: _all_answered,
        Need.ALL_ANSWERED_QUICK: _all_answered_quick,
        Need.SEVEN_DAYS: _seven_days,
        Need.FORCED_APPROVAL: _forced_approval,
        Need.NOT_IN_USE: _not_in_use,
    }
)
