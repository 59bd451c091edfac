"""The order of a life: what may follow what, and what may not."""

from __future__ import annotations

import pytest

from bot.errors import NotAllowed
from bot.model.lifecycle import (
    BEFORE_ACTIVATION,
    REMOVAL_NEEDS_APPROVAL,
    TIMERS,
    TRANSITIONS,
    Event,
    Kind,
    State,
    advance,
)

NAME = "sales.xyzcorp.com"


@pytest.mark.parametrize(
    ("state", "event"),
    [
        pytest.param(State.AWAITING_DNS, Event.PROVISIONED, id="no mail before DNS is proven"),
        pytest.param(State.AWAITING_DNS, Event.ASKED, id="nobody is asked before DNS is ready"),
        pytest.param(State.READY, Event.APPROVED, id="nobody approves what nobody asked for"),
        pytest.param(State.READY, Event.PROVISIONED, id="nothing is activated without approval"),
        pytest.param(State.WAITING, Event.ASKED, id="the two hours are never cut short"),
        pytest.param(State.WAITING, Event.DEGRADED, id="a waiting domain stays waiting"),
        pytest.param(State.REMOVING, Event.GONE, id="a removal ends by its own rule"),
        pytest.param(State.REMOVED, Event.RECORDS_CHANGED, id="what is removed is over"),
        pytest.param(State.REGISTERING, Event.DNS_READY, id="no records, no look"),
        pytest.param(State.OPEN, Event.WINDOW_OPENED, id="the window opens once"),
    ],
)
def test_a_domain_cannot_jump(state: State, event: Event) -> None:
    with pytest.raises(NotAllowed) as refused:
        advance(NAME, state, event)
    assert refused.value.name == NAME


def test_every_state_can_be_reached_and_left() -> None:
    reached = {to for edge in TRANSITIONS.values() for to in (edge.to, *edge.landings)} | {State.REGISTERING}
    left = {state for state, event in TRANSITIONS if event is not Event.FOUND_AGAIN}
    assert reached == set(State)
    assert left == set(State) - {State.REMOVED}
    assert TRANSITIONS[State.REMOVED, Event.FOUND_AGAIN].landings.isdisjoint({State.OPEN, State.DEGRADED})


def test_every_timer_leads_somewhere() -> None:
    for state, (_, event) in TIMERS.items():
        assert (state, event) in TRANSITIONS


#: Activated elsewhere more than two hours ago, its owner says.
_BY_ITS_OWNER = {(state, Event.OPENED_OUTSIDE) for state in BEFORE_ACTIVATION}


def test_only_the_two_hours_open_the_window_or_its_owners_word() -> None:
    assert {k for k, edge in TRANSITIONS.items() if edge.says is Kind.SENDING_ALLOWED} == {
        (State.WAITING, Event.WINDOW_OPENED),
        *_BY_ITS_OWNER,
    }


def test_an_open_domain_is_reached_through_the_two_hours_a_recovery_or_its_owners_word() -> None:
    assert {k for k, edge in TRANSITIONS.items() if State.OPEN in (edge.to, *edge.landings)} == {
        *_BY_ITS_OWNER,
        (State.WAITING, Event.WINDOW_OPENED),
        (State.DEGRADED, Event.RECOVERED),
        (State.REMOVING, Event.REMOVAL_STOPPED),  # where it was open before, and everything is right now
    }


def test_from_activating_on_a_removal_needs_approval() -> None:
    assert {State.ACTIVATING, State.WAITING, State.OPEN, State.DEGRADED} == REMOVAL_NEEDS_APPROVAL
