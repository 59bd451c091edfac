"""Steps that cannot be taken back: what each needs, as one table, and the one function that permits them.

A :class:`Permit` is for exactly one step, org, name and life. Nothing but :func:`decide` can make one, and the calls
and state changes that take such a step accept nothing else. What the bot remembers is not enough for any of them, and
neither is one answer of one witness: :func:`decide` reads observations (:mod:`bot.model.observations`) and says what
is missing where they do not suffice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

from bot.model.needs import CHECKS, Case, Lack, Need
from bot.model.observations import Org


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
    OPEN_OUTSIDE = "open_outside"  #: say that sending is allowed from what was activated elsewhere long ago
    DEPROVISION = "deprovision"  #: count what was approved and activated here as undone by the platform
    SEND = "send"  #: say that sending is allowed


#: Steps that ask the platform to delete.
DELETES = frozenset({Step.DELETE, Step.DELETE_UNPUBLISHED, Step.DELETE_FORCED})

#: Steps that count an answer of one person to a round.
VOTES = frozenset({Step.VOTE, Step.REJECT})


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


_N = Need
#: Of a vote: those that can be told without asking Slack come first.
_VOTE = (
    _N.SURE_TIME, _N.NAMED_ROUND, _N.IN_TIME, _N.NOT_ASKER, _N.READ_NOW, _N.FULL_MEMBER, _N.ROUND_LIST, _N.TODAYS_LIST,
)  # fmt: skip
NEEDS: Mapping[Step, tuple[Need, ...]] = MappingProxyType(
    {
        Step.TAKE: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.CREATED, _N.PRESENT),
        Step.IMPORT: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.PRESENT, _N.ANSWERABLE),
        Step.REFUSE: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.NOT_CREATED, _N.REFUSAL),
        Step.DROP: (_N.NOT_CREATED,),
        Step.DELETE: (
            _N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.PRESENT, _N.APPROVAL, _N.NO_CAMPAIGN, _N.TWO_POLLS,
            _N.ALL_ANSWERED,
        ),
        Step.DELETE_UNPUBLISHED: (
            _N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.PRESENT, _N.NEVER_PUBLISHED, _N.NOTHING_AT_STAKE, _N.NO_CAMPAIGN,
            _N.TWO_QUICK_POLLS, _N.ALL_ANSWERED_QUICK,
        ),
        Step.DELETE_FORCED: (
            _N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.PRESENT, _N.SEVEN_DAYS, _N.FORCED_APPROVAL, _N.NOT_IN_USE,
        ),
        Step.DELETED: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.DELETE_ANSWERED),
        Step.END: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.THREE_ABSENCES),
        Step.RESUME: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.PRESENT, _N.RECENT_END),
        Step.STOP_REMOVAL: (_N.SAME_ORG, _N.NOT_GONE, _N.NOT_ASKED_TO_DELETE),
        Step.RELEASE: (_N.NOT_ASKED_TO_DELETE, _N.RELEASE_APPROVAL),
        Step.VOTE: (*_VOTE, _N.NO_HOLD),
        Step.REJECT: _VOTE,
        Step.RECOVER: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.RIGHT_IN_DNS, _N.SERVED),
        Step.ACTIVATE: (
            _N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.ACTIVATION_APPROVAL, _N.RIGHT_SINCE_VOTE, _N.READ_SINCE_VOTE,
        ),
        Step.WAIT: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.ACTIVATED, _N.DONE),
        Step.OPEN_OUTSIDE: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.SAID_OVER, _N.RIGHT_IN_DNS, _N.DONE),
        # An alarm, and it only takes away: a hold is none for it.
        Step.DEPROVISION: (_N.SURE_TIME, _N.SAME_ORG, _N.TWO_OTHERS),
        Step.SEND: (_N.NO_HOLD, _N.SURE_TIME, _N.SAME_ORG, _N.TWO_HOURS, _N.RIGHT_AFTER, _N.DONE_AFTER),
    }
)  # fmt: skip


def decide(step: Step, case: Case, needs: Mapping[Step, tuple[Need, ...]] = NEEDS) -> Permit | tuple[Lack, ...]:
    """A permit for ``step``, or everything that is missing for it, in the order of the table."""
    missing = tuple(lack for need in needs[step] if (lack := CHECKS[need](case)) is not None)
    voter = case.ballot.user if case.ballot is not None else None
    return missing or Permit(step, case.team, case.name, case.life, case.org, _SEAL, voter)
