"""What is kept of what was observed: rows of rounds and of absences, rounds of approval, and how it is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.approval import Purpose
from bot.model.clocks import Instants
from bot.model.observations import (
    ABSENCES,
    NOTHING,
    Activation,
    Approval,
    CampaignReading,
    CnameAnswer,
    CnamePoll,
    Create,
    Delete,
    ListedServer,
    Observations,
    OldKey,
    Org,
    Others,
    Outside,
    Reading,
    ServerAnswer,
    Wish,
)

HOUR = 3_600_000
NOW = 1_000_000_000_000
ORG = Org("genesys", "a1", "XYZ Corp")
_C = CnameAnswer


def poll(*answers: CnameAnswer, at: int = NOW, problem: str | None = None) -> CnamePoll:
    servers = [ServerAnswer(f"ns{n}.xyzcorp.com", f"192.0.2.{n}", one) for n, one in enumerate(answers, 1)]
    return CnamePoll(at, tuple(servers), problem)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(ORG, ORG, True, id="the same"),
        pytest.param(ORG, ORG._replace(name="XYZ Group"), True, id="under a new name"),
        pytest.param(ORG, ORG._replace(id="b2"), False, id="another one of that name"),
        pytest.param(ORG, ORG._replace(platform="embedded"), False, id="the same id at another platform"),
        pytest.param(ORG, ORG._replace(id=""), False, id="one whose id is not known"),
        pytest.param(ORG._replace(id=""), ORG._replace(id=""), False, id="neither id is known"),
        pytest.param(ORG, None, False, id="none"),
    ],
)
def test_an_org_is_told_by_platform_and_id(one: Org, other: Org | None, expected: bool) -> None:
    assert one.is_same(other) is expected
    assert other is None or other.is_same(one) is expected


@pytest.mark.parametrize(
    ("round_", "clean", "answered", "against", "ours"),
    [
        pytest.param(poll(_C.NONE, _C.NONE), True, True, False, False, id="nothing there"),
        pytest.param(poll(_C.OTHER), True, True, False, False, id="somebody else's CNAME"),
        pytest.param(poll(_C.NONE, _C.OTHER), True, True, False, False, id="nothing at one, somebody else's at one"),
        pytest.param(poll(_C.NONE, _C.NO_ANSWER), True, False, False, False, id="one is silent"),
        pytest.param(poll(_C.NO_ANSWER), False, False, False, False, id="all are silent"),
        pytest.param(poll(), False, True, False, False, id="nobody to ask"),
        pytest.param(poll(_C.NONE, _C.OURS), False, True, True, True, id="ours at one"),
        pytest.param(poll(_C.NO_ANSWER, _C.OURS), False, False, True, True, id="ours at the one that answers"),
        pytest.param(poll(_C.NONE, _C.NOT_KNOWN), False, True, True, False, id="whose it is nobody knows"),
        pytest.param(poll(_C.NONE, problem="parent"), False, True, False, False, id="others may serve the zone"),
        pytest.param(poll(_C.OURS, problem="parent"), False, True, True, True, id="ours, whoever else serves it"),
    ],
)
def test_what_one_round_says(round_: CnamePoll, clean: bool, answered: bool, against: bool, ours: bool) -> None:
    assert (round_.clean, round_.answered, round_.against, round_.ours) == (clean, answered, against, ours)


_FIRST = poll(_C.NONE, at=NOW - HOUR)


@pytest.mark.parametrize(
    ("then", "first"),
    [
        pytest.param([poll(_C.NONE)], _FIRST, id="the first of the row stays"),
        pytest.param([poll(_C.NONE, at=NOW - 1), poll(_C.NONE)], _FIRST, id="what is between them goes"),
        pytest.param([poll(_C.NO_ANSWER)], _FIRST, id="silence breaks nothing"),
        pytest.param([poll(problem="recursor")], _FIRST, id="nor does not knowing whom to ask"),
        pytest.param([poll(_C.OURS)], None, id="our CNAME ends it"),
        pytest.param([poll(_C.NONE, _C.OURS)], None, id="at one of two"),
        pytest.param([poll(_C.NOT_KNOWN)], None, id="so does a CNAME that ends nowhere"),
        pytest.param([poll(_C.OURS, at=NOW - 1), poll(_C.NONE)], poll(_C.NONE), id="a row begins with a clean one"),
        pytest.param([poll(_C.OURS, at=NOW - 1), poll(_C.NO_ANSWER)], None, id="silence begins none"),
    ],
)
def test_of_a_row_the_first_and_the_last_are_kept(then: list[CnamePoll], first: CnamePoll | None) -> None:
    seen = NOTHING.with_poll(_FIRST)
    for one in then:
        seen = seen.with_poll(one)
    assert seen.first == seen.whole == first
    assert seen.last == then[-1]


def test_the_first_in_which_everybody_answered_is_kept_beside_it() -> None:
    half, whole = poll(_C.NONE, _C.NO_ANSWER, at=NOW - HOUR), poll(_C.NONE, _C.NONE, at=NOW - 1)
    seen = NOTHING.with_poll(half).with_poll(whole).with_poll(poll(_C.NONE, _C.NONE))
    assert (seen.first, seen.whole, seen.last) == (half, whole, poll(_C.NONE, _C.NONE))


def test_servers_are_known_from_when_they_were_last_listed() -> None:
    seen = NOTHING.with_listed({("ns9.old.net", "192.0.2.9")}, NOW - HOUR).with_poll(poll(_C.NONE))
    gone = [replace(one, servers=tuple(s._replace(listed=False) for s in one.servers)) for one in [poll(_C.NONE)]]
    seen = seen.with_poll(replace(gone[0], at=NOW + HOUR))
    assert [one.at for one in seen.counted(NOW - HOUR)] == [NOW, NOW - HOUR]
    assert [one.at for one in seen.counted(NOW)] == [NOW]


def test_where_nobody_was_asked_there_is_no_last_round() -> None:
    assert NOTHING.last is None
    assert NOTHING.absent_since is None


def test_our_cname_is_published_from_when_it_was_first_seen() -> None:
    assert NOTHING.with_poll(poll(_C.NOT_KNOWN)).published_at is None
    seen = NOTHING.with_poll(poll(_C.NONE, _C.OURS))
    assert seen.published_at == NOW
    assert seen.with_poll(poll(_C.OURS, at=NOW + HOUR)).with_poll(poll(_C.NONE, at=NOW + HOUR)).published_at == NOW


def _absent(at: int) -> Reading:
    return Reading(at, ORG, present=False)


@pytest.mark.parametrize(
    ("instants", "kept"),
    [
        pytest.param([0], [0], id="the first"),
        pytest.param([0, HOUR - 1], [0], id="one too soon does not count"),
        pytest.param([0, HOUR - 1, HOUR], [0, HOUR], id="and puts nothing off"),
        pytest.param([0, HOUR, 2 * HOUR], [0, HOUR, 2 * HOUR], id="three"),
        pytest.param([0, HOUR, 2 * HOUR, 5 * HOUR], [HOUR, 2 * HOUR, 5 * HOUR], id="the last three are enough"),
        pytest.param([HOUR, 0], [0], id="a clock that went back: the row begins anew"),
    ],
)
def test_absences_that_count_are_an_hour_apart(instants: list[int], kept: list[int]) -> None:
    seen = NOTHING
    for at in instants:
        seen = seen.with_reading(_absent(NOW + at), HOUR)
    assert seen.absences == tuple(NOW + at for at in kept)
    assert len(seen.absences) <= ABSENCES
    assert seen.absent_since == NOW + kept[0]
    assert seen.reading == _absent(NOW + instants[-1]), "the last one is kept, whether it counts or not"


def test_one_reading_with_the_name_ends_the_row() -> None:
    seen = NOTHING.with_reading(_absent(NOW), HOUR).with_reading(_absent(NOW + HOUR), HOUR)
    seen = seen.with_reading(Reading(NOW + HOUR + 1, ORG, present=True), HOUR)
    assert seen.absences == ()
    assert seen.with_reading(_absent(NOW + 2 * HOUR), HOUR).absences == (NOW + 2 * HOUR,)


def test_what_was_seen_before_a_wish_counts_for_nothing_after_it() -> None:
    seen = FULL.with_wish(Wish(NOW + HOUR, "U2"))
    assert (seen.wish, seen.first, seen.whole, seen.last) == (Wish(NOW + HOUR, "U2"), None, None, None)
    assert (seen.campaigns, seen.deleted) == (None, None)
    kept = ("created", "reading", "absences", "listed", "approvals", "published_at")
    assert [getattr(seen, name) for name in kept] == [getattr(FULL, name) for name in kept]


def test_the_last_round_for_this_purpose_in_this_org_counts() -> None:
    seen = NOTHING
    for number, (purpose, org) in enumerate(
        [(Purpose.REMOVAL, "a1"), (Purpose.REMOVAL, "a1"), (Purpose.REMOVAL, "b2"), (Purpose.RELEASE, "a1")]
    ):
        seen = seen.with_approval(Approval(NOW + number, number, purpose, org))
    assert seen.approved(Purpose.REMOVAL, "a1") == Approval(NOW + 1, 1, Purpose.REMOVAL, "a1")
    assert seen.approved(Purpose.REMOVAL, "b2") == Approval(NOW + 2, 2, Purpose.REMOVAL, "b2")
    assert seen.approved(Purpose.RELEASE, "b2") is None
    assert seen.approved(Purpose.REMOVAL_FORCED, "a1") is None


# ---- written down and read again


FULL = Observations(
    created=Create(NOW, ORG, answered_at=NOW + 1, lost=True),
    deleted=Delete(NOW + 2, ORG, answered_at=NOW + 3),
    reading=Reading(NOW, ORG, present=False, provisioned=False, verified=True, ours=False),
    absences=(NOW - HOUR, NOW),
    wish=Wish(NOW, "U1"),
    first=CnamePoll(NOW, (ServerAnswer("ns1", "192.0.2.1", _C.OTHER, "", ("elsewhere.example",)),), "parent", True),
    whole=CnamePoll(NOW + 2, (ServerAnswer("ns3", "192.0.2.3", _C.NONE, "nodata", listed=False),)),
    last=CnamePoll(NOW + 1, (ServerAnswer("ns2", "", _C.NO_ANSWER, "private"),)),
    listed=(ListedServer("ns0", "192.0.2.9", NOW),),
    campaigns=CampaignReading(NOW, None, ("Autumn",)),
    approvals=(Approval(NOW, 7, Purpose.REMOVAL_FORCED, "a1", "d1"),),
    published_at=0,
    ours_at=0,
    activation=Activation(NOW, ORG, "d1"),
    outside=Outside(NOW, "d1", "over", "U2"),
    started=Instants(NOW, None, NOW + 1, 7, "boot"),
    old_key=OldKey(NOW, "s1._domainkey.sales.xyzcorp.com", "v=DKIM1; p=MII"),
    others=Others((NOW,), "failed"),
)

_at, _text, _maybe = st.integers(0, 2**53), st.text(max_size=12), st.none() | st.booleans()
_orgs = st.builds(Org, _text, _text, _text)
_answers = st.builds(
    ServerAnswer,
    _text,
    _text,
    st.sampled_from(CnameAnswer),
    _text,
    st.lists(_text, max_size=2).map(tuple),
    st.booleans(),
)


def _tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


_polls = st.none() | st.builds(CnamePoll, _at, _tuples(_answers), st.none() | _text, st.booleans())

EVERY: Mapping[str, st.SearchStrategy[Any]] = {
    "created": st.none() | st.builds(Create, _at, _orgs, st.none() | _at, st.booleans()),
    "deleted": st.none() | st.builds(Delete, _at, _orgs, st.none() | _at),
    "reading": st.none() | st.builds(Reading, _at, _orgs, st.booleans(), _maybe, _maybe, _maybe, st.booleans(), _text),
    "absences": _tuples(_at),
    "wish": st.none() | st.builds(Wish, _at, _text),
    "first": _polls,
    "whole": _polls,
    "last": _polls,
    "listed": _tuples(st.builds(ListedServer, _text, _text, _at)),
    "campaigns": st.none() | st.builds(CampaignReading, _at, _maybe, _tuples(_text)),
    "approvals": _tuples(st.builds(Approval, _at, _at, st.sampled_from(Purpose), _text, _text)),
    "published_at": st.none() | _at,
    "ours_at": st.none() | _at,
    "activation": st.none() | st.builds(Activation, _at, _orgs, _text),
    "outside": st.none() | st.builds(Outside, _at, _text, _text, _text),
    "started": st.none() | st.builds(Instants, _at, st.none() | _at, st.none() | _at, st.none() | _at, _text),
    "old_key": st.none() | st.builds(OldKey, _at, _text, _text),
    "others": st.none() | st.builds(Others, st.lists(_at, min_size=1, max_size=2).map(tuple), _text),
}


def _again(data: Any) -> Any:
    """As it comes back from the database."""
    return json.loads(json.dumps(data, ensure_ascii=False))


def test_every_field_is_written_and_read() -> None:
    assert list(FULL.as_json()) == list(EVERY) == [f.name for f in fields(Observations)]
    assert Observations.from_json(_again(FULL.as_json())) == FULL
    for name in EVERY:
        only = replace(NOTHING, **{name: getattr(FULL, name)})
        assert list(only.as_json()) == [name], "only what there is"
        assert Observations.from_json(_again(only.as_json())) == only


@given(st.builds(Observations, **EVERY))
def test_what_is_written_down_is_read_as_it_was(seen: Observations) -> None:
    found = Observations.from_json(_again(seen.as_json()))
    assert found == seen
    assert repr(found) == repr(seen), "of the same types, too"


def test_nothing_is_written_of_nothing() -> None:
    assert NOTHING.as_json() == {}
    assert Observations.from_json({}) == NOTHING


def test_what_a_later_version_wrote_besides_is_left_out() -> None:
    data = _again(FULL.as_json()) | {"moon": {"phase": "full"}, "polled": 3}
    data["wish"] |= {"why": "sold"}
    assert Observations.from_json(data) == FULL
