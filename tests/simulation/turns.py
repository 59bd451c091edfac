"""Lives that turn on one step that cannot be taken back, with the lies that hurt at that moment.

Most of a life nothing can go wrong. Each of these is short, and something happens just when the step is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bot.model.permits import Step
from tests.simulation import turns_end, turns_life
from tests.simulation.planner import Planner

#: Plans a life of a name from a moment (s) on, and says when it is over.
Turn = Callable[[Planner, str, float], float]

TURNS: Mapping[Step, Sequence[Turn]] = MappingProxyType(
    {
        Step.TAKE: (turns_life.take,),
        Step.IMPORT: (turns_life.import_,),
        Step.REFUSE: (turns_life.refuse,),
        Step.DROP: (turns_life.refuse, turns_life.import_),
        Step.DELETE: (turns_end.delete,),
        Step.DELETE_UNPUBLISHED: (turns_end.mistyped,),
        Step.DELETE_FORCED: (turns_end.forced,),
        Step.DELETED: (turns_end.delete, turns_end.mistyped, turns_end.stop),
        Step.END: (turns_end.gone,),
        Step.RESUME: (turns_end.gone,),
        Step.STOP_REMOVAL: (turns_end.stop,),
        Step.RELEASE: (turns_end.release,),
        Step.VOTE: (turns_life.vote, turns_life.vote, turns_life.vote, turns_life.late_vote),
        Step.REJECT: (turns_life.vote, turns_life.vote, turns_life.vote, turns_life.late_vote),
        Step.RECOVER: (turns_life.recover,),
        Step.ACTIVATE: (turns_life.activate,),
        Step.WAIT: (turns_life.activate,),
        Step.DEPROVISION: (turns_life.deprovision,),
        Step.SEND: (turns_life.send,),
    }
)
