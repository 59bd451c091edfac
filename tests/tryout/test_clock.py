"""The try-out's clock: real time, faster, or moved on to what happens next."""

from __future__ import annotations

import itertools

import pytest

from bot.model.schedule import Task
from bot.tryout.clock import MovableClock
from bot.tryout.slack.simulated import words
from bot.tryout.timing import WORDS
from tests.tryout.conftest import HandClock
from tests.tryout.hands import NAME, SAM, Hands, actions


@pytest.mark.parametrize(
    ("pace", "passes"),
    [
        pytest.param(1, 10_000, id="real time"),
        pytest.param(60, 600_000, id="a minute a second"),
        pytest.param(720, 7_200_000, id="two hours in ten seconds"),
    ],
)
def test_it_runs_at_its_pace(pace: float, passes: int) -> None:
    real = HandClock()
    clock = MovableClock(real, pace)
    began = clock.now()
    assert clock.delay_until(began + passes) == 10
    real.forward(10)
    assert clock.now() - began == passes
    assert clock.delay_until(began + passes) == 0
    assert clock.monotonic() == 10, "what is measured on the network stays real"


def test_another_pace_counts_from_now_on() -> None:
    real = HandClock()
    clock = MovableClock(real, 60)
    began = clock.now()
    real.forward(10)
    clock.run(1)
    real.forward(10)
    assert clock.now() - began == 610_000


def test_it_is_moved_on_and_never_back() -> None:
    clock = MovableClock(HandClock(), 60)
    began = clock.now()
    clock.move_to(began + 3_600_000)
    assert clock.now() == began + 3_600_000
    clock.move_to(began)
    assert clock.now() == began + 3_600_000


def test_everything_that_can_be_due_has_words() -> None:
    assert set(WORDS) == set(Task)


async def test_the_page_reads_the_clock_and_sets_its_pace(hands: Hands) -> None:
    shown = await hands.sees("clock")
    assert (shown["pace"], shown["next"]) == (60, [])
    assert [pace["pace"] for pace in shown["paces"]] == [1, 60, 720]
    assert (await hands.acts("clock", "skip"))["skipped"] is None
    assert (await hands.acts("clock", "pace", pace=1))["pace"] == 1
    assert (await hands.acts("clock", "pace", pace=100_000))["pace"] == 720
    with pytest.raises(AssertionError, match="There is no backwards"):
        await hands.acts("clock", "backwards")


async def test_a_whole_life_in_real_time_by_skipping(hands: Hands) -> None:
    await hands.acts("clock", "pace", pace=1)
    began = (await hands.sees("clock"))["now"]
    await hands.slack.command("U0TANAKA", "C0MAIL", f"add {NAME}")
    await hands.skips_until("records")
    await hands.acts("desk", "mistake", code="DUPLICATED_ZONE")
    await hands.skips_until("wrong_record")
    await hands.acts("desk", "publish")
    ready = await hands.skips_until("ready")
    await hands.slack.click("U0TANAKA", ready, actions(ready)[0])
    await hands.slack.click(SAM, await hands.said("approval"), "approve")
    await hands.skips_until("activated")

    shown = await hands.sees("clock")
    [window] = [row for row in shown["next"] if "two hours" in row["what"]]
    left = (window["at"] - shown["now"]) / 60_000
    assert 118 < left <= 120 + 1 / 60, "the two hours are two hours and a second, whatever the clock does"
    skipped = (await hands.acts("clock", "skip", at=window["at"]))["skipped"]
    assert skipped["what"] == f"the end of the two hours of {NAME}"
    assert skipped["seconds"] == pytest.approx(left * 60, abs=5)
    assert "You can now send from" in words(await hands.said("sending_allowed"))

    await hands.acts("desk", "remove")
    await hands.skips_until("degraded")
    await hands.acts("desk", "publish")
    await hands.skips_until("recovered")
    assert hands.kinds() == [
        "records", "wrong_record", "ready", "approval", "decided", "activated", "sending_allowed", "degraded",
        "recovered",
    ]  # fmt: skip
    assert (await hands.sees("clock"))["now"] - began > 2 * 3_600_000
    stamps = [m.ts for m in hands.slack.messages("C0MAIL")]
    assert all(earlier < later for earlier, later in itertools.pairwise(stamps))


async def test_a_long_skip_stops_for_what_is_said_on_the_way(hands: Hands) -> None:
    await hands.acts("clock", "pace", pace=1)
    await hands.added()
    shown = await hands.sees("clock")
    [gives_up] = [row for row in shown["next"] if row["what"] == f"the end of patience with {NAME}"]
    await hands.acts("clock", "skip", at=gives_up["at"])
    reminder, stalled = await hands.said("reminder"), await hands.said("stalled")
    days = (float(stalled.ts) - float(reminder.ts)) / 86_400
    assert days == pytest.approx(2, abs=0.01), "after one day the owner is reminded, after three it is stalled"
