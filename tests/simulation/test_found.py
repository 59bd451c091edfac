"""What the search has found stays mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.lifecycle import Kind
from bot.model.outbox import Notice
from bot.services.outbox import reconciling
from tests.clock import START, HandClock
from tests.simulation.found import FOUND
from tests.simulation.run import simulate

DAY = 86_400_000


@pytest.mark.parametrize("name", FOUND)
def test_a_story_that_broke_a_rule_breaks_none(name: str) -> None:
    found = FOUND[name]
    assert not simulate(found.seed, found.events).breaches


class Ahead(HandClock):
    """Slack's Date is a day ahead of the numbers of its own messages; the machine's clock is right."""

    def now(self) -> int:
        return super().now() + DAY

    def machine(self) -> int:
        return super().now()


def test_an_unclear_message_is_looked_for_from_the_earlier_of_two_clocks_on() -> None:
    """Seed 14: it was looked for in the future, not found, and said twice."""
    assert reconciling.anchor(Ahead()) == START


def test_nobody_reads_back_further_than_a_day_because_the_machine_is_wrong() -> None:
    class Old(HandClock):
        def machine(self) -> int:
            return 0

    assert START - 2 * DAY < reconciling.anchor(Old()) < START


def test_in_a_thread_it_is_looked_for_from_its_first_message_on() -> None:
    late = START + DAY
    notice = Notice("T/n.example#1/ready/1", "T", "n.example", 1, Kind.READY, n=1, seq=1, created_at=late)
    notice = replace(notice, anchor=late, thread=f"{START / 1000:.6f}")
    assert reconciling._since(notice) <= START < reconciling._since(replace(notice, thread=None))
