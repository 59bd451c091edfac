"""When a domain is looked at, and what is on its agenda."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.approval import Purpose, Round
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.records import DnsRecord, RecordType
from bot.model.schedule import ARRIVING, DURATIONS, FLOOR, Rhythm, Task, agenda, backoff, due_at, may_repeat, next_look

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
START = 1_000_000_000_000
REAL = Rhythm.at(1)


def domain(state: State, **changes: object) -> EmailDomain:
    made = EmailDomain(
        team="T1", name="sales.xyzcorp.com", life=1, version=1, state=state, since=START, owner="U1", channel="C1",
        added_by="U1", added_at=START, watch_from=START,
    )  # fmt: skip
    return made.but(**changes)


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [
        pytest.param(0, 10 * SECOND, id="at first every 10 s"),
        pytest.param(9 * MINUTE, 10 * SECOND, id="for ten minutes"),
        pytest.param(30 * MINUTE, 3 * MINUTE, id="then a tenth of the time since"),
        pytest.param(5 * HOUR, 10 * MINUTE, id="at most ten minutes"),
        pytest.param(25 * HOUR, 30 * MINUTE, id="half an hour after a day"),
        pytest.param(73 * HOUR, 4 * HOUR, id="four hours after three days"),
    ],
)
@pytest.mark.parametrize("state", [State.AWAITING_DNS, State.STALLED])
def test_the_rhythm_of_watching(state: State, elapsed: int, expected: int) -> None:
    now = START + elapsed
    at = next_look(domain(state), now, REAL)
    assert at is not None
    assert 0.9 * expected <= at - now <= 1.1 * expected


def test_watching_ends_on_day_fourteen() -> None:
    assert next_look(domain(State.STALLED), START + 14 * DAY - 1, REAL) is not None
    assert next_look(domain(State.STALLED), START + 14 * DAY, REAL) is None


def test_a_record_seen_makes_it_quick_again() -> None:
    now = START + 2 * HOUR
    at = next_look(domain(State.AWAITING_DNS, boost_until=now + MINUTE), now, REAL)
    assert at is not None
    assert at - now <= 11 * SECOND


def test_a_boost_of_before_the_clock_went_back_is_over() -> None:
    """Else it would last as long as the clock went back: two hours of looks every ten seconds."""
    long = domain(State.WAITING, boost_until=START + REAL["look_boost_for"] + 2 * HOUR)
    at = next_look(long, START, REAL)
    assert at is not None and at > START + 9 * MINUTE


def test_the_second_good_look_comes_after_five_seconds() -> None:
    now = START + 2 * HOUR
    assert next_look(domain(State.AWAITING_DNS, good_since=now), now, REAL) == now + 5 * SECOND


def test_a_second_look_that_has_passed_does_not_come_again() -> None:
    now = START + HOUR
    at = next_look(domain(State.WAITING, bad_since=now - 20 * MINUTE), now, REAL)
    assert at is not None
    assert at - now >= 9 * MINUTE, "a lasting trouble is looked at in the usual rhythm"


def test_no_domain_is_looked_at_more_than_five_times_a_second() -> None:
    at = next_look(domain(State.AWAITING_DNS), START, Rhythm.at(1_000_000))
    assert at == START + FLOOR == START + 200


def test_pace_divides_every_duration_once() -> None:
    fast = Rhythm.at(720)
    assert fast.timers[State.WAITING] == 10 * SECOND
    assert fast["second_good"] == round(5000 / 720)
    assert all(fast[name] <= REAL[name] for name in DURATIONS)
    assert not fast.calendar
    assert REAL.calendar


def test_the_two_hours_are_a_timer_of_the_life() -> None:
    opens = START + 2 * HOUR
    waiting = domain(State.WAITING, opens_at=opens, next_look_at=START + 10 * HOUR)
    assert due_at(waiting, REAL) == opens + 1000, "a second more, since a Date counts whole seconds"
    assert agenda(waiting, REAL)[0].task is Task.WINDOW
    assert REAL.timers[State.WAITING] == timedelta(hours=2) / timedelta(milliseconds=1)


def test_what_was_remarked_once_is_not_on_the_agenda_again() -> None:
    fresh, told = domain(State.AWAITING_DNS), domain(State.AWAITING_DNS, told=("missing24",))
    assert Task.REMIND in [d.task for d in agenda(fresh, REAL)]
    assert Task.REMIND not in [d.task for d in agenda(told, REAL)]


def test_a_removed_domain_has_nothing_to_do() -> None:
    gone = domain(State.REMOVED, next_look_at=START, next_platform_at=START)
    assert due_at(gone, REAL) is None


def test_an_open_round_expires_whatever_the_state() -> None:
    asked = Round(1, Purpose.REMOVAL, "U1", START, "d", 1, START + DAY, (START + 4 * HOUR,))
    tasks = {d.task: d.at for d in agenda(domain(State.OPEN, round=asked), REAL)}
    assert tasks[Task.EXPIRE] == START + DAY + ARRIVING
    assert tasks[Task.NUDGE] == START + 4 * HOUR


def test_a_round_whose_vote_is_undecided_is_looked_at_again() -> None:
    asked = Round(1, Purpose.REMOVAL, "U1", START, "d", 1, START + DAY)
    waiting = domain(State.OPEN, round=asked, expiry_at=START + DAY + HOUR)
    assert {d.task: d.at for d in agenda(waiting, REAL)}[Task.EXPIRE] == START + DAY + HOUR


def test_backoff_grows_to_its_cap() -> None:
    waits = [backoff(2000, 60_000, n) for n in range(40)]
    assert waits[0] == 2000
    assert waits == sorted(waits)
    assert waits[-1] == 60_000


def seen(status: Status, thorough_at: int | None = START) -> Look:
    record = DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", "sparkpostmail.com")
    return Look(
        "sales.xyzcorp.com", START, (RecordLook(record, (Answer("ns1", "1", status),)),), thorough_at=thorough_at
    )


@pytest.mark.parametrize(
    ("of", "elapsed", "usually", "in_a_rush"),
    [
        pytest.param(domain(State.OPEN, look=seen(Status.RIGHT)), HOUR, True, True, id="open and right"),
        pytest.param(domain(State.OPEN, look=seen(Status.RIGHT)), 6 * HOUR, False, True, id="for six hours"),
        pytest.param(domain(State.OPEN, look=seen(Status.RIGHT)), DAY, False, False, id="in a rush for a day"),
        pytest.param(domain(State.OPEN, look=seen(Status.MISSING)), HOUR, False, False, id="open and not right"),
        pytest.param(
            domain(State.OPEN, look=seen(Status.RIGHT), bad_since=START), HOUR, False, False, id="a bad round before"
        ),
        pytest.param(domain(State.OPEN), HOUR, False, False, id="never seen"),
        pytest.param(domain(State.OPEN, look=seen(Status.RIGHT, None)), HOUR, False, False, id="half a look"),
        pytest.param(
            domain(State.AWAITING_DNS, look=seen(Status.MISSING)),
            30 * SECOND,
            False,
            True,
            id="the record may be elsewhere now",
        ),
        pytest.param(
            domain(State.AWAITING_DNS, look=seen(Status.MISSING)), 10 * SECOND, True, True, id="just looked for"
        ),
        pytest.param(
            domain(State.AWAITING_DNS, look=seen(Status.RIGHT)), MINUTE, False, False, id="resolvers may see it now"
        ),
        pytest.param(
            domain(State.STALLED, look=seen(Status.WRONG), suspect=("X", START)), MINUTE, False, False, id="to be said"
        ),
        pytest.param(domain(State.WAITING, look=seen(Status.RIGHT)), MINUTE, False, False, id="the two hours"),
        pytest.param(domain(State.DEGRADED, look=seen(Status.MISSING)), MINUTE, False, False, id="degraded"),
    ],
)
def test_when_the_last_look_may_be_repeated(of: EmailDomain, elapsed: int, usually: bool, in_a_rush: bool) -> None:
    now = START + elapsed
    assert (may_repeat(of, now, REAL, rush=False), may_repeat(of, now, REAL, rush=True)) == (usually, in_a_rush)
