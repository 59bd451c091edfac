"""Where a domain stands and how it moves: the whole order as one table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from bot.errors import NotAllowed
from bot.model.permits import Step


class State(StrEnum):
    """Where a domain stands. Each comment names who acts next."""

    REGISTERING = "registering"  #: the bot: the platform is making the records
    AWAITING_DNS = "awaiting_dns"  #: whoever edits DNS; we keep looking
    STALLED = "stalled"  #: the owner: three days without the records
    READY = "ready"  #: the team asks for activation
    AWAITING_APPROVAL = "awaiting_approval"  #: the approvers
    ACTIVATING = "activating"  #: the bot: the platform verifies and provisions
    WAITING = "waiting"  #: nobody: the clock opens the send window
    OPEN = "open"  #: nobody: the bot keeps watching
    DEGRADED = "degraded"  #: the owner: something that was right is not
    REMOVING = "removing"  #: whoever edits DNS: the records come out first
    REMOVED = "removed"  #: nobody: the name may be added again


class Event(StrEnum):
    """What can happen to a domain, in past participles."""

    RECORDS_KNOWN = "records_known"
    REFUSED = "refused"
    DNS_READY = "dns_ready"
    DNS_GAVE_UP = "dns_gave_up"
    KEPT_WAITING = "kept_waiting"
    DNS_LOST = "dns_lost"
    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    PROVISIONED = "provisioned"
    FINISHED_LATE = "finished_late"
    GAVE_UP = "gave_up"
    ACTIVATED_OUTSIDE = "activated_outside"
    OPENED_OUTSIDE = "opened_outside"
    WINDOW_OPENED = "window_opened"
    DEGRADED = "degraded"
    RECOVERED = "recovered"
    UNPROVISIONED = "unprovisioned"
    RECORDS_CHANGED = "records_changed"
    REMOVAL_STARTED = "removal_started"
    REMOVAL_STOPPED = "removal_stopped"
    REMOVED = "removed"
    GONE = "gone"
    FOUND_AGAIN = "found_again"
    RELEASED = "released"


class Kind(StrEnum):
    """The kinds of message to a channel; part of every message's metadata, stable."""

    RECORDS = "records"
    CARD = "card"
    WRONG_RECORD = "wrong_record"
    READY = "ready"
    APPROVAL = "approval"
    DECIDED = "decided"
    ACTIVATED = "activated"
    SENDING_ALLOWED = "sending_allowed"
    FAILED = "failed"
    STALLED = "stalled"
    DEGRADED = "degraded"
    RECOVERED = "recovered"
    REMINDER = "reminder"
    GUARD = "guard"
    REMOVING = "removing"
    REMOVED = "removed"


class Edge(NamedTuple):
    """Where an event leads, and what is said of it (None: nothing in the channel).

    ``landings``: a fresh look and reading decide among these; ``to`` is then the most careful of them.
    """

    to: State
    says: Kind | None = None
    landings: frozenset[State] = frozenset()


_S, _E, _K = State, Event, Kind
#: Nothing was activated here yet, as far as we know.
BEFORE_ACTIVATION = (_S.AWAITING_DNS, _S.STALLED, _S.READY, _S.AWAITING_APPROVAL)

TRANSITIONS: Mapping[tuple[State, Event], Edge] = MappingProxyType(
    {
        (_S.REGISTERING, _E.RECORDS_KNOWN): Edge(_S.AWAITING_DNS, _K.RECORDS),
        (_S.REGISTERING, _E.REFUSED): Edge(_S.REMOVED, _K.REMOVED),
        (_S.REGISTERING, _E.REMOVAL_STARTED): Edge(_S.REMOVING),
        (_S.AWAITING_DNS, _E.DNS_READY): Edge(_S.READY, _K.READY),
        (_S.AWAITING_DNS, _E.DNS_GAVE_UP): Edge(_S.STALLED, _K.STALLED),
        (_S.STALLED, _E.DNS_READY): Edge(_S.READY, _K.READY),
        (_S.STALLED, _E.KEPT_WAITING): Edge(_S.AWAITING_DNS),
        (_S.READY, _E.ASKED): Edge(_S.AWAITING_APPROVAL, _K.APPROVAL),
        (_S.READY, _E.DNS_LOST): Edge(_S.AWAITING_DNS, _K.WRONG_RECORD),
        (_S.AWAITING_APPROVAL, _E.APPROVED): Edge(_S.ACTIVATING, _K.DECIDED),
        (_S.AWAITING_APPROVAL, _E.REJECTED): Edge(_S.READY, _K.DECIDED),
        (_S.AWAITING_APPROVAL, _E.WITHDRAWN): Edge(_S.READY, _K.DECIDED),
        (_S.AWAITING_APPROVAL, _E.EXPIRED): Edge(_S.READY, _K.DECIDED),
        (_S.AWAITING_APPROVAL, _E.LAPSED): Edge(_S.READY, _K.DECIDED),
        (_S.AWAITING_APPROVAL, _E.DNS_LOST): Edge(_S.AWAITING_DNS, _K.DECIDED),
        (_S.ACTIVATING, _E.PROVISIONED): Edge(_S.WAITING, _K.ACTIVATED),
        (_S.ACTIVATING, _E.GAVE_UP): Edge(_S.READY, _K.FAILED),
        (_S.ACTIVATING, _E.DNS_LOST): Edge(_S.AWAITING_DNS, _K.FAILED),
        (_S.WAITING, _E.WINDOW_OPENED): Edge(_S.OPEN, _K.SENDING_ALLOWED),
        (_S.OPEN, _E.DEGRADED): Edge(_S.DEGRADED, _K.DEGRADED),
        (_S.DEGRADED, _E.RECOVERED): Edge(_S.OPEN, _K.RECOVERED),
        (_S.DEGRADED, _E.UNPROVISIONED): Edge(_S.READY, _K.READY),
        (_S.REMOVING, _E.REMOVED): Edge(_S.REMOVED, _K.REMOVED),
    }
    | {
        (_S.REMOVING, _E.REMOVAL_STOPPED): Edge(
            _S.AWAITING_DNS,
            None,
            frozenset({_S.REGISTERING, _S.AWAITING_DNS, _S.READY, _S.WAITING, _S.OPEN, _S.DEGRADED}),
        ),
        # Never straight to *open*, nor with an old clock: who knows what was done there meanwhile.
        (_S.REMOVED, _E.FOUND_AGAIN): Edge(
            _S.AWAITING_DNS, _K.CARD, frozenset({_S.AWAITING_DNS, _S.READY, _S.WAITING})
        ),
    }
    | {
        (state, _E.RELEASED): Edge(_S.REMOVED, _K.REMOVED)
        for state in State
        if state not in (_S.REGISTERING, _S.REMOVED)
    }
    | {
        (state, _E.REMOVAL_STARTED): Edge(_S.REMOVING, _K.REMOVING)
        for state in State
        if state not in (_S.REGISTERING, _S.REMOVING, _S.REMOVED)
    }
    | {
        # Seen at the platform, behind the bot's back.
        (state, _E.GONE): Edge(_S.REMOVED, _K.REMOVED)
        for state in State
        if state not in (_S.REGISTERING, _S.REMOVING, _S.REMOVED)
    }
    | {
        (state, _E.RECORDS_CHANGED): Edge(_S.AWAITING_DNS, _K.CARD)
        for state in State
        if state not in (_S.REGISTERING, _S.REMOVING, _S.REMOVED)
    }
    | {
        (state, event): edge
        for state in BEFORE_ACTIVATION
        for event, edge in (
            (_E.ACTIVATED_OUTSIDE, Edge(_S.WAITING, _K.ACTIVATED)),
            (_E.OPENED_OUTSIDE, Edge(_S.OPEN, _K.SENDING_ALLOWED)),
            (_E.FINISHED_LATE, Edge(_S.WAITING, _K.ACTIVATED)),
        )
    }
)

#: How long a state may last before the clock itself causes an event.
TIMERS: Mapping[State, tuple[timedelta, Event]] = MappingProxyType(
    {
        _S.AWAITING_DNS: (timedelta(hours=72), _E.DNS_GAVE_UP),  # as SES, Resend and Entri do
        _S.AWAITING_APPROVAL: (timedelta(hours=24), _E.EXPIRED),  # working days only
        _S.ACTIVATING: (timedelta(hours=24), _E.GAVE_UP),
        _S.WAITING: (timedelta(hours=2), _E.WINDOW_OPENED),  # S25: from provisioning, see EmailDomain.opens_at
    }
)

#: Events that cannot be taken back, and the steps of :mod:`bot.model.permits` whose permit lets them happen.
PERMITS: Mapping[Event, frozenset[Step]] = MappingProxyType(
    {
        _E.RECORDS_KNOWN: frozenset({Step.TAKE, Step.IMPORT}),
        _E.REFUSED: frozenset({Step.REFUSE, Step.DROP}),
        _E.REMOVED: frozenset({Step.DELETED}),
        _E.GONE: frozenset({Step.END}),
        _E.FOUND_AGAIN: frozenset({Step.RESUME}),
        _E.REMOVAL_STOPPED: frozenset({Step.STOP_REMOVAL}),
        _E.RELEASED: frozenset({Step.RELEASE}),
        _E.RECOVERED: frozenset({Step.RECOVER}),
        _E.PROVISIONED: frozenset({Step.WAIT}),
        _E.FINISHED_LATE: frozenset({Step.WAIT}),
        _E.ACTIVATED_OUTSIDE: frozenset({Step.WAIT}),
        _E.OPENED_OUTSIDE: frozenset({Step.OPEN_OUTSIDE}),
        _E.WINDOW_OPENED: frozenset({Step.SEND}),
    }
)

#: From here on a removal needs approval, as activation does. Before, the platform says whether anything is at stake.
REMOVAL_NEEDS_APPROVAL = frozenset({_S.ACTIVATING, _S.WAITING, _S.OPEN, _S.DEGRADED})


def advance(name: str, state: State, event: Event) -> Edge:
    """The edge that ``event`` takes from ``state``; raises :class:`NotAllowed` if it cannot happen here."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise NotAllowed(name=name, step=event.value, state=state.value) from None
