"""Who may do what: one table. :mod:`bot.services.authorizing` finds out who somebody is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is, to a domain or to the workspace. Guests, bots, deactivated people and strangers are nothing."""

    EVERYBODY = "everybody"  #: full members of the workspace
    MEMBER = "member"  #: full members of the domain's channel
    REQUESTER = "requester"  #: ``EMAILDOMAIN_REQUESTERS``, else full members of the channel
    OWNER = "owner"  #: the domain's owner, who added it
    ASKER = "asker"  #: who asked for what goes on: this round, this removal
    APPROVER = "approver"  #: ``EMAILDOMAIN_APPROVERS``, else full members of the channel
    OPERATOR = "operator"  #: ``EMAILDOMAIN_OPERATORS``, else admins of the workspace


class Action(StrEnum):
    """What somebody may or may not do; the value is the key of its text (``[may.*]``)."""

    CHECK = "check"  #: have DNS looked at
    ADD = "add"  #: add domains
    ASK = "ask"  #: ask for approval of activation, or to import
    SEE = "see"  #: status, list, the App Home, records in other formats
    EXTEND = "extend"  #: keep waiting for a stalled domain
    REMOVE = "remove"  #: remove, or ask for that where it needs approval
    APPROVE = "approve"  #: approve and reject, but never what they asked for themselves
    STOP_REMOVAL = "stop_removal"  #: stop a removal
    FINISH_ANYWAY = "finish_anyway"  #: ask to finish a removal anyway
    GONE = "gone"  #: say whether a domain that is gone was deleted on purpose
    OUTSIDE = "outside"  #: say how long ago a domain was activated elsewhere
    WITHDRAW = "withdraw"  #: withdraw a request
    MOVE = "move"  #: choose the channel; an approver where the owner can do nothing any more
    RELEASE = "release"  #: ask to let go of a domain
    IMPORT = "import"  #: import
    HOLD = "hold"  #: put the bot on hold, and end that


_R, _A = Role, Action

#: Anybody who has one of the roles. Those that cost no question to Slack come first.
MAY: Mapping[Action, tuple[Role, ...]] = MappingProxyType(
    {
        _A.CHECK: (_R.EVERYBODY,),
        _A.ADD: (_R.REQUESTER,),
        _A.ASK: (_R.REQUESTER,),
        _A.SEE: (_R.OWNER, _R.MEMBER, _R.APPROVER, _R.OPERATOR),
        _A.EXTEND: (_R.OWNER, _R.APPROVER),
        _A.REMOVE: (_R.OWNER, _R.APPROVER),
        _A.APPROVE: (_R.APPROVER,),
        _A.STOP_REMOVAL: (_R.ASKER, _R.OWNER, _R.APPROVER),
        _A.FINISH_ANYWAY: (_R.OWNER, _R.APPROVER),
        _A.GONE: (_R.OWNER, _R.APPROVER),
        _A.OUTSIDE: (_R.OWNER, _R.OPERATOR),
        _A.WITHDRAW: (_R.ASKER,),
        _A.MOVE: (_R.OWNER,),
        _A.RELEASE: (_R.OWNER,),
        _A.IMPORT: (_R.OPERATOR,),
        _A.HOLD: (_R.OPERATOR,),
    }
)
