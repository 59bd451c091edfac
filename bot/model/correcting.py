"""What a clock that was ahead for a while has left in a domain: instants that cannot be, put where they can.

Nothing that was observed is moved back in time, so nothing that cannot be taken back comes sooner than it may: what is
said to have happened later than now counts from now on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.observations import Observations
from bot.model.schedule import Rhythm

#: What has happened, at the latest now.
PAST = (
    "since", "watch_from", "good_since", "bad_since", "checked_at", "asked_verify_at", "last_degraded",
    "last_recovered",
)  # fmt: skip

#: What is to happen, and the longest wait for it there is; later than that it happens now.
AHEAD: Mapping[str, str] = MappingProxyType(
    {
        "next_look_at": "look_late",
        "next_platform_at": "platform",
        "next_guard_at": "guard",
        "hold_until": "hold",
        "expiry_at": "expiry_again",
        "nothing_at": "nothing",
        "deleted_until": "deleted_recently",
    }
)

_SLACK = 1.2  #: waits are up to a tenth longer, so that domains do not march in step


def horizon(now: int, rhythm: Rhythm) -> int:
    """Nothing that a domain in use waits for is further off than this (UTC ms), but for people."""
    return now + round(rhythm["look_late"] * _SLACK)


def correct(draft: Draft, rhythm: Rhythm) -> bool:
    """Put right what cannot be; False where there is nothing."""
    d, now = draft.domain, draft.now
    changes: dict[str, Any] = {name: now for name in PAST if (at := getattr(d, name)) is not None and at > now}
    for name, wait in AHEAD.items():
        at = getattr(d, name)
        if at is not None and at > now + rhythm[wait] * _SLACK:
            changes[name] = now
    if d.suspect is not None and d.suspect[1] > now:
        changes["suspect"] = (d.suspect[0], now)
    seen = _observed(d.observations, now)
    changes |= _two_hours(d, seen, now, rhythm)
    draft.set(**changes).observe(seen)
    return draft.domain != d


def _two_hours(d: EmailDomain, seen: Observations, now: int, rhythm: Rhythm) -> dict[str, Any]:
    """They are not over sooner than two hours from now, which is later than they began."""
    latest = now + rhythm.timers[State.WAITING]
    return {"opens_at": latest} if d.opens_at is not None and d.opens_at > latest else {}


def _observed(seen: Observations, now: int) -> Observations:
    changes: dict[str, Any] = {
        name: _capped(one, now)
        for name in ("created", "deleted", "wish", "activation")
        if (one := getattr(seen, name)) is not None
    }
    changes["approvals"] = tuple(_capped(one, now) for one in seen.approvals)
    for name in ("published_at", "ours_at"):
        at = getattr(seen, name)
        if at is not None:
            changes[name] = min(at, now)
    if seen.started is not None and seen.started.slack > now:
        changes["started"] = replace(seen.started, slack=now)
    return replace(seen, **changes)


def _capped(one: Any, now: int) -> Any:
    later = {
        name: now for name in ("at", "answered_at") if (at := getattr(one, name, None)) is not None and at > now
    }  # fmt: skip
    return replace(one, **later) if later else one
