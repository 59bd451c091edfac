"""What a decision is made from: the needs by name, how long they are measured, and the case that they look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.model.approval import Ballot, Round
from bot.model.clocks import Instants
from bot.model.observations import Observations, Org


class Need(StrEnum):
    """What a step needs; also the key of the text that says it is missing (``[missing.*]``)."""

    NO_HOLD = "no_hold"  #: nobody has put the bot on hold
    SURE_TIME = "sure_time"  #: the bot is sure what time it is
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
    ACTIVATED = "activated"  #: our own activation was accepted, or its owner says *not sure*; of what is there now
    SAID_OVER = "said_over"  #: its owner says: activated elsewhere, more than two hours ago; of what is there now
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

    ``org`` is the domain's, ``connected`` the one the bot speaks to now (None: not known); ``sure``: ``now`` is more
    than the word of one witness; ``shown``: the platform has
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
    sure: bool
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


Check = Callable[[Case], Lack | None]


def unless(need: Need, met: bool, until: int | None = None) -> Lack | None:
    return None if met else Lack(need, until)
