"""Slack's time on a machine that sleeps, and answers of Slack's that cannot be believed."""

from __future__ import annotations

from bot.runtime import clock
from bot.runtime.clock import STEP, SystemClock
from tests.clock import START

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000


class Machine:
    """``true`` is the world's time, carried on by :meth:`forward`; ``wall`` may be set to anything."""

    def __init__(self, *, wall: int = 0) -> None:
        self.true, self.passed, self.wall = START, 5 * HOUR, wall
        self.clock = SystemClock(lambda: (self.true + self.wall) / 1000, lambda: self.passed / 1000, "boot")

    def forward(self, ms: int) -> Machine:
        self.true += ms
        self.passed += ms
        return self

    def hears(self, wrong: int = 0) -> int:
        """Slack answers, its Date off by ``wrong``; returns by how much the clock is wrong then."""
        self.clock.heard((self.true + wrong) // SECOND * SECOND)
        return self.wrong

    @property
    def wrong(self) -> int:
        return self.clock.now() - self.true


def close(ms: int, to: int = 0) -> bool:
    return abs(ms - to) < 2 * SECOND


def agreed(wall: int = 0) -> Machine:
    """Two answers, a minute apart, said the same."""
    machine = Machine(wall=wall)
    machine.hears()
    machine.forward(MINUTE).hears()
    return machine


def test_until_slack_answers_it_is_the_machines_date() -> None:
    assert Machine(wall=HOUR).wrong == HOUR
    assert close(Machine(wall=HOUR).hears())


def test_it_goes_on_while_the_machine_sleeps() -> None:
    machine = agreed()
    machine.forward(9 * HOUR)
    assert close(machine.wrong)


def test_the_machines_date_moves_nothing() -> None:
    machine = agreed()
    machine.wall = -30 * 24 * HOUR
    assert close(machine.wrong)
    assert machine.clock.machine() == machine.true + machine.wall


def test_one_wrong_date_is_not_believed() -> None:
    machine = agreed()
    for wrong in (HOUR, -HOUR, 61 * SECOND, -62 * SECOND, 30 * 24 * HOUR):
        assert close(machine.forward(10 * SECOND).hears(wrong))
        assert machine.clock.doubtful
        assert close(machine.forward(SECOND).hears())
        assert not machine.clock.doubtful


def test_a_minute_at_most_from_where_two_agreed() -> None:
    machine = agreed()
    assert close(machine.forward(SECOND).hears(50 * SECOND), 50 * SECOND)
    assert close(machine.forward(SECOND).hears(-50 * SECOND), -50 * SECOND)
    assert close(machine.forward(SECOND).hears(STEP + 2 * SECOND), -50 * SECOND)


def test_a_clock_that_drifts_by_fifty_seconds_an_answer() -> None:
    machine = agreed()
    for answer in range(1, 200):
        machine.forward(MINUTE).hears(answer * 50 * SECOND)
        assert abs(machine.wrong) <= STEP + 2 * SECOND


def test_two_answers_that_agree_are_believed_when_they_are_a_minute_apart() -> None:
    machine = agreed()
    assert close(machine.forward(SECOND).hears(HOUR))
    assert close(machine.forward(STEP - 2 * SECOND).hears(HOUR))
    assert machine.clock.doubtful
    assert close(machine.forward(2 * SECOND).hears(HOUR), HOUR)
    assert not machine.clock.doubtful


def test_two_that_disagree_prove_nothing_however_far_apart() -> None:
    machine = agreed()
    for hours in (1, 2, 1, 5):
        assert close(machine.forward(2 * MINUTE).hears(hours * HOUR))


def test_one_that_agrees_with_the_anchor_ends_the_doubt() -> None:
    """Or a liar could wait for its second chance for ever."""
    machine = agreed()
    machine.forward(SECOND).hears(HOUR)
    machine.forward(MINUTE).hears()
    assert close(machine.forward(SECOND).hears(HOUR))


def test_a_first_answer_that_was_wrong_is_put_right_by_two_others() -> None:
    machine = Machine()
    assert close(machine.hears(-HOUR), -HOUR)
    assert close(machine.forward(SECOND).hears(), -HOUR)
    assert machine.clock.doubtful
    assert close(machine.forward(STEP).hears())


def test_this_machine_has_boottime_and_a_name_for_its_boot() -> None:
    found = SystemClock()
    assert found.boottime() > 0
    assert found.boot == clock.boot_id()
