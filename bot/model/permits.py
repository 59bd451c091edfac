"""Steps that cannot be taken back: what each needs, as one table, and the one function that permits them.

A :class:`Permit` is for exactly one step, org, name and life. Nothing but :func:`decide` can make one, and the calls
and state changes that take such a step accept nothing else. What the bot remembers is not enough for any of them, and
neither is one answer of one witness: :func:`decide` reads observations (:mod:`bot.model.observations`) and says what
is missing where they do not suffice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

from bot.model.approval import Ballot, Purpose, Round, Standing
from bot.model.clocks import Instants, elapsed
from bot.model.observations import ABSENCES, OTHERS, Approval, CnamePoll, Observations, Org


class Step(StrEnum):
    """What cannot be taken back. A step that is new gets its row in :data:`NEEDS`."""

    TAKE = "take"  #: count a name at the platform as one that we registered
    IMPORT = "import"  #: count a name that the platform had before as one of this workspace
    REFUSE = "refuse"  #: end a life whose registration the platform refused
    DROP = "drop"  #: end a life that took nothing: the name belongs to somebody else's registration
    DELETE = "delete"  #: delete at the platform
    DELETE_UNPUBLISHED = "delete_unpublished"  #: delete at the platform what was never published
    DELETE_FORCED = "delete_forced"  #: delete at the platform although DNS could not be confirmed (*Finish anyway*)
    DELETED = "deleted"  #: say that it is deleted at the platform, and end the life
    END = "end"  #: end a life because the name is gone at the platform
    RESUME = "resume"  #: go on with a life that had ended, since the name was found again
    STOP_REMOVAL = "stop_removal"  #: go back from a removal
    RELEASE = "release"  #: let go of a domain without changing anything
    VOTE = "vote"  #: count an approval
    REJECT = "reject"  #: count a rejection
    RECOVER = "recover"  #: say of a domain that was degraded that it may be sent from again
    ACTIVATE = "activate"  #: ask the platform to activate
    WAIT = "wait"  #: begin the two hours of an activation
    DEPROVISION = "deprovision"  #: count what was approved and activated here as undone by the platform
    SEND = "send"  #: say that sending is allowed


#: Steps that ask the platform to delete.
DELETES = frozenset({Step.DELETE, Step.DELETE_UNPUBLISHED, Step.DELETE_FORCED})

#: Steps that count an answer of one person to a round.
VOTES = frozenset({Step.VOTE, Step.REJECT})


class Need(StrEnum):
    """What a step needs; also the key of the text that says it is missing (``[missing.*]``)."""

    NO_HOLD = "no_hold"  #: nobody has put the bot on hold
    SAME_ORG = "same_org"  #: the bot is connected to the org this domain belongs to, by its id
    CREATED = "created"  #: our own create of this life is on record
    NOT_CREATED = "not_created"  #: no create of this life is on record
    PRESENT = "present"  #: the platform shows the name now
    NOT_GONE = "not_gone"  #: the platform shows the name now, or has not shown it so far
    APPROVAL = "approval"  #: a decided round, unless the platform now says that nothing is at stake
    NOTHING_AT_STAKE = "nothing_at_stake"  #: our own create, and the platform says neither provisioned nor verified
    NEVER_PUBLISHED = "never_published"  #: no record of this life was ever seen in DNS
    NO_CAMPAIGN = "no_campaign"  #: no campaign that can be seen is on
    TWO_POLLS = "two_polls"  #: two clean rounds of all counted servers, far enough apart
    TWO_QUICK_POLLS = "two_quick_polls"  #: two clean rounds, seconds apart, or two denials by the suffix
    ALL_ANSWERED = "all_answered"  #: every counted server answered in two such rounds, or a day has passed
    ALL_ANSWERED_QUICK = "all_answered_quick"  #: every counted server answered in both, or a day has passed
    SEVEN_DAYS = "seven_days"  #: seven days since somebody wanted it removed
    FORCED_APPROVAL = "forced_approval"  #: a decided round of its own for *Finish anyway*
    NOT_IN_USE = "not_in_use"  #: no server gives our CNAME while a campaign is on
    DELETE_ANSWERED = "delete_answered"  #: our delete was answered and a reading misses the name, or it stays missed
    THREE_ABSENCES = "three_absences"  #: three full readings an hour apart miss it
    RECENT_END = "recent_end"  #: the life ended because the name was gone, at most 30 days ago
    NOT_ASKED_TO_DELETE = "not_asked_to_delete"  #: the platform was not asked to delete since the wish
    REFUSAL = "refusal"  #: the platform refused to create it, and no create is on record
    RELEASE_APPROVAL = "release_approval"  #: a decided round for letting go
    RIGHT_IN_DNS = "right_in_dns"  #: a look just now finds both records right
    SERVED = "served"  #: the platform says now that it sends for the name, with this life's records
    NAMED_ROUND = "named_round"  #: the round that the button names is open, of this life and for what is so now
    IN_TIME = "in_time"  #: the vote arrived before the round's time was up
    NOT_ASKER = "not_asker"  #: it is not of who asked
    READ_NOW = "read_now"  #: Slack said who the voter is after the vote arrived
    FULL_MEMBER = "full_member"  #: the voter is a full member of this workspace
    ROUND_LIST = "round_list"  #: the voter is eligible by the list that the round was asked of
    TODAYS_LIST = "todays_list"  #: the voter is eligible by the list of today
    ANSWERABLE = "answerable"  #: somebody who may has said so: an operator, or a decided round
    ACTIVATION_APPROVAL = "activation_approval"  #: a decided round for exactly what would be activated now
    RIGHT_SINCE_VOTE = "right_since_vote"  #: a look after the vote finds both records right
    READ_SINCE_VOTE = "read_since_vote"  #: the platform was read after the vote, and has this life's records
    ACTIVATED = "activated"  #: our own activation was accepted, and is of what the platform shows now
    DONE = "done"  #: the platform says now, in one answer, that it is provisioned and every record verified
    TWO_OTHERS = "two_others"  #: two readings, far enough apart, have another word than *provisioned*
    TWO_HOURS = "two_hours"  #: two hours and a second have passed by each of two clocks
    RIGHT_AFTER = "right_after"  #: a look after their end finds every record right
    DONE_AFTER = "done_after"  #: a reading after their end says that all is done


#: Durations that the needs are measured with; divided by the pace like all of the product's.
DURATIONS: Mapping[str, timedelta] = MappingProxyType(
    {
        "polls_apart": timedelta(minutes=10),
        "polls_apart_unpublished": timedelta(seconds=5),
        "polls_silent": timedelta(hours=24),  # silent servers hold a deletion up for so long
        "counted": timedelta(hours=48),  # a server that is no longer listed is asked for so long
        "absences_apart": timedelta(hours=1),
        "created_unseen": timedelta(minutes=15),  # what was created may show so late
        "created_lost": timedelta(hours=24),  # the same where the answer was lost
        "deleted_lost": timedelta(minutes=30),  # so long what we may have deleted has to be missed
        "deleted_recently": timedelta(minutes=15),  # what was deleted may still show so long
        "finish_anyway": timedelta(days=7),
        "resumable": timedelta(days=30),
        "vote_kept": timedelta(minutes=10),  # so long a vote is kept while Slack cannot tell whose it is
        "others_apart": timedelta(minutes=10),
        "two_hours": timedelta(hours=2, seconds=1),  # a Date counts whole seconds
    }
)


#: What was observed so long ago (ms) still counts as *now*: the way from the observation to the decision, on a slow
#: machine. Network time, so it is not divided by the pace.
FRESH = 300_000


@dataclass(frozen=True, slots=True)
class Case:
    """What a decision is about.

    ``org`` is the domain's, ``connected`` the one the bot speaks to now (None: not known); ``shown``: the platform has
    shown the name in this life; ``ended_at`` the instant at which the life ended because the name was gone;
    ``vouched``: an operator answers for it; ``refused``: the platform has just refused to create it; ``asked``: since
    the wish to remove it the approvers were asked; ``right_at``: when the last look was, where all its records were
    right; ``round``, ``digest`` and ``ballot``: what is asked, what that would be of now, and the vote to be counted;
    ``clocks``: this moment on every clock there is. ``now`` is UTC ms, ``ms`` the durations at the bot's pace.
    """

    team: str
    name: str
    life: int
    org: Org
    connected: Org | None
    held: bool
    seen: Observations
    now: int
    ms: Mapping[str, int]
    shown: bool = True
    ended_at: int | None = None
    vouched: bool = False
    refused: bool = False
    asked: bool = False
    right_at: int | None = None
    round: Round | None = None
    digest: str = ""
    ballot: Ballot | None = None
    clocks: Instants | None = None

    def fresh(self, at: int) -> bool:
        return 0 <= self.now - at <= FRESH


@dataclass(frozen=True, slots=True)
class Lack:
    """One need that is not met; ``until`` is the instant (UTC ms) from which it may be, where that is known."""

    need: Need
    until: int | None = None


_SEAL = object()


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to take ``step``, now, for this name and life in this org. Made by :func:`decide` only.

    It does not keep the seal, so that none can be made from another one: not changed, not copied, not unpickled.
    """

    step: Step
    team: str
    name: str
    life: int
    org: Org
    seal: InitVar[object]
    voter: str | None = None  #: whose vote it counts

    @property
    def life_of(self) -> tuple[str, str, int]:
        return self.team, self.name, self.life

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a permit is made by bot.model.permits.decide only")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a permit is for now: it is neither copied nor kept")


Check = Callable[[Case], Lack | None]


def _unless(need: Need, met: bool, until: int | None = None) -> Lack | None:
    return None if met else Lack(need, until)


# ---- who and where


def _no_hold(case: Case) -> Lack | None:
    return _unless(Need.NO_HOLD, not case.held)


def _same_org(case: Case) -> Lack | None:
    return _unless(Need.SAME_ORG, case.org.is_same(case.connected))


def _vouched(case: Case) -> Lack | None:
    approved = case.seen.approved(Purpose.IMPORT, case.org.id) is not None
    return _unless(Need.ANSWERABLE, case.vouched or approved)


# ---- the platform


def _created(case: Case) -> Lack | None:
    made = case.seen.created
    on_record = made is not None and made.on_record and made.org.is_same(case.org)
    return _unless(Need.CREATED, on_record and not _made_anew(case))


def _made_anew(case: Case) -> bool:
    """What the platform shows does not have this life's records: somebody deleted it there and made it again.

    One that was just made has none yet, so their absence is no proof that it is ours.
    """
    reading = case.seen.reading
    return case.shown and reading is not None and reading.ours is not True


def _not_created(case: Case) -> Lack | None:
    made = case.seen.created
    if made is None or not made.on_record:
        return None
    until = None if made.answered_at is not None else made.at + case.ms["created_lost"]
    return _unless(Need.NOT_CREATED, until is not None and case.now >= until, until)


def _right_in_dns(case: Case) -> Lack | None:
    return _unless(Need.RIGHT_IN_DNS, case.right_at is not None and case.fresh(case.right_at))


def _served(case: Case) -> Lack | None:
    reading = case.seen.reading
    served = reading is not None and reading.provisioned is True and reading.ours is True
    return _unless(Need.SERVED, served and _present(case) is None)


def _present(case: Case) -> Lack | None:
    reading = case.seen.reading
    now = reading is not None and reading.present and reading.org.is_same(case.org) and case.fresh(reading.at)
    return _unless(Need.PRESENT, now)


def _absent(case: Case) -> bool:
    """The platform, in this org, does not show the name now."""
    reading = case.seen.reading
    return reading is not None and not reading.present and reading.org.is_same(case.org) and case.fresh(reading.at)


def _not_gone(case: Case) -> Lack | None:
    return _unless(Need.NOT_GONE, not case.shown or _present(case) is None)


def _refusal(case: Case) -> Lack | None:
    return _unless(Need.REFUSAL, case.refused)


def _nothing_at_stake(case: Case) -> Lack | None:
    """Once the approvers were asked only they can answer, whatever the platform says later."""
    reading = case.seen.reading
    if case.asked or _created(case) or reading is None:
        return Lack(Need.NOTHING_AT_STAKE)
    if not (case.fresh(reading.at) and reading.org.is_same(case.org)):
        return Lack(Need.NOTHING_AT_STAKE)
    # Both have to be said: a field that is missing, or a word that is new, is no *no*.
    return _unless(Need.NOTHING_AT_STAKE, reading.provisioned is False and reading.verified is False)


def _approval(case: Case) -> Lack | None:
    counts = case.seen.agreed(Purpose.REMOVAL, case.org.id) and not _made_anew(case)
    return _unless(Need.APPROVAL, counts or _nothing_at_stake(case) is None)


def _no_campaign(case: Case) -> Lack | None:
    """What cannot be read at all counts as *on* for a day: then it is as good as not permitted."""
    read = case.seen.campaigns
    if read is None or not case.fresh(read.at):
        return Lack(Need.NO_CAMPAIGN)
    if read.seen is None:
        wish = case.seen.wish
        until = wish.at + case.ms["polls_silent"] if wish else None
        return _unless(Need.NO_CAMPAIGN, until is not None and case.now >= until, until)
    return _unless(Need.NO_CAMPAIGN, not read.on)


# ---- DNS


def _two(case: Case, need: Need, first: CnamePoll | None, ms: int, *, denied: bool = False) -> Lack | None:
    """``first`` and the last poll, at least ``ms`` apart, both clean and after the wish, the last of them just now."""
    last, wish = case.seen.last, case.seen.wish
    if first is None or last is None or wish is None or first.at < wish.at:
        return Lack(need)
    alike = (first.clean and last.clean) or (denied and first.denied and last.denied)
    return _unless(need, alike and case.fresh(last.at) and last.at - first.at >= ms, first.at + ms)


def _two_polls(case: Case) -> Lack | None:
    return _two(case, Need.TWO_POLLS, case.seen.first, case.ms["polls_apart"])


def _two_quick_polls(case: Case) -> Lack | None:
    return _two(case, Need.TWO_QUICK_POLLS, case.seen.first, case.ms["polls_apart_unpublished"], denied=True)


def _answered(case: Case, need: Need, ms: int) -> Lack | None:
    """Nobody was silent in the two polls that count, or in two others of their row; or a day has passed since."""
    first, whole, last = case.seen.first, case.seen.whole, case.seen.last
    if first is None or last is None or (first.answered and last.answered):
        return None
    if whole is not None and last.answered and last.at - whole.at >= ms:
        return None
    if any(one.why == "not_asked" for one in last.servers):
        return Lack(need)  # more servers than we ask: they were not silent
    until = first.at + case.ms["polls_silent"]
    return _unless(need, case.now >= until, until)


def _all_answered(case: Case) -> Lack | None:
    return _answered(case, Need.ALL_ANSWERED, case.ms["polls_apart"])


def _all_answered_quick(case: Case) -> Lack | None:
    return _answered(case, Need.ALL_ANSWERED_QUICK, case.ms["polls_apart_unpublished"])


def _never_published(case: Case) -> Lack | None:
    return _unless(Need.NEVER_PUBLISHED, case.seen.published_at is None)


# ---- *Finish anyway*


def _seven_days(case: Case) -> Lack | None:
    wish = case.seen.wish
    until = wish.at + case.ms["finish_anyway"] if wish else None
    return _unless(Need.SEVEN_DAYS, until is not None and case.now >= until, until)


def _forced_approval(case: Case) -> Lack | None:
    counts = case.seen.agreed(Purpose.REMOVAL_FORCED, case.org.id) and not _made_anew(case)
    return _unless(Need.FORCED_APPROVAL, counts)


def _not_in_use(case: Case) -> Lack | None:
    poll, read = case.seen.last, case.seen.campaigns
    if poll is None or read is None or not (case.fresh(poll.at) and case.fresh(read.at)):
        return Lack(Need.NOT_IN_USE)
    # For a day a server that is silent may give it still; campaigns that cannot be read may be on.
    lately = case.seen.ours_at is not None and case.now < case.seen.ours_at + case.ms["polls_silent"]
    given = poll.ours or (lately and not poll.answered)
    return _unless(Need.NOT_IN_USE, not given or (read.seen is not None and not read.on))


# ---- the end of a life


def _delete_answered(case: Case) -> Lack | None:
    """It is gone, and by what.

    By our own delete: answered with 204, and a full reading misses the name now; where that answer was lost, the name
    has been missed for half an hour. By somebody else's: as for any other life. And what the platform never showed has
    been missing for 15 min after our create was answered, for a day where that answer was lost; what was never asked
    for, at once.
    """
    seen, need = case.seen, Need.DELETE_ANSWERED
    reading, made, deleted = seen.reading, seen.created, seen.deleted
    if reading is None or not _absent(case):
        return Lack(need)
    if deleted is not None and deleted.org.is_same(case.org):
        if deleted.answered_at is not None and reading.at >= deleted.answered_at:
            return None
        return _from(need, case, (seen.absent_since or case.now) + case.ms["deleted_lost"])
    if case.shown:
        gone = _three_absences(case)
        return Lack(need, gone.until) if gone else None
    if made is None or not made.on_record:
        return None
    if made.answered_at is not None:
        return _from(need, case, made.answered_at + case.ms["created_unseen"])
    return _from(need, case, made.at + case.ms["created_lost"])


def _from(need: Need, case: Case, until: int) -> Lack | None:
    return _unless(need, case.now >= until, until)


def _three_absences(case: Case) -> Lack | None:
    absences = case.seen.absences
    until = absences[-1] + case.ms["absences_apart"] if absences else None
    return _unless(Need.THREE_ABSENCES, len(absences) >= ABSENCES and _absent(case), until)


def _recent_end(case: Case) -> Lack | None:
    ended = case.ended_at
    return _unless(Need.RECENT_END, ended is not None and 0 <= case.now - ended <= case.ms["resumable"])


def _not_asked_to_delete(case: Case) -> Lack | None:
    return _unless(Need.NOT_ASKED_TO_DELETE, case.seen.deleted is None)


def _release_approval(case: Case) -> Lack | None:
    return _unless(Need.RELEASE_APPROVAL, case.seen.approved(Purpose.RELEASE, case.org.id) is not None)


# ---- votes


def _named_round(case: Case) -> Lack | None:
    asked, ballot = case.round, case.ballot
    named = asked is not None and ballot is not None and asked.open and asked.token == ballot.token
    return _unless(Need.NAMED_ROUND, named and asked is not None and asked.digest == case.digest)


def _in_time(case: Case) -> Lack | None:
    asked, ballot = case.round, case.ballot
    return _unless(Need.IN_TIME, asked is not None and ballot is not None and ballot.arrived_at < asked.expires_at)


def _not_asker(case: Case) -> Lack | None:
    asked, ballot = case.round, case.ballot
    return _unless(Need.NOT_ASKER, asked is not None and ballot is not None and asked.asked_by != ballot.user)


def _standing(case: Case) -> Standing | None:
    """What Slack said of the voter, since the vote arrived and just now."""
    ballot = case.ballot
    if ballot is None or ballot.standing is None or ballot.standing.user != ballot.user:
        return None
    at = ballot.standing.at
    return ballot.standing if at >= ballot.arrived_at and case.fresh(at) else None


def _read_now(case: Case) -> Lack | None:
    return _unless(Need.READ_NOW, _standing(case) is not None)


def _full_member(case: Case) -> Lack | None:
    standing = _standing(case)
    return _unless(Need.FULL_MEMBER, standing is None or standing.barred is None)


def _round_list(case: Case) -> Lack | None:
    standing = _standing(case)
    return _unless(Need.ROUND_LIST, standing is None or standing.on_round_list)


def _todays_list(case: Case) -> Lack | None:
    standing = _standing(case)
    return _unless(Need.TODAYS_LIST, standing is None or standing.on_todays_list)


# ---- activation, the two hours, and what undoes them


def _vote(case: Case) -> Approval | None:
    """The approval to activate what is there now."""
    found = case.seen.approved(Purpose.ACTIVATION, case.org.id)
    return found if found is not None and found.digest in ("", case.digest) else None


def _activation_approval(case: Case) -> Lack | None:
    return _unless(Need.ACTIVATION_APPROVAL, _vote(case) is not None)


def _right_since_vote(case: Case) -> Lack | None:
    vote = case.seen.approved(Purpose.ACTIVATION, case.org.id)
    right = case.right_at is not None and (vote is None or case.right_at >= vote.at)
    return _unless(Need.RIGHT_SINCE_VOTE, right)


def _read_since_vote(case: Case) -> Lack | None:
    vote, reading = case.seen.approved(Purpose.ACTIVATION, case.org.id), case.seen.reading
    read = reading is not None and reading.ours is True and (vote is None or reading.at >= vote.at)
    return _unless(Need.READ_SINCE_VOTE, read and _present(case) is None)


def _activated(case: Case) -> Lack | None:
    made = case.seen.activation
    return _unless(Need.ACTIVATED, made is not None and made.org.is_same(case.org) and made.digest == case.digest)


def _is_done(case: Case) -> bool:
    reading = case.seen.reading
    return reading is not None and reading.done and reading.ours is True and _present(case) is None


def _done(case: Case) -> Lack | None:
    return _unless(Need.DONE, _is_done(case))


def _two_others(case: Case) -> Lack | None:
    """The last word is of now, and it is still another one."""
    others, reading = case.seen.others, case.seen.reading
    until = others.at[-1] + case.ms["others_apart"] if others else None
    enough = others is not None and len(others.at) >= OTHERS
    now = reading is not None and bool(reading.other) and _present(case) is None
    return _unless(Need.TWO_OTHERS, enough and now, until)


def _two_hours(case: Case) -> Lack | None:
    began = case.seen.started
    passed = elapsed(began, case.clocks) if began and case.clocks else None
    left = None if passed is None else case.ms["two_hours"] - passed
    return _unless(Need.TWO_HOURS, left is not None and left <= 0, None if left is None else case.now + left)


def _after(case: Case, at: int | None) -> bool:
    """Whether ``at`` is after the end of the two hours, and now."""
    began = case.seen.started
    return bool(began and at is not None and at >= began.slack + case.ms["two_hours"] and case.fresh(at))


def _right_after(case: Case) -> Lack | None:
    return _unless(Need.RIGHT_AFTER, _after(case, case.right_at))


def _done_after(case: Case) -> Lack | None:
    reading = case.seen.reading
    return _unless(Need.DONE_AFTER, _is_done(case) and _after(case, reading.at if reading else None))


CHECKS: Mapping[Need, Check] = MappingProxyType(
    {
        Need.NO_HOLD: _no_hold,
        Need.SAME_ORG: _same_org,
        Need.CREATED: _created,
        Need.NOT_CREATED: _not_created,
        Need.PRESENT: _present,
        Need.NOT_GONE: _not_gone,
        Need.APPROVAL: _approval,
        Need.NOTHING_AT_STAKE: _nothing_at_stake,
        Need.NEVER_PUBLISHED: _never_published,
        Need.NO_CAMPAIGN: _no_campaign,
        Need.TWO_POLLS: _two_polls,
        Need.TWO_QUICK_POLLS: _two_quick_polls,
        Need.ALL_ANSWERED: _all_answered,
        Need.ALL_ANSWERED_QUICK: _all_answered_quick,
        Need.SEVEN_DAYS: _seven_days,
        Need.FORCED_APPROVAL: _forced_approval,
        Need.NOT_IN_USE: _not_in_use,
        Need.DELETE_ANSWERED: _delete_answered,
        Need.THREE_ABSENCES: _three_absences,
        Need.RECENT_END: _recent_end,
        Need.NOT_ASKED_TO_DELETE: _not_asked_to_delete,
        Need.REFUSAL: _refusal,
        Need.RELEASE_APPROVAL: _release_approval,
        Need.RIGHT_IN_DNS: _right_in_dns,
        Need.SERVED: _served,
        Need.NAMED_ROUND: _named_round,
        Need.IN_TIME: _in_time,
        Need.NOT_ASKER: _not_asker,
        Need.READ_NOW: _read_now,
        Need.FULL_MEMBER: _full_member,
        Need.ROUND_LIST: _round_list,
        Need.TODAYS_LIST: _todays_list,
        Need.ANSWERABLE: _vouched,
        Need.ACTIVATION_APPROVAL: _activation_approval,
        Need.RIGHT_SINCE_VOTE: _right_since_vote,
        Need.READ_SINCE_VOTE: _read_since_vote,
        Need.ACTIVATED: _activated,
        Need.DONE: _done,
        Need.TWO_OTHERS: _two_others,
        Need.TWO_HOURS: _two_hours,
        Need.RIGHT_AFTER: _right_after,
        Need.DONE_AFTER: _done_after,
    }
)

_N = Need
#: Of a vote: those that can be told without asking Slack come first.
_VOTE = (
    _N.NAMED_ROUND, _N.IN_TIME, _N.NOT_ASKER, _N.READ_NOW, _N.FULL_MEMBER, _N.ROUND_LIST, _N.TODAYS_LIST,
)  # fmt: skip
NEEDS: Mapping[Step, tuple[Need, ...]] = MappingProxyType(
    {
        Step.TAKE: (_N.NO_HOLD, _N.SAME_ORG, _N.CREATED, _N.PRESENT),
        Step.IMPORT: (_N.NO_HOLD, _N.SAME_ORG, _N.PRESENT, _N.ANSWERABLE),
        Step.REFUSE: (_N.NO_HOLD, _N.SAME_ORG, _N.NOT_CREATED, _N.REFUSAL),
        Step.DROP: (_N.NOT_CREATED,),
        Step.DELETE: (
            _N.NO_HOLD, _N.SAME_ORG, _N.PRESENT, _N.APPROVAL, _N.NO_CAMPAIGN, _N.TWO_POLLS, _N.ALL_ANSWERED,
        ),
        Step.DELETE_UNPUBLISHED: (
            _N.NO_HOLD, _N.SAME_ORG, _N.PRESENT, _N.NEVER_PUBLISHED, _N.NOTHING_AT_STAKE, _N.NO_CAMPAIGN,
            _N.TWO_QUICK_POLLS, _N.ALL_ANSWERED_QUICK,
        ),
        Step.DELETE_FORCED: (
            _N.NO_HOLD, _N.SAME_ORG, _N.PRESENT, _N.SEVEN_DAYS, _N.FORCED_APPROVAL, _N.NOT_IN_USE,
        ),
        Step.DELETED: (_N.NO_HOLD, _N.SAME_ORG, _N.DELETE_ANSWERED),
        Step.END: (_N.NO_HOLD, _N.SAME_ORG, _N.THREE_ABSENCES),
        Step.RESUME: (_N.NO_HOLD, _N.SAME_ORG, _N.PRESENT, _N.RECENT_END),
        Step.STOP_REMOVAL: (_N.SAME_ORG, _N.NOT_GONE, _N.NOT_ASKED_TO_DELETE),
        Step.RELEASE: (_N.NOT_ASKED_TO_DELETE, _N.RELEASE_APPROVAL),
        Step.VOTE: (*_VOTE, _N.NO_HOLD),
        Step.REJECT: _VOTE,
        Step.RECOVER: (_N.NO_HOLD, _N.SAME_ORG, _N.RIGHT_IN_DNS, _N.SERVED),
        Step.ACTIVATE: (
            _N.NO_HOLD, _N.SAME_ORG, _N.ACTIVATION_APPROVAL, _N.RIGHT_SINCE_VOTE, _N.READ_SINCE_VOTE,
        ),
        Step.WAIT: (_N.NO_HOLD, _N.SAME_ORG, _N.ACTIVATED, _N.DONE),
        # An alarm, and it only takes away: a hold is none for it.
        Step.DEPROVISION: (_N.SAME_ORG, _N.TWO_OTHERS),
        Step.SEND: (_N.NO_HOLD, _N.SAME_ORG, _N.TWO_HOURS, _N.RIGHT_AFTER, _N.DONE_AFTER),
    }
)  # fmt: skip


def decide(step: Step, case: Case, needs: Mapping[Step, tuple[Need, ...]] = NEEDS) -> Permit | tuple[Lack, ...]:
    """A permit for ``step``, or everything that is missing for it, in the order of the table."""
    missing = tuple(lack for need in needs[step] if (lack := CHECKS[need](case)) is not None)
    voter = case.ballot.user if case.ballot is not None else None
    return missing or Permit(step, case.team, case.name, case.life, case.org, _SEAL, voter)
