"""Whatever happened, in whatever order: nothing that cannot be taken back is permitted without what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.approval import Purpose
from bot.model.needs import Case
from bot.model.observations import (
    Approval,
    CampaignReading,
    CnameAnswer,
    CnamePoll,
    Create,
    Observations,
    Org,
    Reading,
    Wish,
)
from bot.model.permits import DELETES, Permit, Step, decide
from tests.model.diagnosis.cases import DAY, FRESH, HOUR, MINUTE, MS, NAME, NOW, ORG, OTHER, SECOND, TEAM, poll

_C, _S = CnameAnswer, Step


@dataclass
class History:
    """What happened, all of it, as it happened; and what the bot keeps of it."""

    now: int = NOW
    kept: Observations = field(default_factory=lambda: Observations(created=Create(NOW, ORG, answered_at=NOW)))
    held: bool = False
    connected: Org | None = ORG
    events: list[Any] = field(default_factory=list)

    def happen(self, wait: int, event: Any) -> None:
        self.now += wait
        match event:
            case bool():
                self.held = event
            case Org() | None:
                self.connected = event
            case CnamePoll():
                event = replace(event, at=self.now)
                self.kept = self.kept.with_poll(event)
            case Reading():
                event = replace(event, at=self.now)
                self.kept = self.kept.with_reading(event, HOUR)
            case CampaignReading():
                event = replace(event, at=self.now)
                self.kept = replace(self.kept, campaigns=event)
            case Wish():
                event = replace(event, at=self.now)
                self.kept = self.kept.with_wish(event)
            case Approval():
                event = replace(event, at=self.now)
                self.kept = self.kept.with_approval(event)
        self.events.append(event)

    @property
    def case(self) -> Case:
        return Case(
            TEAM, NAME, 1, ORG, self.connected, self.held, True, self.kept, self.now, MS,
            ended_at=self.now, vouched=True, refused=True,
        )  # fmt: skip

    def of(self, kind: type[Any], since: int = 0) -> list[Any]:
        return [one for one in self.events if isinstance(one, kind) and one.at >= since]

    def since_wish(self, kind: type[Any]) -> list[Any]:
        wishes = [index for index, one in enumerate(self.events) if isinstance(one, Wish)]
        return [one for one in self.events[wishes[-1] :] if isinstance(one, kind)] if wishes else []


_HERE = Reading(0, ORG, True, provisioned=False, verified=False, ours=True)
_WISH, _NONE_ON, _WELL = Wish(0, "U1"), CampaignReading(0, True), poll(0, _C.NONE, _C.NONE)
_AGREED = Approval(0, 1, Purpose.REMOVAL, ORG.id)
_FORCE = replace(_AGREED, purpose=Purpose.REMOVAL_FORCED)
_MISSED = Reading(0, ORG, False)

#: Histories at whose end something may be done.
SCRIPTS: dict[Step, list[tuple[int, Any]]] = {
    _S.DELETE: [(0, _WISH), (0, _AGREED), (0, _WELL), (10 * MINUTE, _WELL), (0, replace(_HERE, provisioned=True)),
                (0, _NONE_ON)],
    _S.DELETE_UNPUBLISHED: [(0, _WISH), (0, _WELL), (5 * SECOND, _WELL), (0, _HERE), (0, _NONE_ON)],
    _S.DELETE_FORCED: [(0, _WISH), (DAY, _FORCE), (6 * DAY, poll(0, _C.OURS)), (0, _HERE), (0, _NONE_ON)],
    _S.END: [(0, _MISSED), (HOUR, _MISSED), (HOUR, _MISSED)],
}  # fmt: skip

_waits = st.sampled_from(
    [0, 1, 5 * SECOND - 1, 5 * SECOND, FRESH, FRESH + 1, 10 * MINUTE - 1, 10 * MINUTE, HOUR - 1, HOUR, DAY, 7 * DAY]
)
_happenings: st.SearchStrategy[Any] = st.one_of(
    st.booleans(),
    st.sampled_from([ORG, OTHER, None]),
    st.builds(
        lambda said, problem, denied: poll(0, *said, problem=problem, denied=denied),
        st.lists(st.sampled_from(CnameAnswer), max_size=3),
        st.sampled_from([None, None, "recursor"]),
        st.booleans(),
    ),
    st.builds(
        Reading,
        st.just(0),
        st.sampled_from([ORG, ORG, OTHER]),
        st.booleans(),
        st.sampled_from([True, False, None]),
        st.sampled_from([True, False, None]),
        st.sampled_from([True, False, None]),
    ),
    st.builds(CampaignReading, st.just(0), st.just(True), st.sampled_from([(), ("Autumn",)])),
    st.builds(CampaignReading, st.just(0), st.sampled_from([False, None])),
    st.just(_WISH),
    st.builds(Approval, st.just(0), st.just(1), st.sampled_from(Purpose), st.sampled_from([ORG.id, OTHER.id])),
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, Any]]:
    """A history at whose end something may be done, with things left out, put in, and at other times."""
    script = [list(one) for one in draw(st.sampled_from(list(SCRIPTS.values())))]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(script) - 1)))
        match draw(st.sampled_from(["put in", "put in", "leave out", "at another time", "once more"])):
            case "put in":
                script.insert(draw(st.integers(0, len(script))), [draw(_waits), draw(_happenings)])
            case "leave out" if script:
                del script[at]
            case "at another time" if script:
                script[at][0] = draw(_waits)
            case "once more" if script:
                script.append([draw(_waits), script[at][1]])
    return [(wait, event) for wait, event in script]


def _may_be_deleted(step: Step, past: History) -> bool:
    """The contract in other words, told from everything that happened."""
    wish = (past.since_wish(Wish) or [None])[-1]
    reading = (past.of(Reading) or [None])[-1]
    read = (past.since_wish(CampaignReading) or [None])[-1]
    polls = past.since_wish(CnamePoll)
    if wish is None or reading is None or read is None or not polls:
        return False
    if any(past.now - one.at > FRESH for one in (reading, read, polls[-1])):
        return False
    if not (reading.present and reading.org.id == ORG.id and reading.ours):
        return False
    agreed = {one.purpose for one in past.of(Approval, wish.at) if one.org == ORG.id}
    if step is Step.DELETE_FORCED:
        ours = any(one.said is _C.OURS for one in polls[-1].servers)
        return past.now - wish.at >= 7 * DAY and Purpose.REMOVAL_FORCED in agreed and not (ours and read.on)
    if read.on or (read.seen is None and past.now - wish.at < DAY):
        return False
    idle = reading.provisioned is False and reading.verified is False
    unpublished = step is Step.DELETE_UNPUBLISHED
    if unpublished and (not idle or any(one.said is _C.OURS for p in past.of(CnamePoll) for one in p.servers)):
        return False
    if not (idle or Purpose.REMOVAL in agreed):
        return False
    apart = 5 * SECOND if unpublished else 10 * MINUTE
    return any(
        last.at - first.at >= apart
        and ((_clean(first) and _clean(last)) or (unpublished and first.denied and last.denied))
        and ((_all(first) and _all(last)) or past.now - first.at >= DAY)
        and not any(one.said in (_C.OURS, _C.NOT_KNOWN) for p in polls[n + 1 :] for one in p.servers)
        for last in polls[-1:]
        for n, first in enumerate(polls[:-1])
    )


def _clean(one: CnamePoll) -> bool:
    answers = [server.said for server in one.servers if server.said is not _C.NO_ANSWER]
    return one.problem is None and len(answers) > 0 and all(said in (_C.NONE, _C.OTHER) for said in answers)


def _all(one: CnamePoll) -> bool:
    return all(server.said is not _C.NO_ANSWER for server in one.servers)


def _may_end(past: History) -> bool:
    readings = past.of(Reading)
    while readings and any(one.present for one in readings):
        readings.pop(0)
    counted: list[int] = []
    for one in readings:
        if not counted or one.at - counted[-1] >= HOUR:
            counted.append(one.at)
    return len(counted) >= 3 and readings[-1].org == ORG and past.now - readings[-1].at <= FRESH


@pytest.mark.parametrize("step", SCRIPTS)
def test_the_histories_lead_somewhere(step: Step) -> None:
    past = History()
    for wait, event in SCRIPTS[step]:
        assert not isinstance(decide(step, past.case), Permit)
        past.happen(wait, event)
    assert isinstance(decide(step, past.case), Permit)


@settings(max_examples=1000, deadline=None)
@given(histories())
def test_whatever_happened_nothing_is_done_without_what_it_needs(script: list[tuple[int, Any]]) -> None:
    past = History()
    for wait, event in script:
        past.happen(wait, event)
        done = {step for step in Step if isinstance(decide(step, past.case), Permit)}
        if past.held:
            assert done <= {Step.DROP, Step.STOP_REMOVAL, Step.RELEASE}
        if past.connected != ORG:
            assert done <= {Step.DROP, Step.RELEASE}
        for step in done & DELETES:
            assert _may_be_deleted(step, past), step
        assert Step.END not in done or _may_end(past)
