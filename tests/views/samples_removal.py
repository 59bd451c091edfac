"""Messages about removing, importing, letting go, and a name that is gone at the platform."""

from __future__ import annotations

from typing import Any

from bot.model.domain import EmailDomain
from bot.model.lifecycle import Kind, State
from tests.views.samples import (
    FORCED,
    HOUR,
    IMPORT,
    NOW,
    NS,
    RELEASE,
    REMOVAL,
    ROUND,
    SATO,
    TANAKA,
    domain,
    removal,
)

_S = State
_CAMPAIGNS = [
    {"name": "Spring <!channel> *sale*", "live": True, "starts": None},
    {"name": "Newsletter", "live": False, "starts": NOW + HOUR},
]
_SERVERS = [
    {"server": NS[0], "address": "192.0.2.1", "said": "ours", "why": ""},
    {"server": NS[1], "address": "192.0.2.2", "said": "no_answer", "why": "timeout"},
    {"server": NS[2], "address": "192.0.2.3", "said": "none", "why": "nxdomain"},
]
_GONE = {"why": "gone", "by": "platform", "said": ""}
_OVER = {"outcome": "rejected", "by": SATO, "voters": [], "reason": "not yet", "at": NOW}


def _asked(purpose: str, **facts: Any) -> dict[str, Any]:
    return {
        "round": 8, "token": ROUND.token, "purpose": purpose, "asked_by": TANAKA, "expires_at": NOW + 23 * HOUR,
        "quorum": 1, "anyone": True, "evidence": None, "campaigns": None,
    } | facts  # fmt: skip


def _decided(outcome: str, purpose: str) -> dict[str, Any]:
    return {
        "round": 8, "outcome": outcome, "purpose": purpose, "asked_by": TANAKA, "by": SATO,
        "voters": [SATO] if outcome == "approved" else [], "reason": "x", "at": NOW,
    }  # fmt: skip


#: (title, kind, state in which it is worded, facts, who is mentioned)
NOTICES: list[tuple[str, Kind, EmailDomain, dict[str, Any], tuple[str, ...]]] = [
    ("removing", Kind.REMOVING, domain(_S.REMOVING), {"by": TANAKA, "campaigns": _CAMPAIGNS}, (TANAKA,)),
    ("removing, no campaign", Kind.REMOVING, domain(_S.REMOVING), {"by": TANAKA, "campaigns": []}, (TANAKA,)),
    ("removing, not seen", Kind.REMOVING, domain(_S.REMOVING), {"by": TANAKA, "campaigns": None}, (TANAKA,)),
    ("removing, stopped", Kind.REMOVING, domain(_S.OPEN), {"by": TANAKA, "campaigns": [], "wish_at": NOW}, ()),
    (
        "removing, an earlier wish", Kind.REMOVING, domain(_S.REMOVING),
        {"by": TANAKA, "campaigns": [], "wish_at": NOW - 99 * HOUR}, (),
    ),
    (
        "removing, over", Kind.REMOVING, domain(_S.REMOVED, observations=removal("none")),
        {"by": TANAKA, "campaigns": [], "wish_at": NOW - 30 * HOUR}, (),
    ),
    (
        "removal asked, campaigns", Kind.APPROVAL, domain(_S.OPEN, round=REMOVAL),
        _asked("removal", campaigns=_CAMPAIGNS), (SATO,),
    ),
    (
        "finishing asked", Kind.APPROVAL, domain(_S.REMOVING, round=FORCED),
        _asked("removal_forced", reason="The zone was sold", servers=_SERVERS, campaigns=_CAMPAIGNS), (SATO,),
    ),
    (
        "import asked, over", Kind.APPROVAL, domain(_S.REGISTERING, round=IMPORT, importing="over"),
        _asked("import", importing="over"), (SATO,),
    ),
    (
        "import asked, unsure", Kind.APPROVAL, domain(_S.REGISTERING, round=IMPORT, importing="unsure"),
        _asked("import", importing="unsure"), (SATO,),
    ),
    ("release asked", Kind.APPROVAL, domain(_S.OPEN, round=RELEASE), _asked("release"), (SATO,)),
    *(
        (f"{purpose} {outcome}", Kind.DECIDED, domain(_S.OPEN), _decided(outcome, purpose), (TANAKA,))
        for purpose in ("removal_forced", "import", "release")
        for outcome in ("approved", "rejected", "withdrawn", "expired", "lapsed")
    ),
    *(
        (f"{purpose}, over", Kind.APPROVAL, domain(_S.OPEN), _asked(purpose, decided=_OVER | {"outcome": outcome}), ())
        for purpose in ("removal", "removal_forced", "import", "release")
        for outcome in ("approved", "rejected")
    ),
    *(
        (
            f"remind approvers of {asked.purpose}", Kind.REMINDER, domain(_S.OPEN, round=asked),
            {"why": "approval", "round": 8, "purpose": asked.purpose.value, "expires_at": NOW + HOUR, "missing": n},
            (SATO,),
        )
        for asked in (FORCED, IMPORT, RELEASE)
        for n in (1, 2)
    ),
    ("held, unread", Kind.FAILED, domain(_S.WAITING, held_by="unread", hold_until=NOW),
     {"why": "held_unread", "findings": []}, (TANAKA,)),
    ("held by a clock", Kind.FAILED, domain(_S.WAITING, held_by="clock", hold_until=NOW),
     {"why": "held_clock", "findings": []}, (TANAKA,)),
    ("held, on hold", Kind.FAILED, domain(_S.WAITING, held_by="hold", hold_until=NOW),
     {"why": "held_hold", "findings": []}, (TANAKA,)),
    (
        "removal, campaigns on", Kind.FAILED, domain(_S.REMOVING, observations=removal("none", on=("Spring",))),
        {"why": "removal_campaigns", "findings": [], "campaigns": ["Spring <!channel> *sale*"]}, (TANAKA,),
    ),
    (
        "still removing", Kind.REMINDER, domain(_S.REMOVING, observations=removal(problem="unregistered")),
        {"why": "still_removing", "since": NOW - 168 * HOUR, "servers": _SERVERS}, (TANAKA,),
    ),
    ("removal stopped", Kind.REMINDER, domain(_S.OPEN), {"why": "removal_stopped", "by": SATO}, (TANAKA,)),
    ("gone, unanswered", Kind.REMINDER, domain(_S.REMOVED, gone_at=NOW), {"why": "gone_unanswered"}, (SATO,)),
    ("cleaned up", Kind.REMINDER, domain(_S.REMOVED, gone_at=NOW), {"why": "cleaned_up"}, (TANAKA,)),
    ("gone", Kind.REMOVED, domain(_S.REMOVED, gone_at=NOW), _GONE, (TANAKA,)),
    ("gone, found again", Kind.REMOVED, domain(_S.READY, found_again=(NOW, NOW + HOUR)), _GONE | {"gone_at": NOW}, ()),
    ("gone, over", Kind.REMOVED, domain(_S.REMOVED, gone_at=NOW), _GONE | {"gone_at": NOW - HOUR}, ()),
    ("found again", Kind.REMINDER, domain(_S.READY), {"why": "found_again", "who": None}, (TANAKA,)),
    ("found again, meant", Kind.REMINDER, domain(_S.READY), {"why": "found_again", "who": SATO}, (TANAKA,)),
    ("gone, yes", Kind.REMOVED, domain(_S.REMOVED, gone_at=NOW, gone_answer="yes", gone_by=SATO), _GONE, (TANAKA,)),
    ("gone, no", Kind.REMOVED, domain(_S.REMOVED, gone_at=NOW, gone_answer="no", gone_by=SATO), _GONE, (TANAKA,)),
    ("removed, CNAME left", Kind.REMOVED, domain(_S.REMOVED), {"why": "left", "by": TANAKA, "said": ""}, (TANAKA,)),
    ("released", Kind.REMOVED, domain(_S.REMOVED), {"why": "released", "by": TANAKA, "said": ""}, ()),
    ("exists", Kind.REMOVED, domain(_S.REMOVED, records=()),
     {"why": "refused", "reason": "exists", "by": "platform", "said": ""}, ()),
    ("import changed", Kind.REMOVED, domain(_S.REMOVED), {"why": "import_changed", "by": "platform", "said": ""}, ()),
    ("activated, found again", Kind.ACTIVATED, domain(_S.WAITING),
     {"opens_at": NOW + 2 * HOUR, "outside": True, "found": True}, ()),
]  # fmt: skip
