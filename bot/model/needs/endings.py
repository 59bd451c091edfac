"""What has to be so before a life ends, or goes on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.model.approval import Purpose
from bot.model.needs.case import Case, Check, Lack, Need, unless
from bot.model.needs.platform import absent
from bot.model.observations import ABSENCES


def _delete_answered(case: Case) -> Lack | None:
    """It is gone, and by what.

    By our own delete: answered with 204, and a full reading misses the name now; where that answer was lost, the name
    has been missed for half an hour. By somebody else's: as for any other life. And what the platform never showed has
    been missing for 15 min after our create was answered, for a day where that answer was lost; what was never asked
    for, at once.
    """
    seen, need = case.seen, Need.DELETE_ANSWERED
    reading, made, deleted = seen.reading, seen.created, seen.deleted
    if reading is None or not absent(case):
        return Lack(need)
    if deleted is not None and deleted.org.is_same(case.org):
        if deleted.answered_at is not None and reading.at >= deleted.answered_at:
            return None
        return _from(need, case, (seen.absent_since or case.now) + case.ms["deleted_lost"])
    if case.shown:
        gone = _three_absences(case)
        return Lack(need, gone.until) if gone else None
    if made is None or not made.on_record:
        return None
    if made.answered_at is not None:
        return _from(need, case, made.answered_at + case.ms["created_unseen"])
    return _from(need, case, made.at + case.ms["created_lost"])


def _from(need: Need, case: Case, until: int) -> Lack | None:
    return unless(need, case.now >= until, until)


def _three_absences(case: Case) -> Lack | None:
    absences = case.seen.absences
    until = absences[-1] + case.ms["absences_apart"] if absences else None
    return unless(Need.THREE_ABSENCES, len(absences) >= ABSENCES and absent(case), until)


def _recent_end(case: Case) -> Lack | None:
    ended = case.ended_at
    return unless(Need.RECENT_END, ended is not None and 0 <= case.now - ended <= case.ms["resumable"])


def _not_asked_to_delete(case: Case) -> Lack | None:
    return unless(Need.NOT_ASKED_TO_DELETE, case.seen.deleted is None)


def _release_approval(case: Case) -> Lack | None:
    return unless(Need.RELEASE_APPROVAL, case.seen.approved(Purpose.RELEASE, case.org.id) is not None)


CHECKS: Mapping[Need, Check] = MappingProxyType(
    {
        Need.DELETE_ANSWERED: _delete_answered,
        Need.THREE_ABSENCES: _three_absences,
        Need.RECENT_END: _recent_end,
        Need.NOT_ASKED_TO_DELETE: _not_asked_to_delete,
        Need.RELEASE_APPROVAL: _release_approval,
    }
)
