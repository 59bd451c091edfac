"""What cannot be taken back is changed by a permit for it, and nothing else is a permit."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.model.approval import Outcome, Purpose
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import PERMITS, TRANSITIONS, Event, State
from bot.model.observations import Approval
from bot.model.permits import DELETES, VOTES, Permit, Step
from bot.model.schedule import Rhythm
from tests import permits
from tests.model.diagnosis.cases import DAY, NAME, NOW, ORG, OTHER, TEAM, complete, granted, missing, seen


def test_a_permit_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError, match="decide only"):
        Permit(Step.DELETE, TEAM, NAME, 1, ORG, object())
    with pytest.raises(TypeError):
        Permit(Step.DELETE, TEAM, NAME, 1, ORG)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"step": Step.DELETE}, id="for another step"),
        pytest.param({"team": "T2"}, id="for another workspace"),
        pytest.param({"name": "news.xyzcorp.com"}, id="for another name"),
        pytest.param({"life": 2}, id="for another life"),
        pytest.param({"org": OTHER}, id="for another org"),
        pytest.param({"life": 2, "seal": None}, id="with a seal of one's own"),
    ],
)
def test_a_permit_cannot_be_made_from_another_one(changes: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        replace(granted(Step.STOP_REMOVAL), **changes)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_permit_is_not_kept(way: Callable[[Permit], object]) -> None:
    with pytest.raises(TypeError, match="neither copied nor kept"):
        way(granted(Step.DELETE))


def test_a_permit_cannot_be_changed() -> None:
    found = granted(Step.DELETE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.life = 2  # type: ignore[misc]
    assert not hasattr(found, "seal")


def domain(state: State) -> EmailDomain:
    return EmailDomain(
        team=TEAM, name=NAME, life=1, version=1, state=state, since=NOW - DAY, owner="U1", channel="C1", added_by="U1",
        added_at=NOW - DAY, platform=ORG.platform, org_id=ORG.id, org=ORG.name,
    )  # fmt: skip


def asked() -> Draft:
    """With a round that is open."""
    return Draft(domain(State.READY), NOW).open_round(permits.asked(NOW))


@pytest.mark.parametrize(
    ("voter", "changes"),
    [("U0SUZUKI", {}), ("U0SAM", {"life": 2}), ("U0SAM", {"name": "news.xyzcorp.com"}), ("U0SAM", {"team": "T2"})],
)
def test_a_vote_needs_a_permit_for_this_voter_and_life(voter: str, changes: dict[str, Any]) -> None:
    for step in Step:
        with pytest.raises(TypeError, match="needs a permit"):
            asked().vote(voter, granted(step, **changes))
        with pytest.raises(TypeError, match="needs a permit"):
            asked().close_round(Outcome.REJECTED, by=voter, permit=granted(step, **changes))


def test_a_vote_with_its_permit_counts() -> None:
    assert asked().vote("U0SAM", granted(Step.VOTE)).voters == ("U0SAM",)
    assert asked().close_round(Outcome.REJECTED, by="U0SAM", permit=granted(Step.REJECT)).outcome is Outcome.REJECTED
    for step in set(Step) - {Step.VOTE}:
        with pytest.raises(TypeError, match="needs a permit"):
            asked().vote("U0SAM", granted(step))
    for step in set(Step) - {Step.REJECT}:
        with pytest.raises(TypeError, match="needs a permit"):
            asked().close_round(Outcome.REJECTED, by="U0SAM", permit=granted(step))


_WAYS = [(state, event) for state, event in TRANSITIONS if event in PERMITS]


@pytest.mark.parametrize(("state", "event"), _WAYS)
def test_an_event_that_cannot_be_taken_back_needs_a_permit_for_it(state: State, event: Event) -> None:
    draft = Draft(domain(state), NOW)
    with pytest.raises(TypeError, match="needs a permit"):
        draft.move(event, by="U1")
    for step in set(Step) - PERMITS[event]:
        with pytest.raises(TypeError, match="needs a permit"):
            draft.move(event, by="U1", permit=granted(step))
    assert (draft.domain, draft.change(Rhythm.at(1)).entries) == (domain(state), ())
    for step in PERMITS[event]:
        moved = Draft(domain(state), NOW).move(event, by="U1", permit=granted(step))
        assert moved.domain.state is TRANSITIONS[state, event].to


@pytest.mark.parametrize(("state", "event"), _WAYS)
@pytest.mark.parametrize(
    "of",
    [
        pytest.param({"team": "T2"}, id="of another workspace"),
        pytest.param({"name": "news.xyzcorp.com"}, id="of another name"),
        pytest.param({"life": 2}, id="of a later life"),
        pytest.param({"life": 0}, id="of an earlier life"),
    ],
)
def test_a_permit_is_for_this_very_life(state: State, event: Event, of: dict[str, Any]) -> None:
    for step in PERMITS[event]:
        with pytest.raises(TypeError, match="needs a permit"):
            Draft(domain(state), NOW).move(event, by="U1", permit=granted(step, **of))


def test_each_step_is_for_an_event_or_for_the_platform() -> None:
    by_event = {step for steps in PERMITS.values() for step in steps}
    by_others = [*DELETES, *VOTES, Step.ACTIVATE, Step.DEPROVISION]
    assert sorted([*by_event, *by_others]) == sorted(Step)


@pytest.mark.parametrize("step", Step)
def test_what_was_approved_is_undone_with_a_permit_for_that_only(step: Step) -> None:
    draft = Draft(domain(State.OPEN), NOW)
    if step is Step.DEPROVISION:
        assert draft.deprovision(granted(step)).domain.unprovisioned
        return
    with pytest.raises(TypeError, match="needs a permit"):
        draft.deprovision(granted(step))


@pytest.mark.parametrize(
    ("step", "of"),
    [
        *(pytest.param(step, {}, id=f"for {step}") for step in Step if step is not Step.IMPORT),
        pytest.param(Step.IMPORT, {"team": "T2"}, id="of another workspace"),
        pytest.param(Step.IMPORT, {"name": "news.xyzcorp.com"}, id="of another name"),
        pytest.param(Step.IMPORT, {"life": 2}, id="of another life"),
    ],
)
def test_importing_needs_a_permit_to_import_this(step: Step, of: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="needs a permit"):
        Draft(domain(State.REGISTERING), NOW).adopt(granted(step, **of))


def test_what_is_imported_counts_as_agreed_to_and_published() -> None:
    """Whether it ever was in DNS nobody knows, so it does not go within seconds."""
    found = Draft(domain(State.REGISTERING), NOW).adopt(granted(Step.IMPORT)).domain.observations
    assert found.published_at == NOW
    assert found.approved(Purpose.IMPORT, ORG.id) == Approval(NOW, 0, Purpose.IMPORT, ORG.id)
    alone = replace(complete(Step.IMPORT), vouched=False)
    assert missing(Step.IMPORT, seen(alone, approvals=found.approvals)) == []
