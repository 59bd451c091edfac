"""When what is due: the product's durations, how often a domain is looked at, and each domain's agenda."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta as _t
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from bot.model.domain import EmailDomain
from bot.model.lifecycle import TIMERS, Event, State
from bot.model.needs import DURATIONS as PERMIT_DURATIONS

#: Every duration of the product, by name. ``EMAILDOMAIN_PACE`` divides all of them once, at start.
DURATIONS: Mapping[str, _t] = MappingProxyType(
    {
        "look_fast": _t(seconds=10),  # while somebody is likely to be at the console
        "look_fast_for": _t(minutes=10),
        "look_boost_for": _t(minutes=5),  # after a record was seen, *Check now*, or a person's check
        "look_cap": _t(minutes=10),
        "look_day": _t(minutes=30),  # after 24 h
        "look_late": _t(hours=4),  # after 72 h
        "day": _t(hours=24),
        "late": _t(hours=72),
        "watch": _t(days=14),
        "warn_1": _t(days=7),
        "warn_2": _t(days=12),
        "second_good": _t(seconds=5),
        "two_bad": _t(minutes=10),
        "suspect": _t(seconds=30),
        "cool_down": _t(seconds=30),
        "nothing": _t(minutes=5),
        "remind_missing": _t(hours=24),
        "expiry_again": _t(seconds=5),  # a round's time is up, and a vote is undecided
        "nudge_1": _t(hours=4),
        "nudge_2": _t(hours=20),
        "prepare_first": _t(seconds=2),
        "prepare_cap": _t(seconds=60),
        "prepare_late": _t(minutes=10),
        "activate_first": _t(seconds=5),
        "activate_cap": _t(seconds=30),
        "verify_again": _t(seconds=60),
        "activate_late": _t(minutes=10),
        "look_steady": _t(minutes=10),  # ready, asked, activating, waiting
        "look_open": _t(hours=1),
        "thorough_soon": _t(seconds=25),  # where a record is still to come, it may stand somewhere else since
        "thorough_open": _t(hours=6),  # an open domain of which nothing changed is looked at thoroughly
        "thorough_rush": _t(hours=24),  # any such domain, while more is due than can be done at once
        "platform": _t(hours=1),
        "platform_waiting": _t(minutes=10),  # in the two hours
        "broadcast_gap": _t(hours=24),
        "gone_unanswered": _t(days=3),  # then the approvers are asked
        "message_ends": _t(hours=24),  # what cannot be sent is given up
        "message_ends_urgent": _t(days=7),
        "hold": _t(minutes=10),  # between two tries to open a window that is held up
        "together": _t(hours=2),  # what happens to several domains within so long is one message
        "guard": _t(minutes=10),  # between two looks at campaigns
        "embedded_register": _t(seconds=2),
        "embedded_provision": _t(seconds=3),
    }
)

#: A vote that arrived in time may still be being stored for so long (ms). A matter of this machine: not divided.
ARRIVING = 3_000

#: No domain is looked at more often than this, whatever the pace (ms).
FLOOR = 200


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The durations at one pace, in whole milliseconds: ``rhythm["stall"]``, ``rhythm.timer(state)``."""

    pace: float
    ms: Mapping[str, int]
    timers: Mapping[State, int]

    @classmethod
    def at(cls, pace: float) -> Rhythm:
        return cls(
            pace=pace,
            ms=MappingProxyType({k: _scaled(v, pace) for k, v in {**DURATIONS, **PERMIT_DURATIONS}.items()}),
            timers=MappingProxyType({s: _scaled(v, pace) for s, (v, _) in TIMERS.items()}),
        )

    def __getitem__(self, name: str) -> int:
        return self.ms[name]

    @property
    def calendar(self) -> bool:
        """Whether working days and hours count: only in real time."""
        return self.pace == 1


def _scaled(duration: _t, pace: float) -> int:
    return max(1, round(duration.total_seconds() * 1000 / pace))


class Task(StrEnum):
    """What the sweep does for a domain."""

    PREPARE = "prepare"  #: ask the platform for the records
    LATE = "late"  #: say that the platform is slow
    LOOK = "look"  #: look at DNS
    PLATFORM = "platform"  #: read the platform
    ACTIVATE = "activate"  #: ask the platform to verify
    WINDOW = "window"  #: the two hours are over
    TIMER = "timer"  #: the state lasted too long
    EXPIRE = "expire"  #: nobody decided in time
    NUDGE = "nudge"  #: remind the approvers
    REMIND = "remind"  #: no record seen in 24 h
    WARN = "warn"  #: watching will end
    NOTHING = "nothing"  #: nothing found after *Check now*
    GUARD = "guard"  #: look for campaigns that would send too early
    REMOVE = "remove"  #: see whether the CNAME is gone, and then ask the platform to delete
    STILL = "still"  #: say that a removal is still waiting, and for whom
    CLEANUP = "cleanup"  #: see whether the records of a name that is gone are out of DNS
    UNANSWERED = "unanswered"  #: nobody said whether a name that is gone was deleted on purpose


class Due(NamedTuple):
    at: int  #: UTC ms
    task: Task
    mark: str = ""  #: goes to ``EmailDomain.told`` once done, where it may happen once only

    @property
    def entry(self) -> tuple[Task, str]:
        """Which one it is, whenever it is due."""
        return self.task, self.mark


_S = State
WATCHED = frozenset(State) - {_S.REGISTERING, _S.REMOVING, _S.REMOVED}
#: From the moment approval is asked until *open*.
GUARDED = frozenset({_S.AWAITING_APPROVAL, _S.ACTIVATING, _S.WAITING})
_READ = WATCHED - {_S.ACTIVATING}


def agenda(domain: EmailDomain, rhythm: Rhythm) -> tuple[Due, ...]:
    """Everything that is to happen to ``domain`` unless something else happens first, earliest first."""
    return tuple(sorted(_open(domain, rhythm)))


def soonest(domain: EmailDomain, rhythm: Rhythm, but: Container[object] = ()) -> Due | None:
    """The first entry of its agenda; None where nothing will happen by itself. ``but``: entries that rest."""
    return min((due for due in _open(domain, rhythm) if due.entry not in but), default=None)


def _open(domain: EmailDomain, rhythm: Rhythm) -> Iterator[Due]:
    return (due for due in _agenda(domain, rhythm) if not due.mark or due.mark not in domain.told)


def _agenda(d: EmailDomain, r: Rhythm) -> Iterator[Due]:
    if d.left_at is not None:
        return  # it belongs to an org we are no longer bound to
    match d.state:
        case _S.REGISTERING if d.round is None:
            yield Due(d.next_platform_at or d.since, Task.PREPARE)
            yield Due(d.since + r["prepare_late"], Task.LATE, "late")
        case _S.AWAITING_DNS | _S.STALLED:
            began = d.watch_from or d.since
            if d.state is _S.AWAITING_DNS:
                yield Due(began + r.timers[d.state], Task.TIMER)
            if not d.seen:
                yield Due(began + r["remind_missing"], Task.REMIND, "missing24")
            yield Due(began + r["warn_1"], Task.WARN, "warn_1")
            yield Due(began + r["warn_2"], Task.WARN, "warn_2")
        case _S.ACTIVATING:
            yield Due(d.next_platform_at or d.since, Task.ACTIVATE)
            yield Due(d.since + r["activate_late"], Task.LATE, "late")
            yield Due(d.since + r.timers[d.state], Task.TIMER)
        case _S.WAITING if d.opens_at is not None:
            yield Due(max(d.opens_at + r["two_hours"] - r.timers[d.state], d.hold_until or 0), Task.WINDOW)
        case _S.REMOVING:
            yield Due(d.next_look_at or d.since, Task.REMOVE)
            weeks = len([mark for mark in d.told if mark.startswith("still_")]) + 1
            yield Due(d.since + weeks * r["finish_anyway"], Task.STILL, f"still_{weeks}")
        case _S.REMOVED if d.gone_at is not None:
            yield from _gone(d, d.gone_at, r)
    if d.round is not None:
        yield Due(max(d.round.expires_at + ARRIVING, d.expiry_at or 0), Task.EXPIRE)
        for n, at in enumerate(d.round.remind_at):
            yield Due(at, Task.NUDGE, f"nudge:{d.round.id}:{n}")
    if d.state in WATCHED and d.next_look_at is not None:
        yield Due(d.next_look_at, Task.LOOK)
    if d.state in _READ and d.next_platform_at is not None:
        yield Due(d.next_platform_at, Task.PLATFORM)
    if d.state in GUARDED and d.next_guard_at is not None:
        yield Due(d.next_guard_at, Task.GUARD)
    if d.nothing_at is not None:
        yield Due(d.nothing_at, Task.NOTHING)


def _gone(d: EmailDomain, gone_at: int, r: Rhythm) -> Iterator[Due]:
    """A life that ended because the platform no longer had the name: it may be found again, and records be left."""
    over = gone_at + r["resumable"]
    if d.next_platform_at is not None and d.next_platform_at <= over:
        yield Due(d.next_platform_at, Task.PLATFORM)
    if d.gone_answer is None:
        yield Due(gone_at + r["gone_unanswered"], Task.UNANSWERED, "gone_unanswered")
    if d.gone_answer == "yes" and d.next_look_at is not None and d.next_look_at <= over:
        yield Due(d.next_look_at, Task.CLEANUP)


def due_at(domain: EmailDomain, rhythm: Rhythm) -> int | None:
    """The instant of the earliest entry, or None where nothing will happen by itself."""
    first = soonest(domain, rhythm)
    return first.at if first else None


def may_repeat(domain: EmailDomain, now: int, rhythm: Rhythm, *, rush: bool) -> bool:
    """Whether a look that finds nothing changed may repeat the last one, without resolvers and diagnosis.

    Never where a decision is near: something is right that was not, wrong that was not, or said once already. ``rush``:
    more is due than can be done at once.
    """
    look = domain.look
    if look is None or look.thorough_at is None:
        return False
    match domain.state:
        case _S.OPEN:
            calm, lasts = look.good and domain.bad_since is None, rhythm["thorough_open"]
        case _S.AWAITING_DNS | _S.STALLED:
            calm = not look.published and domain.good_since is None and domain.suspect is None
            lasts = rhythm["thorough_soon"]
        case _:
            return False
    return calm and now - look.thorough_at < (rhythm["thorough_rush"] if rush else lasts)


def timer_event(state: State) -> Event:
    return TIMERS[state][1]


def next_look(domain: EmailDomain, now: int, rhythm: Rhythm) -> int | None:
    """When to look at DNS after a look at ``now``; None once watching has ended (14 days)."""
    wait = _wait(domain, now, rhythm)
    if wait is None:
        return None
    due = now + max(FLOOR, round(wait * _jitter(domain.name)))
    # A second look that decides something comes at its own time, once; after that the usual rhythm goes on.
    seconds = []
    if domain.good_since is not None and domain.state in (_S.AWAITING_DNS, _S.STALLED, _S.DEGRADED):
        seconds.append(domain.good_since + rhythm["second_good"])
    if domain.bad_since is not None and domain.state not in (_S.AWAITING_DNS, _S.STALLED, _S.REMOVING):
        seconds.append(domain.bad_since + rhythm["two_bad"])
    if domain.suspect is not None:
        seconds.append(domain.suspect[1] + rhythm["suspect"])
    return min([due, *(max(at, now + FLOOR) for at in seconds if at > now)])


def _wait(d: EmailDomain, now: int, r: Rhythm) -> int | None:
    if d.boost_until is not None and now < d.boost_until <= now + r["look_boost_for"]:  # later: the clock went back
        return r["look_fast"]
    if d.state is _S.OPEN:
        return r["look_open"]
    if d.state in (_S.READY, _S.AWAITING_APPROVAL, _S.ACTIVATING, _S.WAITING):
        return r["look_steady"]
    elapsed = now - (d.watch_from if d.watch_from is not None else d.since)
    if d.state in (_S.AWAITING_DNS, _S.STALLED) and elapsed >= r["watch"]:
        return None
    if elapsed < r["look_fast_for"]:
        return r["look_fast"]
    if elapsed >= r["late"]:
        return r["look_late"]
    if elapsed >= r["day"]:
        return r["look_day"]
    return min(max(elapsed // 10, r["look_fast"]), r["look_cap"])


def _jitter(name: str) -> float:
    """Between 0.9 and 1.1, always the same for the same name, so that domains do not march in step."""
    return 0.9 + 0.2 * int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32


def backoff(first: int, cap: int, tries: int) -> int:
    """The wait after ``tries`` tries, growing by half from ``first`` to ``cap`` (all ms)."""
    return min(cap, round(first * 1.5 ** min(tries, 30)))
