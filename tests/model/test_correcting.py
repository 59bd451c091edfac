"""Instants that a clock which was ahead has left: what cannot be is put right, what can be stays."""

from __future__ import annotations

from typing import Any

import pytest

from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.correcting import AHEAD, PAST, correct
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.observations import Approval, Create, Delete, Observations, Org, Wish
from bot.model.schedule import Rhythm
from tests.clock import START
from tests.permits import clocks

NOW, HOUR, RHYTHM = START, 3_600_000, Rhythm.at(1)
ORG = Org("genesys", "a1", "XYZ Corp")


def corrected(**fields: Any) -> EmailDomain | None:
    """As it is afterwards; None where there was nothing to put right."""
    values: dict[str, Any] = {
        "team": "T", "name": "sales.xyzcorp.com", "life": 1, "version": 3, "state": State.OPEN, "since": NOW,
        "owner": "U", "channel": "C", "added_by": "U", "added_at": NOW,
    }  # fmt: skip
    draft = Draft(EmailDomain(**values | fields), NOW)
    return draft.domain if correct(draft, RHYTHM) else None


@pytest.mark.parametrize("name", PAST)
def test_what_has_happened_happened_by_now(name: str) -> None:
    assert getattr(corrected(**{name: NOW + 30 * HOUR}), name) == NOW
    assert corrected(**{name: NOW}) is None
    assert corrected(**{name: NOW - 30 * HOUR}) is None


@pytest.mark.parametrize(("name", "wait"), AHEAD.items())
def test_what_is_to_happen_is_not_further_off_than_it_can_be(name: str, wait: str) -> None:
    assert getattr(corrected(**{name: NOW + 30 * HOUR}), name) == NOW
    assert corrected(**{name: NOW + round(RHYTHM[wait] * 1.1)}) is None
    assert corrected(**{name: NOW - HOUR}) is None


def test_a_finding_seen_once() -> None:
    found = corrected(suspect=("txt", NOW + HOUR))
    assert found is not None and found.suspect == ("txt", NOW)


def test_the_two_hours_begin_now_and_no_sooner() -> None:
    seen = Observations(started=clocks(NOW + 30 * HOUR))
    found = corrected(state=State.WAITING, observations=seen, opens_at=NOW + 32 * HOUR)
    assert found is not None and found.opens_at == NOW + 2 * HOUR
    started = found.observations.started
    assert started is not None and (started.slack, started.platform) == (NOW, clocks(NOW + 30 * HOUR).platform)


def test_the_two_hours_that_run_stay() -> None:
    seen = Observations(started=clocks(NOW - HOUR))
    assert corrected(state=State.WAITING, observations=seen, opens_at=NOW + HOUR) is None


def test_what_was_observed_counts_from_now_on() -> None:
    late = NOW + 30 * HOUR
    seen = Observations(
        created=Create(late, ORG, answered_at=late), deleted=Delete(late, ORG), wish=Wish(late, "U"),
        approvals=(Approval(NOW - HOUR, 1, Purpose.REMOVAL, "a1"), Approval(late, 2, Purpose.REMOVAL, "a1")),
        published_at=late, ours_at=NOW - HOUR,
    )  # fmt: skip
    found = corrected(observations=seen)
    assert found is not None
    assert found.observations == Observations(
        created=Create(NOW, ORG, answered_at=NOW), deleted=Delete(NOW, ORG), wish=Wish(NOW, "U"),
        approvals=(Approval(NOW - HOUR, 1, Purpose.REMOVAL, "a1"), Approval(NOW, 2, Purpose.REMOVAL, "a1")),
        published_at=NOW, ours_at=NOW - HOUR,
    )  # fmt: skip
