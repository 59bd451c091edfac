"""Slack's time on a machine that sleeps, and answers of Slack's that cannot be believed."""

from __future__ import annotations

import pytest

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
    machine = Machine(wall=5 * HOUR)
    assert close(machine.hears(-HOUR), -HOUR)
    assert close(machine.forward(SECOND).hears(), -HOUR)
    assert machine.clock.doubtful
    assert close(machine.forward(STEP).hears())


# ---- after a start


def test_nothing_is_sure_before_slack_has_answered() -> None:
    assert not Machine().clock.sure


def test_an_answer_and_the_machines_date_are_two_witnesses() -> None:
    machine = Machine(wall=50 * SECOND)
    machine.hears()
    assert machine.clock.sure
    assert close(machine.wrong)


@pytest.mark.parametrize("wrong", [-HOUR, 61 * SECOND, -62 * SECOND, 25 * HOUR])
def test_one_wrong_answer_is_no_proof_and_the_next_that_agrees_with_the_machine_is(wrong: int) -> None:
    machine = Machine()
    machine.hears(wrong)
    assert not machine.clock.sure
    assert close(machine.forward(SECOND).hears())
    assert machine.clock.sure


def test_on_a_machine_whose_date_is_wrong_two_answers_a_minute_apart_are() -> None:
    machine = Machine(wall=-30 * 24 * HOUR)
    machine.hears()
    for _ in range(5):
        machine.forward(10 * SECOND).hears()
        assert not machine.clock.sure
    machine.forward(10 * SECOND).hears()
    assert machine.clock.sure


def test_where_nothing_waits_for_time_to_pass_one_answer_is_enough() -> None:
    machine = Machine(wall=-30 * 24 * HOUR)
    machine.clock.nothing_waits = True
    assert close(machine.hears())
    assert machine.clock.sure
    again(machine, wall=5 * HOUR).hears()
    assert machine.clock.sure, "and the next process goes on with it"


def test_answers_that_disagree_are_never_sure() -> None:
    machine = Machine(wall=5 * HOUR)
    for hours in (1, 2, 3, 1, 2, 3):
        machine.forward(2 * MINUTE).hears(hours * HOUR)
        assert not machine.clock.sure


def again(machine: Machine, boot: str = "boot", wall: int = 0) -> Machine:
    """Another process on the same machine, with what the first one kept."""
    kept = machine.clock.anchor
    assert kept is not None
    machine.wall = wall
    machine.clock = SystemClock(
        lambda: (machine.true + machine.wall) / 1000, lambda: machine.passed / 1000, boot
    )  # fmt: skip
    machine.clock.recall(kept)
    return machine


@pytest.mark.parametrize("wall", [0, 3 * HOUR, -30 * 24 * HOUR])
def test_what_was_agreed_on_in_this_boot_is_a_witness_whatever_the_machines_date(wall: int) -> None:
    machine = again(agreed().forward(3 * HOUR), wall=wall)
    assert close(machine.wrong), "BOOTTIME went on"
    assert not machine.clock.sure, "Slack has not answered yet"
    assert close(machine.hears())
    assert machine.clock.sure


@pytest.mark.parametrize("wrong", [-HOUR, HOUR, 25 * HOUR])
def test_and_one_wrong_answer_moves_it_no_more_than_later(wrong: int) -> None:
    machine = again(agreed().forward(HOUR), wall=wrong)
    assert close(machine.hears(wrong)), "not even where the machine's own date agrees with it"
    assert not machine.clock.sure
    assert close(machine.forward(SECOND).hears())
    assert machine.clock.sure


def test_what_was_agreed_on_in_another_boot_says_nothing() -> None:
    machine = agreed()
    machine.passed = 0
    again(machine, boot="another", wall=5 * HOUR)
    assert close(machine.wrong, 5 * HOUR)
    assert close(machine.hears())
    assert not machine.clock.sure


def test_where_boottime_was_put_back_two_answers_put_it_right() -> None:
    """The machine goes on from a picture of itself that was taken an hour ago: the same boot, and less of it."""
    machine = agreed()
    machine.forward(HOUR).passed -= HOUR
    again(machine)
    machine.hears()
    assert not machine.clock.sure
    assert close(machine.forward(STEP).hears())
    assert machine.clock.sure


def test_nothing_is_kept_of_what_is_not_sure_or_has_no_name() -> None:
    machine = Machine(wall=HOUR)
    machine.hears()
    assert machine.clock.anchor is None
    nameless = SystemClock(lambda: machine.true / 1000, lambda: machine.passed / 1000, "")
    nameless.heard(machine.true)
    assert nameless.sure
    assert nameless.anchor is None


def test_it_says_once_that_it_was_put_back() -> None:
    machine = agreed()
    machine.forward(SECOND).hears(HOUR)
    machine.forward(STEP).hears(HOUR)
    assert not machine.clock.was_put_back(), "put forward"
    machine.forward(SECOND).hears()
    machine.forward(STEP).hears()
    assert machine.clock.was_put_back()
    assert not machine.clock.was_put_back()


def test_this_machine_has_boottime_and_a_name_for_its_boot() -> None:
    found = SystemClock()
    assert found.boottime() > 0
    assert found.boot == clock.boot_id()
