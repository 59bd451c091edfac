"""Steps that cannot be taken back: each need of each step, and both sides of each bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from bot.model.approval import Purpose
from bot.model.needs import CHECKS, Case, Need
from bot.model.observations import (
    NOTHING,
    UNSURE,
    CampaignReading,
    CnameAnswer,
    CnamePoll,
    Create,
    Delete,
    Org,
    Others,
    Outside,
)
from bot.model.permits import DELETES, NEEDS, Permit, Step, decide
from tests.model.diagnosis.cases import (
    DAY,
    ELSEWHERE,
    FRESH,
    HOUR,
    MINUTE,
    NAMELESS,
    NOW,
    ORG,
    OTHER,
    RENAMED,
    SECOND,
    absent_at,
    approved,
    asking,
    cast,
    complete,
    denial,
    missing,
    poll,
    reported,
    rounds,
    said,
    seen,
    stands,
    wished,
)
from tests.permits import DIGEST, clocks

Spoil = Callable[[Case], Case]
_C = CnameAnswer


def _without(*purposes: Purpose) -> Spoil:
    return lambda c: seen(c, approvals=tuple(one for one in c.seen.approvals if one.purpose not in purposes))


def _on_hold(case: Case) -> Case:
    return replace(case, held=True)


def _unsure(case: Case) -> Case:
    return replace(case, sure=False)


def _in_another_org(case: Case) -> Case:
    return replace(case, connected=OTHER)


def _gone(case: Case) -> Case:
    return said(case, present=False)


def _on(case: Case) -> Case:
    return seen(case, campaigns=CampaignReading(NOW, seen=True, on=("Autumn",)))


def _silent(case: Case) -> Case:
    return rounds(case, poll(NOW - 10 * MINUTE, _C.NONE, _C.NO_ANSWER), poll(NOW, _C.NONE))


def _clock(case: Case, **changes: Any) -> Case:
    """At the end the clocks say something else; what they said when it began stays."""
    assert case.clocks is not None
    return replace(case, clocks=replace(case.clocks, **changes))


def _began(case: Case, ago: int) -> Case:
    """The two hours began ``ago`` ms ago on every clock."""
    return seen(case, started=clocks(NOW - ago))


def _behind(name: str) -> Callable[[Case, int], Case]:
    """One clock says that so many ms have passed; the others say that it is more."""
    return lambda c, ms: _clock(_began(c, DAY), **{name: getattr(clocks(NOW - DAY), name) + ms})


# ---- every need of every step

_S, _N = Step, Need

#: What takes exactly this need away from a complete case of the step, and why the step has it.
LACKING: Sequence[tuple[Step, Need, Spoil, str]] = (
    (_S.TAKE, _N.NO_HOLD, _on_hold, "nothing becomes ours while the bot is on hold"),
    (_S.TAKE, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.TAKE, _N.SAME_ORG, _in_another_org, "what another org shows is not ours"),
    (_S.TAKE, _N.CREATED, lambda c: seen(c, created=None), "somebody else registered it"),
    (_S.TAKE, _N.PRESENT, _gone, "asked for, and not there yet"),
    (_S.IMPORT, _N.NO_HOLD, _on_hold, "nothing is imported while the bot is on hold"),
    (_S.IMPORT, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.IMPORT, _N.SAME_ORG, _in_another_org, "another org's names are not imported"),
    (_S.IMPORT, _N.PRESENT, _gone, "what is not there cannot be imported"),
    (_S.IMPORT, _N.ANSWERABLE, lambda c: _without(Purpose.IMPORT)(replace(c, vouched=False)),
     "neither an operator nor a round answers for it"),
    (_S.REFUSE, _N.NO_HOLD, _on_hold, "no life ends by a refusal while the bot is on hold"),
    (_S.REFUSE, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.REFUSE, _N.SAME_ORG, _in_another_org, "another org's refusal is none of ours"),
    (_S.REFUSE, _N.NOT_CREATED, lambda c: seen(c, created=Create(NOW - DAY, ORG, answered_at=NOW - DAY)),
     "it had been accepted before"),
    (_S.REFUSE, _N.REFUSAL, lambda c: replace(c, refused=False), "nobody refused it"),
    (_S.DROP, _N.NOT_CREATED, lambda c: seen(c, created=Create(NOW - HOUR, ORG, lost=True)),
     "our create may have been carried out"),
    (_S.DELETE, _N.NO_HOLD, _on_hold, "nothing is deleted while the bot is on hold"),
    (_S.DELETE, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.DELETE, _N.SAME_ORG, _in_another_org, "nothing is deleted in another org"),
    (_S.DELETE, _N.PRESENT, _gone, "what is gone is not deleted"),
    (_S.DELETE, _N.APPROVAL, lambda c: said(_without(Purpose.REMOVAL)(c), provisioned=True),
     "it can send, and nobody agreed"),
    (_S.DELETE, _N.NO_CAMPAIGN, _on, "a campaign would send into nothing"),
    (_S.DELETE, _N.TWO_POLLS, lambda c: rounds(c, poll(NOW, _C.NONE)), "one clean round is not two"),
    (_S.DELETE, _N.ALL_ANSWERED, _silent, "a silent server may still give the CNAME"),
    (_S.DELETE_UNPUBLISHED, _N.NO_HOLD, _on_hold, "a mistyped name waits for the hold, too"),
    (_S.DELETE_UNPUBLISHED, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.DELETE_UNPUBLISHED, _N.SAME_ORG, _in_another_org, "a mistyped name is deleted where it was made"),
    (_S.DELETE_UNPUBLISHED, _N.PRESENT, _gone, "a mistyped name that does not show yet"),
    (_S.DELETE_UNPUBLISHED, _N.NEVER_PUBLISHED, lambda c: seen(c, published_at=NOW - DAY),
     "a record was in DNS once, and may be cached"),
    (_S.DELETE_UNPUBLISHED, _N.NOTHING_AT_STAKE, lambda c: said(c, verified=True),
     "verified: somebody published it unseen"),
    (_S.DELETE_UNPUBLISHED, _N.NO_CAMPAIGN, _on, "a campaign with an unpublished name"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, lambda c: rounds(c, denial(NOW)), "one denial may be of the moment"),
    (_S.DELETE_UNPUBLISHED, _N.ALL_ANSWERED_QUICK, _silent, "a silent server may know the name"),
    (_S.DELETE_FORCED, _N.NO_HOLD, _on_hold, "a forced deletion waits for the hold"),
    (_S.DELETE_FORCED, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.DELETE_FORCED, _N.SAME_ORG, _in_another_org, "nothing is forced in another org"),
    (_S.DELETE_FORCED, _N.PRESENT, _gone, "nothing to force"),
    (_S.DELETE_FORCED, _N.SEVEN_DAYS, lambda c: wished(c, NOW - 7 * DAY + 1), "patience first"),
    (_S.DELETE_FORCED, _N.FORCED_APPROVAL, _without(Purpose.REMOVAL_FORCED), "it takes a second person"),
    (_S.DELETE_FORCED, _N.NOT_IN_USE, lambda c: rounds(_on(c), poll(NOW, _C.NONE, _C.OURS)),
     "mail goes out through the CNAME right now"),
    (_S.DELETED, _N.NO_HOLD, _on_hold, "no life ends while the bot is on hold"),
    (_S.DELETED, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.DELETED, _N.SAME_ORG, _in_another_org, "another org does not have it, of course"),
    (_S.DELETED, _N.DELETE_ANSWERED, lambda c: said(c, present=True), "deleted, and still there"),
    (_S.END, _N.NO_HOLD, _on_hold, "no life ends by itself while the bot is on hold"),
    (_S.END, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.END, _N.SAME_ORG, _in_another_org, "gone there means nothing here"),
    (_S.END, _N.THREE_ABSENCES, lambda c: absent_at(c, NOW - HOUR, NOW),
     "two absences may be one long outage of a listing"),
    (_S.RECOVER, _N.NO_HOLD, _on_hold, "nobody is told to send while the bot is on hold"),
    (_S.RECOVER, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.RECOVER, _N.SAME_ORG, _in_another_org, "another org serves another name"),
    (_S.RECOVER, _N.RIGHT_IN_DNS, lambda c: replace(c, right_at=NOW - FRESH - 1), "it may be gone by now"),
    (_S.RECOVER, _N.SERVED, lambda c: said(c, provisioned=None), "right in DNS, and the platform does not say"),
    (_S.ACTIVATE, _N.NO_HOLD, _on_hold, "nothing is activated while the bot is on hold"),
    (_S.ACTIVATE, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.ACTIVATE, _N.SAME_ORG, _in_another_org, "who approved answered for this org"),
    (_S.ACTIVATE, _N.ACTIVATION_APPROVAL, _without(Purpose.ACTIVATION), "nobody approved it"),
    (_S.ACTIVATE, _N.RIGHT_SINCE_VOTE, lambda c: replace(c, right_at=NOW - 1), "right before the vote, and since?"),
    (_S.ACTIVATE, _N.READ_SINCE_VOTE, lambda c: said(c, at=NOW - 1), "read before the vote, and since?"),
    (_S.WAIT, _N.NO_HOLD, _on_hold, "no two hours begin while the bot is on hold"),
    (_S.WAIT, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.WAIT, _N.SAME_ORG, _in_another_org, "done in another org"),
    (_S.WAIT, _N.ACTIVATED, lambda c: seen(c, activation=None), "done, but not by us"),
    (_S.WAIT, _N.DONE, lambda c: said(c, done=False), "provisioned, and a record is not verified"),
    (_S.OPEN_OUTSIDE, _N.NO_HOLD, _on_hold, "nobody is told to send while the bot is on hold"),
    (_S.OPEN_OUTSIDE, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.OPEN_OUTSIDE, _N.SAME_ORG, _in_another_org, "activated in another org"),
    (_S.OPEN_OUTSIDE, _N.SAID_OVER, lambda c: seen(c, outside=Outside(NOW, DIGEST, UNSURE, "U")), "nobody is sure"),
    (_S.OPEN_OUTSIDE, _N.RIGHT_IN_DNS, lambda c: replace(c, right_at=NOW - FRESH - 1), "it may be gone by now"),
    (_S.OPEN_OUTSIDE, _N.DONE, lambda c: said(c, done=False), "a record is not verified"),
    (_S.DEPROVISION, _N.SURE_TIME, _unsure, "two readings of which nobody knows how far apart they are"),
    (_S.DEPROVISION, _N.SAME_ORG, _in_another_org, "another org says what it says"),
    (_S.DEPROVISION, _N.TWO_OTHERS, lambda c: seen(c, others=Others((NOW,), "failed")), "one reading is no two"),
    (_S.SEND, _N.NO_HOLD, _on_hold, "nobody is told to send while the bot is on hold, not even on time"),
    (_S.SEND, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.SEND, _N.SAME_ORG, _in_another_org, "another org has no say in sending"),
    (_S.SEND, _N.TWO_HOURS, lambda c: _clock(c, machine=None, platform=None), "one clock alone proves nothing"),
    (_S.SEND, _N.RIGHT_AFTER, lambda c: replace(c, right_at=None), "not right in DNS at the end"),
    (_S.SEND, _N.DONE_AFTER, lambda c: said(c, done=False), "not done at the end"),
    (_S.RESUME, _N.NO_HOLD, _on_hold, "no life begins again while the bot is on hold"),
    (_S.RESUME, _N.SURE_TIME, _unsure, "one witness alone says what time it is"),
    (_S.RESUME, _N.SAME_ORG, _in_another_org, "found in another org"),
    (_S.RESUME, _N.PRESENT, _gone, "not found again"),
    (_S.RESUME, _N.RECENT_END, lambda c: replace(c, ended_at=None), "it ended for another reason"),
    (_S.STOP_REMOVAL, _N.SAME_ORG, _in_another_org, "another org cannot tell where it stands"),
    (_S.STOP_REMOVAL, _N.NOT_GONE, _gone, "nothing to go back to"),
    (_S.STOP_REMOVAL, _N.NOT_ASKED_TO_DELETE, lambda c: seen(c, deleted=Delete(NOW, ORG)),
     "the deletion is under way, whatever was answered"),
    (_S.RELEASE, _N.NOT_ASKED_TO_DELETE, lambda c: seen(c, deleted=Delete(NOW, ORG)),
     "what is being deleted is not left as it is"),
    (_S.RELEASE, _N.RELEASE_APPROVAL, _without(Purpose.RELEASE), "nobody lets go alone"),
    (_S.VOTE, _N.NO_HOLD, _on_hold, "nothing is approved while the bot is on hold"),
    *(
        (step, need, spoil, why)
        for step in (_S.VOTE, _S.REJECT)
        for need, spoil, why in (
            (_N.SURE_TIME, _unsure, "it may have come too late"),
            (_N.NAMED_ROUND, lambda c: asking(c, id=8), "another round is open"),
            (_N.IN_TIME, lambda c: cast(asking(c, expires_at=NOW), arrived_at=NOW), "its time was up when it arrived"),
            (_N.NOT_ASKER, lambda c: asking(c, asked_by="U0SAM"), "nobody decides what they asked for"),
            (_N.READ_NOW, lambda c: cast(c, standing=None), "Slack does not say who that is"),
            (_N.FULL_MEMBER, lambda c: stands(c, barred="guest"), "guests decide nothing"),
            (_N.ROUND_LIST, lambda c: stands(c, on_round_list=False), "on the list since the round was asked"),
            (_N.TODAYS_LIST, lambda c: stands(c, on_todays_list=False), "off the list since the round was asked"),
        )
    ),
)  # fmt: skip

_EACH = [pytest.param(step, need, spoil, id=f"{step}, {need}: {why}") for step, need, spoil, why in LACKING]


@pytest.mark.parametrize("step", Step)
def test_a_complete_case_gives_a_permit_of_exactly_this(step: Step) -> None:
    found = decide(step, replace(complete(step), team="T2", name="news.xyzcorp.com", life=3))
    assert isinstance(found, Permit), found
    assert (found.step, found.team, found.name, found.life, found.org) == (step, "T2", "news.xyzcorp.com", 3, ORG)
    assert found.life_of == ("T2", "news.xyzcorp.com", 3)


@pytest.mark.parametrize(("step", "need", "spoil"), _EACH)
def test_what_is_missing_is_named_and_nothing_else(step: Step, need: Need, spoil: Spoil) -> None:
    assert missing(step, spoil(complete(step))) == [need]


@pytest.mark.parametrize(("step", "need", "spoil"), _EACH)
def test_a_table_without_a_need_is_found_out_by_its_case(step: Step, need: Need, spoil: Spoil) -> None:
    """No other need stands in for it: without its row the step would be taken."""
    less = {**NEEDS, step: tuple(one for one in NEEDS[step] if one is not need)}
    assert isinstance(decide(step, spoil(complete(step)), needs=less), Permit)


def test_every_need_of_every_step_has_its_case() -> None:
    pairs = [(step, need) for step, need, _, _ in LACKING]
    assert sorted(pairs) == sorted((step, need) for step, needs in NEEDS.items() for need in needs)
    assert set(NEEDS) == set(Step)
    assert set(CHECKS) == {need for needs in NEEDS.values() for need in needs} == set(Need)


def test_everything_that_is_missing_is_named_in_the_order_of_the_table() -> None:
    """Where nothing was observed, nothing was published, and of nobody who was asked anybody was silent."""
    nothing = replace(complete(_S.DELETE), connected=None, held=True, sure=False, seen=NOTHING)
    for step in DELETES:
        met = (Need.NEVER_PUBLISHED, Need.ALL_ANSWERED, Need.ALL_ANSWERED_QUICK)
        assert missing(step, nothing) == [need for need in NEEDS[step] if need not in met]


@pytest.mark.parametrize("step", Step)
def test_nothing_is_permitted_where_nothing_was_observed(step: Step) -> None:
    """But to end what took nothing."""
    case = replace(complete(step), seen=NOTHING, vouched=False, refused=False, ended_at=None, ballot=None)
    assert (missing(step, case) == []) == (step is _S.DROP)


@pytest.mark.parametrize(
    "step", [one for one in Step if one not in (_S.REFUSE, _S.DROP, _S.RELEASE, _S.VOTE, _S.REJECT)]
)
def test_what_the_platform_was_never_read_for_is_not_done(step: Step) -> None:
    assert missing(step, seen(complete(step), reading=None)) != []


@pytest.mark.parametrize(
    ("step", "build", "needs"),
    [
        pytest.param(_S.DELETE, lambda c: c, [_N.TWO_POLLS], id="nothing at stake"),
        pytest.param(
            _S.DELETE, lambda c: said(c, verified=True), [_N.APPROVAL, _N.TWO_POLLS], id="agreed to, but what"
        ),
        pytest.param(
            _S.DELETE,
            lambda c: seen(c, campaigns=CampaignReading(NOW, None)),
            [_N.NO_CAMPAIGN, _N.TWO_POLLS],
            id="campaigns cannot be read since when",
        ),
        pytest.param(_S.DELETE_UNPUBLISHED, lambda c: c, [_N.TWO_QUICK_POLLS], id="a mistyped name"),
        pytest.param(
            _S.DELETE_UNPUBLISHED,
            lambda c: rounds(c, denial(NOW - HOUR), denial(NOW)),
            [_N.TWO_QUICK_POLLS],
            id="a mistyped name that is denied",
        ),
        pytest.param(_S.DELETE_FORCED, lambda c: c, [_N.SEVEN_DAYS, _N.FORCED_APPROVAL], id="whatever was agreed to"),
    ],
)
def test_nothing_is_deleted_that_nobody_wished_away(step: Step, build: Spoil, needs: list[Need]) -> None:
    assert missing(step, build(seen(complete(step), wish=None))) == needs


def test_nothing_is_forced_before_any_server_was_asked() -> None:
    assert missing(_S.DELETE_FORCED, rounds(complete(_S.DELETE_FORCED))) == [Need.NOT_IN_USE]


def test_an_operator_answers_for_an_import_without_a_round() -> None:
    assert missing(_S.IMPORT, _without(*Purpose)(complete(_S.IMPORT))) == []


@pytest.mark.parametrize(
    ("outside", "needs"),
    [
        (Outside(NOW, DIGEST, UNSURE, "U"), []),
        (Outside(NOW, DIGEST, "over", "U"), [_N.ACTIVATED]),
        (Outside(NOW, DIGEST), [_N.ACTIVATED]),
        (Outside(NOW, "another", UNSURE, "U"), [_N.ACTIVATED]),
        (None, [_N.ACTIVATED]),
    ],
)
def test_of_what_others_activated_its_owner_says_that_the_two_hours_begin(
    outside: Outside | None, needs: list[Need]
) -> None:
    assert missing(_S.WAIT, seen(complete(_S.WAIT), activation=None, outside=outside)) == needs


@pytest.mark.parametrize("outside", [None, Outside(NOW, DIGEST), Outside(NOW, "another", "over", "U")])
def test_nothing_is_open_that_its_owner_has_not_said_of_what_is_there_now(outside: Outside | None) -> None:
    assert missing(_S.OPEN_OUTSIDE, seen(complete(_S.OPEN_OUTSIDE), outside=outside)) == [_N.SAID_OVER]


# ---- both sides of each bound


def _poll_apart(case: Case, ms: int) -> Case:
    return rounds(case, poll(NOW - ms, _C.NONE), poll(NOW, _C.OTHER))


def _absences(first: int, second: int) -> Callable[[Case], Case]:
    return lambda c: absent_at(c, NOW - first - second, NOW - second, NOW)


def _first(case: Case) -> int:
    assert case.seen.first is not None
    return case.seen.first.at


def _never_shown(case: Case, made: Create | None) -> Case:
    return replace(absent_at(seen(case, created=made, deleted=None), NOW), shown=False)


def _at_stake(case: Case) -> Case:
    return said(case, provisioned=True)


#: Enough from ``bound`` ms on, not one before.
AT_LEAST: Sequence[tuple[Step, Need, int, Callable[[Case, int], Case], str]] = (
    (_S.DELETE, _N.TWO_POLLS, 10 * MINUTE, _poll_apart, "two rounds, ten minutes apart"),
    (_S.DELETE, _N.TWO_POLLS, 10 * MINUTE,
     lambda c, ms: rounds(c, poll(NOW - ms, _C.NONE), poll(NOW - 1, _C.NO_ANSWER), poll(NOW, _C.NONE)),
     "also with one between them in which nobody answered"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, 5 * SECOND, _poll_apart, "two rounds, five seconds apart"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, 5 * SECOND, lambda c, ms: rounds(c, denial(NOW - ms), denial(NOW)),
     "two denials, five seconds apart"),
    *(
        (step, need, 24 * HOUR,
         lambda c, ms: rounds(c, poll(NOW - ms, _C.NONE, _C.NO_ANSWER), poll(NOW, _C.NONE)),
         "a day after a first round with a silent server the others suffice")
        for step, need in ((_S.DELETE, _N.ALL_ANSWERED), (_S.DELETE_UNPUBLISHED, _N.ALL_ANSWERED_QUICK))
    ),
    (_S.DELETE, _N.ALL_ANSWERED, 10 * MINUTE,
     lambda c, ms: rounds(
         c, poll(NOW - HOUR, _C.NONE, _C.NO_ANSWER), poll(NOW - ms, _C.NONE, _C.NONE), poll(NOW, _C.NONE, _C.NONE)
     ),
     "two rounds in which everybody answered make up for an earlier silence"),
    (_S.DELETE, _N.ALL_ANSWERED, 24 * HOUR,
     lambda c, ms: rounds(c, poll(NOW - ms, _C.NONE), poll(NOW, _C.NONE, _C.NO_ANSWER)),
     "the same where it fell silent in the last one"),
    (_S.DELETE, _N.NO_CAMPAIGN, 24 * HOUR,
     lambda c, ms: seen(wished(c, NOW - ms), campaigns=CampaignReading(NOW, None)),
     "campaigns that cannot be read count as on for a day after the wish"),
    (_S.DELETE, _N.TWO_POLLS, 0, lambda c, ms: wished(c, _first(c) - ms), "the first round after the wish"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, 0, lambda c, ms: wished(c, _first(c) - ms),
     "the first quick round after the wish"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, 0,
     lambda c, ms: rounds(wished(c, NOW - MINUTE), denial(NOW - MINUTE + ms), denial(NOW)),
     "the first denial after the wish"),
    (_S.DELETE, _N.APPROVAL, 0,
     lambda c, ms: approved(_at_stake(wished(c, NOW - DAY)), Purpose.REMOVAL, NOW - DAY + ms),
     "agreed to after the wish"),
    (_S.DELETE_FORCED, _N.FORCED_APPROVAL, 0,
     lambda c, ms: approved(wished(c, NOW - 8 * DAY), Purpose.REMOVAL_FORCED, NOW - 8 * DAY + ms),
     "agreed to be forced after the wish"),
    (_S.DELETE_FORCED, _N.SEVEN_DAYS, 7 * DAY, lambda c, ms: wished(c, NOW - ms), "seven days after the wish"),
    (_S.END, _N.THREE_ABSENCES, HOUR, lambda c, ms: _absences(ms, HOUR)(c),
     "the second absence an hour after the first"),
    (_S.END, _N.THREE_ABSENCES, HOUR, lambda c, ms: _absences(HOUR, ms)(c),
     "the third absence an hour after the second"),
    (_S.DELETED, _N.DELETE_ANSWERED, HOUR, lambda c, ms: _absences(HOUR, ms)(seen(c, deleted=None)),
     "deleted by somebody else: three absences, too"),
    (_S.DELETED, _N.DELETE_ANSWERED, 0,
     lambda c, ms: seen(absent_at(c, NOW), deleted=Delete(NOW - HOUR, ORG, answered_at=NOW - ms)),
     "a reading after our delete was answered"),
    (_S.DELETED, _N.DELETE_ANSWERED, 30 * MINUTE,
     lambda c, ms: seen(absent_at(c, NOW - ms, NOW), deleted=Delete(NOW - HOUR, ORG)),
     "missed for half an hour where the answer to our delete was lost"),
    (_S.DELETED, _N.DELETE_ANSWERED, 15 * MINUTE,
     lambda c, ms: _never_shown(c, Create(NOW - DAY, ORG, answered_at=NOW - ms)),
     "never shown for 15 minutes after our create was answered"),
    (_S.DELETED, _N.DELETE_ANSWERED, 24 * HOUR, lambda c, ms: _never_shown(c, Create(NOW - ms, ORG, lost=True)),
     "never shown for a day after our create where its answer was lost"),
    *(
        (step, _N.NOT_CREATED, 24 * HOUR, lambda c, ms: seen(c, created=Create(NOW - ms, ORG, lost=True)),
         "a day after a create whose answer was lost it was not carried out")
        for step in (_S.REFUSE, _S.DROP)
    ),
    *(
        (step, need, bound, build, why)
        for step in (_S.VOTE, _S.REJECT)
        for need, bound, build, why in (
            (_N.IN_TIME, 1,
             lambda c, ms: cast(asking(c, expires_at=NOW - MINUTE), arrived_at=NOW - MINUTE - ms),
             "it arrived before the round's time was up"),
            (_N.READ_NOW, 0, lambda c, ms: stands(cast(c, arrived_at=NOW - MINUTE), at=NOW - MINUTE + ms),
             "Slack said it after the vote arrived"),
        )
    ),
)  # fmt: skip

_TWO_HOURS = 2 * HOUR + SECOND
AT_LEAST = (
    *AT_LEAST,
    *((_S.SEND, _N.TWO_HOURS, _TWO_HOURS, _behind(name), f"two hours and a second by {name}")
      for name in ("slack", "platform", "boottime")),
    (_S.SEND, _N.TWO_HOURS, _TWO_HOURS,
     lambda c, ms: _clock(_behind("machine")(c, ms), platform=None), "by the machine's, where the platform gives none"),
    (_S.SEND, _N.RIGHT_AFTER, 0,
     lambda c, ms: replace(_began(c, _TWO_HOURS + MINUTE), right_at=NOW - MINUTE + ms), "a look after the end"),
    (_S.SEND, _N.DONE_AFTER, 0,
     lambda c, ms: said(_began(c, _TWO_HOURS + MINUTE), at=NOW - MINUTE + ms), "a reading after the end"),
    (_S.DEPROVISION, _N.TWO_OTHERS, 10 * MINUTE,
     lambda c, ms: reported(c, NOW - ms, NOW), "two readings, ten minutes apart"),
    (_S.ACTIVATE, _N.RIGHT_SINCE_VOTE, 0,
     lambda c, ms: replace(approved(c, Purpose.ACTIVATION, NOW - DAY), right_at=NOW - DAY + ms),
     "a look after the vote"),
    (_S.ACTIVATE, _N.READ_SINCE_VOTE, 0,
     lambda c, ms: said(approved(c, Purpose.ACTIVATION, NOW - MINUTE), at=NOW - MINUTE + ms), "read after the vote"),
)  # fmt: skip

#: Up to ``bound`` ms ago, not one before.
AT_MOST: Sequence[tuple[Step, Need, int, Callable[[Case, int], Case], str]] = (
    *(
        (step, need, FRESH, lambda c, ms: said(c, at=NOW - ms), "what the platform shows is of now")
        for step, need in (
            (_S.TAKE, _N.PRESENT), (_S.IMPORT, _N.PRESENT), (_S.DELETE, _N.PRESENT),
            (_S.DELETE_UNPUBLISHED, _N.PRESENT), (_S.DELETE_UNPUBLISHED, _N.NOTHING_AT_STAKE),
            (_S.DELETE_FORCED, _N.PRESENT), (_S.RESUME, _N.PRESENT), (_S.STOP_REMOVAL, _N.NOT_GONE),
            (_S.WAIT, _N.DONE), (_S.DEPROVISION, _N.TWO_OTHERS),
        )
    ),
    (_S.DELETE, _N.APPROVAL, FRESH, lambda c, ms: said(_without(Purpose.REMOVAL)(c), at=NOW - ms),
     "that nothing is at stake is of now"),
    (_S.END, _N.THREE_ABSENCES, FRESH, lambda c, ms: absent_at(c, *_hourly(NOW - ms)), "the last absence is of now"),
    (_S.DELETED, _N.DELETE_ANSWERED, FRESH,
     lambda c, ms: seen(said(c, at=NOW - ms), deleted=Delete(NOW - HOUR, ORG, answered_at=NOW - HOUR)),
     "that it is gone is of now"),
    (_S.DELETED, _N.DELETE_ANSWERED, FRESH, lambda c, ms: absent_at(seen(c, deleted=None), *_hourly(NOW - ms)),
     "that somebody else deleted it is of now"),
    (_S.DELETE, _N.TWO_POLLS, FRESH, lambda c, ms: rounds(c, poll(NOW - HOUR, _C.NONE), poll(NOW - ms, _C.NONE)),
     "the last round is of now"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, FRESH,
     lambda c, ms: rounds(c, poll(NOW - HOUR, _C.NONE), poll(NOW - ms, _C.NONE)), "the last quick round is of now"),
    (_S.DELETE_UNPUBLISHED, _N.TWO_QUICK_POLLS, FRESH, lambda c, ms: rounds(c, denial(NOW - HOUR), denial(NOW - ms)),
     "the last denial is of now"),
    *(
        (step, need, FRESH, lambda c, ms: seen(c, campaigns=CampaignReading(NOW - ms, seen=True)),
         "that no campaign is on is of now")
        for step, need in (
            (_S.DELETE, _N.NO_CAMPAIGN), (_S.DELETE_UNPUBLISHED, _N.NO_CAMPAIGN), (_S.DELETE_FORCED, _N.NOT_IN_USE),
        )
    ),
    (_S.DELETE_FORCED, _N.NOT_IN_USE, FRESH, lambda c, ms: rounds(c, poll(NOW - ms, _C.NO_ANSWER)),
     "what the servers last said is of now"),
    *(
        (step, _N.READ_NOW, FRESH, lambda c, ms: stands(c, at=NOW - ms), "who the voter is was read just now")
        for step in (_S.VOTE, _S.REJECT)
    ),
    (_S.SEND, _N.RIGHT_AFTER, FRESH, lambda c, ms: replace(_began(c, DAY), right_at=NOW - ms),
     "the last look is of now"),
    (_S.SEND, _N.DONE_AFTER, FRESH, lambda c, ms: said(_began(c, DAY), at=NOW - ms), "the last reading is of now"),
    (_S.ACTIVATE, _N.READ_SINCE_VOTE, FRESH,
     lambda c, ms: said(approved(c, Purpose.ACTIVATION, NOW - DAY), at=NOW - ms), "what is activated is there now"),
    (_S.RESUME, _N.RECENT_END, 30 * DAY, lambda c, ms: replace(c, ended_at=NOW - ms), "found again within thirty days"),
)  # fmt: skip


def _hourly(last: int) -> tuple[int, int, int]:
    return last - 2 * HOUR, last - HOUR, last


@pytest.mark.parametrize(
    ("step", "need", "bound", "build"), [pytest.param(*row, id=f"{row[0]}: {why}") for *row, why in AT_LEAST]
)
def test_not_a_millisecond_before(step: Step, need: Need, bound: int, build: Callable[[Case, int], Case]) -> None:
    case = complete(step)
    assert missing(step, build(case, bound - 1)) == [need]
    assert missing(step, build(case, bound)) == []
    assert missing(step, build(case, bound + 1)) == []


@pytest.mark.parametrize(
    ("step", "need", "bound", "build"), [pytest.param(*row, id=f"{row[0]}, {row[1]}: {why}") for *row, why in AT_MOST]
)
def test_not_a_millisecond_after(step: Step, need: Need, bound: int, build: Callable[[Case, int], Case]) -> None:
    case = complete(step)
    assert need in missing(step, build(case, bound + 1))
    assert missing(step, build(case, bound)) == []
    assert missing(step, build(case, 0)) == []
    assert need in missing(step, build(case, -1)), "what is to come was not observed"


@pytest.mark.parametrize(
    ("step", "build", "until"),
    [
        pytest.param(
            _S.DELETE, lambda c: rounds(c, poll(NOW - MINUTE, _C.NONE)), NOW + 9 * MINUTE, id="the second round"
        ),
        pytest.param(
            _S.DELETE_UNPUBLISHED,
            lambda c: rounds(c, poll(NOW - SECOND, _C.NONE)),
            NOW + 4 * SECOND,
            id="the second quick round",
        ),
        pytest.param(
            _S.DELETE_UNPUBLISHED,
            lambda c: rounds(c, denial(NOW - SECOND), denial(NOW)),
            NOW + 4 * SECOND,
            id="a denial that counts",
        ),
        pytest.param(_S.DELETE, _silent, NOW + 24 * HOUR - 10 * MINUTE, id="a silent server"),
        pytest.param(
            _S.DELETE,
            lambda c: seen(wished(c, NOW - HOUR), campaigns=CampaignReading(NOW, None)),
            NOW + 23 * HOUR,
            id="campaigns that cannot be read",
        ),
        pytest.param(_S.DELETE_FORCED, lambda c: wished(c, NOW - 6 * DAY), NOW + DAY, id="finish anyway"),
        pytest.param(_S.END, lambda c: absent_at(c, NOW - MINUTE, NOW), NOW + 59 * MINUTE, id="the next absence"),
        pytest.param(
            _S.REFUSE,
            lambda c: seen(c, created=Create(NOW - HOUR, ORG, lost=True)),
            NOW + 23 * HOUR,
            id="a create whose answer was lost",
        ),
        pytest.param(
            _S.REFUSE,
            lambda c: seen(c, created=Create(NOW - HOUR, ORG, answered_at=NOW)),
            None,
            id="never: a create that was answered",
        ),
        pytest.param(
            _S.DELETED,
            lambda c: _never_shown(c, Create(NOW - MINUTE, ORG, answered_at=NOW)),
            NOW + 15 * MINUTE,
            id="a create that may show late",
        ),
        pytest.param(
            _S.DELETED,
            lambda c: seen(absent_at(c, NOW), deleted=Delete(NOW, ORG)),
            NOW + 30 * MINUTE,
            id="a delete whose answer was lost",
        ),
        pytest.param(_S.DELETE, _on, None, id="not known: a campaign"),
        pytest.param(_S.DELETE, lambda c: rounds(c, poll(NOW, _C.OURS)), None, id="not known: our CNAME"),
    ],
)
def test_from_when_it_may_be_met_is_said(step: Step, build: Spoil, until: int | None) -> None:
    found = decide(step, build(complete(step)))
    assert not isinstance(found, Permit)
    assert [lack.until for lack in found] == [until]


def test_durations_are_those_of_the_pace() -> None:
    """But for how old *now* may be."""
    quick = dict(complete(_S.DELETE).ms) | {"polls_apart": 833}
    case = replace(_poll_apart(complete(_S.DELETE), 833), ms=quick)
    assert missing(_S.DELETE, case) == []
    assert missing(_S.DELETE, replace(_poll_apart(case, 832), ms=quick)) == [Need.TWO_POLLS]


# ---- whose it is

#: Steps that ask nothing of the platform. A vote is bound to its org by the digest it names.
UNASKED = frozenset({_S.DROP, _S.RELEASE, _S.VOTE, _S.REJECT})


@pytest.mark.parametrize("step", Step)
def test_an_org_is_told_by_its_id_not_by_its_name(step: Step) -> None:
    case = complete(step, RENAMED)
    assert isinstance(decide(step, replace(case, org=ORG)), Permit)


@pytest.mark.parametrize("step", Step)
def test_an_org_that_is_not_known_is_never_the_same(step: Step) -> None:
    """Not even as another one that is not known: only what asks nothing of the platform goes on."""
    case = complete(step, NAMELESS)
    assert case.org == case.connected
    assert (missing(step, case) == []) == (step in UNASKED)


@pytest.mark.parametrize("connected", [None, OTHER, ELSEWHERE, NAMELESS])
@pytest.mark.parametrize("step", [step for step in Step if step not in UNASKED])
def test_nothing_is_done_in_another_org(step: Step, connected: Org | None) -> None:
    assert missing(step, replace(complete(step), connected=connected)) == [Need.SAME_ORG]


@pytest.mark.parametrize("org", [OTHER, ELSEWHERE, NAMELESS])
@pytest.mark.parametrize(
    ("step", "need", "build"),
    [
        pytest.param(_S.TAKE, _N.PRESENT, lambda c, o: said(c, org=o), id="shown there"),
        pytest.param(
            _S.TAKE, _N.CREATED, lambda c, o: seen(c, created=replace(c.seen.created, org=o)), id="created there"
        ),
        pytest.param(_S.IMPORT, _N.PRESENT, lambda c, o: said(c, org=o), id="to be imported from there"),
        pytest.param(_S.DELETE, _N.PRESENT, lambda c, o: said(c, org=o), id="to be deleted here, shown there"),
        pytest.param(
            _S.DELETE,
            _N.APPROVAL,
            lambda c, o: seen(_without(Purpose.REMOVAL)(c), created=replace(c.seen.created, org=o)),
            id="nothing at stake, but created there",
        ),
        pytest.param(_S.DELETE_UNPUBLISHED, _N.NOTHING_AT_STAKE, lambda c, o: said(c, org=o), id="no stake there"),
        pytest.param(
            _S.DELETE_UNPUBLISHED,
            _N.NOTHING_AT_STAKE,
            lambda c, o: seen(c, created=replace(c.seen.created, org=o)),
            id="a mistyped name created there",
        ),
        pytest.param(_S.DELETE_FORCED, _N.PRESENT, lambda c, o: said(c, org=o), id="to be forced here, shown there"),
        pytest.param(_S.DELETED, _N.DELETE_ANSWERED, lambda c, o: said(c, org=o), id="gone there"),
        pytest.param(
            _S.DELETED,
            _N.DELETE_ANSWERED,
            lambda c, o: seen(absent_at(c, NOW), deleted=Delete(NOW, o, answered_at=NOW)),
            id="deleted there",
        ),
        pytest.param(_S.END, _N.THREE_ABSENCES, lambda c, o: said(c, org=o), id="missed there"),
        pytest.param(_S.RESUME, _N.PRESENT, lambda c, o: said(c, org=o), id="found again there"),
        pytest.param(_S.STOP_REMOVAL, _N.NOT_GONE, lambda c, o: said(c, org=o), id="still there"),
    ],
)
def test_what_was_observed_in_another_org_counts_for_nothing(
    step: Step, need: Need, build: Callable[[Case, Org], Case], org: Org
) -> None:
    assert need in missing(step, build(complete(step), org))


#: The rounds that a step needs where nothing else answers for it.
ROUNDS = {
    _S.IMPORT: (_N.ANSWERABLE, Purpose.IMPORT),
    _S.DELETE: (_N.APPROVAL, Purpose.REMOVAL),
    _S.DELETE_FORCED: (_N.FORCED_APPROVAL, Purpose.REMOVAL_FORCED),
    _S.RELEASE: (_N.RELEASE_APPROVAL, Purpose.RELEASE),
}


def _only_a_round(step: Step) -> Case:
    return replace(_at_stake(complete(step)), vouched=False)


@pytest.mark.parametrize(("step", "purpose"), list(product(ROUNDS, Purpose)))
def test_a_round_counts_for_what_it_was_about(step: Step, purpose: Purpose) -> None:
    need, right = ROUNDS[step]
    case = approved(_only_a_round(step), purpose, NOW)
    assert missing(step, case) == ([] if purpose is right else [need])


@pytest.mark.parametrize("step", ROUNDS)
def test_a_round_of_another_org_counts_for_nothing(step: Step) -> None:
    need, purpose = ROUNDS[step]
    assert missing(step, approved(_only_a_round(step), purpose, NOW, OTHER)) == [need]


@pytest.mark.parametrize(
    ("provisioned", "verified", "expected"),
    [
        pytest.param(False, False, [], id="it says neither"),
        pytest.param(True, False, [Need.APPROVAL], id="it can send"),
        pytest.param(False, True, [Need.APPROVAL], id="a record is verified"),
        pytest.param(None, False, [Need.APPROVAL], id="a word that is new is no *no*"),
        pytest.param(False, None, [Need.APPROVAL], id="a field that is missing is no *no*"),
    ],
)
def test_nothing_is_at_stake_where_the_platform_says_so_now(
    provisioned: bool | None, verified: bool | None, expected: list[Need]
) -> None:
    case = said(_without(Purpose.REMOVAL)(complete(_S.DELETE)), provisioned=provisioned, verified=verified)
    assert missing(_S.DELETE, case) == expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(Create(NOW, ORG, answered_at=NOW), True, id="accepted"),
        pytest.param(Create(NOW, ORG, lost=True), True, id="it may have been"),
        pytest.param(Create(NOW, ORG), False, id="refused: there was one already"),
    ],
)
def test_a_create_on_record(made: Create, expected: bool) -> None:
    assert (missing(_S.TAKE, seen(complete(_S.TAKE), created=made)) == []) is expected
    assert (missing(_S.DROP, seen(complete(_S.DROP), created=made)) == []) is not expected


def test_what_never_showed_can_be_kept_after_all() -> None:
    assert missing(_S.STOP_REMOVAL, replace(_gone(complete(_S.STOP_REMOVAL)), shown=False)) == []


def test_what_was_never_asked_for_is_gone_at_once() -> None:
    assert missing(_S.DELETED, _never_shown(complete(_S.DELETED), None)) == []
    assert missing(_S.DELETED, _never_shown(complete(_S.DELETED), Create(NOW, ORG))) == []


# ---- what the servers say

_A, _B, _Z = NOW - 20 * MINUTE, NOW - 5 * MINUTE, NOW


@pytest.mark.parametrize(
    ("polls", "slow", "quick"),
    [
        pytest.param([poll(_A, _C.NONE), poll(_Z, _C.NONE)], True, True, id="nothing there, twice"),
        pytest.param([poll(_A, _C.OTHER), poll(_Z, _C.NONE)], True, True, id="a CNAME to somewhere else is not ours"),
        pytest.param([poll(_Z, _C.NONE)], False, False, id="once"),
        pytest.param([], False, False, id="nobody was asked"),
        pytest.param(
            [poll(_A, _C.NONE), poll(_B, _C.NO_ANSWER), poll(_Z, _C.NONE)], True, True, id="silence breaks nothing"
        ),
        pytest.param(
            [poll(_A, _C.NONE), poll(_B, problem="recursor"), poll(_Z, _C.NONE)], True, True, id="nor not knowing whom"
        ),
        pytest.param(
            [poll(_A, _C.NONE), poll(_B, _C.OURS), poll(_Z, _C.NONE)], False, False, id="our CNAME breaks the row"
        ),
        pytest.param(
            [poll(_A, _C.NONE), poll(_B, _C.NONE, _C.OURS), poll(_Z, _C.NONE)], False, False, id="at one of two, too"
        ),
        pytest.param(
            [poll(_A, _C.NONE), poll(_B, _C.NOT_KNOWN), poll(_Z, _C.NONE)], False, False, id="so does a chain unended"
        ),
        pytest.param(
            [poll(_A, _C.NONE), poll(_B, _C.OURS, problem="delegation"), poll(_Z, _C.NONE)],
            False,
            False,
            id="and our CNAME where it cannot be told who serves the zone",
        ),
        pytest.param([poll(_A, _C.NONE), poll(_Z, _C.OURS)], False, False, id="our CNAME now"),
        pytest.param([poll(_A, _C.NONE), poll(_Z, _C.NO_ANSWER)], False, False, id="silence is not clean"),
        pytest.param([poll(_A, _C.NO_ANSWER), poll(_Z, _C.NONE)], False, False, id="nor does a row begin with it"),
        pytest.param(
            [poll(_A, _C.NONE), poll(_Z, _C.NONE, problem="delegation")], False, False, id="others may serve the zone"
        ),
        pytest.param(
            [poll(_A, _C.NONE, problem="parent"), poll(_Z, _C.NONE)], False, False, id="a row begins with a clean one"
        ),
        pytest.param([poll(_A, problem="unregistered"), poll(_Z, problem="unregistered")], False, False, id="expired"),
        pytest.param([poll(_A, _C.NONE), denial(_Z)], False, False, id="a denial is not clean"),
        pytest.param([denial(_Z)], False, False, id="denied once"),
    ],
)
def test_rounds_that_suffice(polls: list[CnamePoll], slow: bool, quick: bool) -> None:
    for step, need, enough in (
        (_S.DELETE, Need.TWO_POLLS, slow),
        (_S.DELETE_UNPUBLISHED, Need.TWO_QUICK_POLLS, quick),
    ):
        assert (need not in missing(step, rounds(complete(step), *polls))) is enough


def test_two_denials_suffice_for_what_was_never_published_only() -> None:
    """A registration that expired is renewed the next day, and the CNAME is back."""
    twice = (denial(NOW - HOUR), denial(NOW))
    assert missing(_S.DELETE, rounds(complete(_S.DELETE), *twice)) == [Need.TWO_POLLS]
    assert missing(_S.DELETE_UNPUBLISHED, rounds(complete(_S.DELETE_UNPUBLISHED), *twice)) == []
    mixed = (denial(NOW - HOUR), poll(NOW, _C.NONE))
    assert missing(_S.DELETE_UNPUBLISHED, rounds(complete(_S.DELETE_UNPUBLISHED), *mixed)) == [Need.TWO_QUICK_POLLS]


def test_a_mistyped_name_goes_after_two_denials() -> None:
    case = rounds(complete(_S.DELETE_UNPUBLISHED), denial(NOW - 5 * SECOND), denial(NOW))
    assert missing(_S.DELETE_UNPUBLISHED, case) == []


def test_a_row_that_was_broken_begins_with_the_next_clean_round() -> None:
    start = (poll(NOW - DAY, _C.NONE), poll(_A, _C.OURS), poll(NOW - 10 * MINUTE, _C.NONE))
    assert missing(_S.DELETE, rounds(complete(_S.DELETE), *start, poll(NOW, _C.NONE))) == []


def test_a_day_of_silence_counts_from_the_first_round_of_the_row() -> None:
    half = (_C.NONE, _C.NO_ANSWER)
    row = (poll(NOW - 2 * DAY, *half), poll(NOW - 23 * HOUR, _C.OURS), poll(NOW - 22 * HOUR, *half), poll(NOW, *half))
    assert missing(_S.DELETE, rounds(complete(_S.DELETE), *row)) == [Need.ALL_ANSWERED]


# ---- campaigns


@pytest.mark.parametrize(
    ("read", "wish_ago", "removal", "forced"),
    [
        pytest.param(CampaignReading(NOW, True), 8 * DAY, [], [], id="none is on"),
        pytest.param(CampaignReading(NOW, True, ("A",)), 8 * DAY, [_N.NO_CAMPAIGN], [_N.NOT_IN_USE], id="one is on"),
        pytest.param(CampaignReading(NOW, False), HOUR, [], [_N.SEVEN_DAYS], id="not permitted: none can be seen"),
        pytest.param(
            CampaignReading(NOW, None), HOUR, [_N.NO_CAMPAIGN], [_N.SEVEN_DAYS, _N.NOT_IN_USE], id="not readable so far"
        ),
        pytest.param(CampaignReading(NOW, None), 8 * DAY, [], [_N.NOT_IN_USE], id="not readable for more than a day"),
        pytest.param(None, 8 * DAY, [_N.NO_CAMPAIGN], [_N.NOT_IN_USE], id="nobody looked"),
    ],
)
def test_campaigns(read: CampaignReading | None, wish_ago: int, removal: list[Need], forced: list[Need]) -> None:
    assert missing(_S.DELETE, seen(wished(complete(_S.DELETE), NOW - wish_ago), campaigns=read)) == removal
    case = rounds(complete(_S.DELETE_FORCED), poll(NOW, _C.OURS))
    case = approved(wished(case, NOW - wish_ago), Purpose.REMOVAL_FORCED, NOW)
    assert missing(_S.DELETE_FORCED, seen(case, campaigns=read)) == forced


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(_C.OURS, [Need.NOT_IN_USE], id="in use"),
        pytest.param(_C.NOT_KNOWN, [], id="whose it is nobody knows"),
        pytest.param(_C.NO_ANSWER, [], id="nobody answers: what finishing anyway is for"),
        pytest.param(_C.NONE, [], id="nothing there"),
    ],
)
def test_a_campaign_forbids_finishing_anyway_where_the_name_is_in_use(
    answer: CnameAnswer, expected: list[Need]
) -> None:
    assert missing(_S.DELETE_FORCED, rounds(_on(complete(_S.DELETE_FORCED)), poll(NOW, answer))) == expected


@pytest.mark.parametrize(("ago", "expected"), [(DAY - 1, [Need.NOT_IN_USE]), (DAY, [])])
def test_a_server_that_gave_it_and_is_silent_gives_it_for_a_day(ago: int, expected: list[Need]) -> None:
    silent = seen(rounds(_on(complete(_S.DELETE_FORCED)), poll(NOW, _C.NO_ANSWER)), ours_at=NOW - ago)
    assert missing(_S.DELETE_FORCED, silent) == expected


def test_what_was_made_anew_is_neither_ours_nor_approved() -> None:
    case = complete(_S.DELETE)
    assert case.seen.reading is not None
    anew = seen(case, reading=replace(case.seen.reading, ours=False))
    assert missing(_S.DELETE, anew) == [Need.APPROVAL]
    case = complete(_S.DELETE_UNPUBLISHED)
    assert case.seen.reading is not None
    anew = seen(case, reading=replace(case.seen.reading, ours=False))
    assert missing(_S.DELETE_UNPUBLISHED, anew) == [Need.NOTHING_AT_STAKE]


# ---- votes


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda c: replace(c, round=None), id="no round is open"),
        pytest.param(lambda c: asking(c, closed_at=NOW), id="the round is closed"),
        pytest.param(lambda c: replace(c, digest="0"), id="what is so now is not what is asked"),
        pytest.param(lambda c: asking(replace(c, digest="0"), digest="0"), id="nor what the button was drawn for"),
        pytest.param(lambda c: cast(c, token="7"), id="a button that does not say for what"),
    ],
)
@pytest.mark.parametrize("step", [_S.VOTE, _S.REJECT])
def test_a_vote_counts_for_what_its_button_names(step: Step, build: Spoil) -> None:
    assert Need.NAMED_ROUND in missing(step, build(complete(step)))


def test_what_slack_said_of_one_person_is_no_word_on_another() -> None:
    assert missing(_S.VOTE, stands(complete(_S.VOTE), user="U0SUZUKI")) == [Need.READ_NOW]


def test_a_permit_to_vote_is_for_one_voter() -> None:
    found = decide(_S.VOTE, complete(_S.VOTE))
    assert isinstance(found, Permit)
    assert found.voter == "U0SAM"
