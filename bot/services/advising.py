"""What only advises, read again until it is known: names that the contact centre receives mail on, the platform's own.

Nothing here refuses anything. What could not be read is shown as one grey line on the card; a name that turns out to be
an inbound domain is a conflict on the request.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import PlatformRefused
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, State
from bot.model.registration import INBOUND
from bot.ports import Ports
from bot.runtime.advisory import NotChecked, advisory
from bot.services.applying_look import lapse_open
from bot.services.updating import alter


def unread(found: Mapping[str, str]) -> tuple[str, ...]:
    """As a domain keeps it: ``<what>/<why>``."""
    return tuple(sorted(f"{what}/{why}" for what, why in found.items()))


async def catch_up(ports: Ports, domain: EmailDomain) -> EmailDomain:
    """Read once more what could not be read when the domain was added."""
    if not domain.unread:
        return domain
    try:
        known = await ports.platform.preflight()
    except PlatformRefused:
        return domain
    left, inbound = unread(known.unread), known.inbound is not None and domain.name in known.inbound

    def decide(draft: Draft) -> bool:
        if (draft.domain.unread == left and not inbound) or draft.domain.state is State.REMOVED:
            return False
        draft.set(unread=left)
        if inbound:
            _conflict(draft)
        return True

    return await alter(ports, domain, decide)


async def before_asking(ports: Ports, domain: EmailDomain) -> bool:
    """Whether the contact centre receives mail on the name by now; False where that cannot be told."""
    found = await advisory("inbound names", ports.platform.inbound())
    return not isinstance(found, NotChecked) and domain.name in found


def _conflict(draft: Draft) -> None:
    """What was asked rested on there being none."""
    if INBOUND in draft.domain.conflicts:
        return
    note_inbound(draft)
    if draft.domain.state is State.AWAITING_APPROVAL:
        lapse_open(draft, "conflict", "platform")
        draft.move(Event.LAPSED, by="platform", quiet=True)


def note_inbound(draft: Draft) -> None:
    if INBOUND not in draft.domain.conflicts:
        draft.set(conflicts=(*draft.domain.conflicts, INBOUND)).note("conflict", by="platform", why=INBOUND)
