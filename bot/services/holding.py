"""Hold: looks, answers and alarms go on, and no step that cannot be taken back is taken until it is released."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.errors import PlatformDown, PlatformRefused
from bot.model.lifecycle import State
from bot.model.people import Who
from bot.model.roles import Action
from bot.ports import Ports
from bot.services import alerting, authorizing, binding
from bot.services.binding import HOLD, KIND, Hold

log = structlog.get_logger(__name__)

#: What lies in a copy of the database: whoever starts on it has restored it.
RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Differences:
    """Names on one side only. ``connected``: another org, whose names say nothing of this database's."""

    only_here: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()
    connected: str = ""


async def hold(ports: Ports, *, by: Who) -> Hold:
    await authorizing.require(ports, Action.HOLD, by)
    return await begin(ports, by.user, "asked")


async def begin(ports: Ports, by: str, why: str) -> Hold:
    """On hold from now on; who began it stays the first one."""
    found = await binding.kept_hold(ports)
    if found is not None:
        return found
    made = Hold(by, ports.clock.now(), why)
    await ports.store.put_document(KIND, HOLD, {"by": made.by, "at": made.at, "why": made.why})
    log.warning("on hold", by=by, why=why)
    return made


async def release(ports: Ports, *, by: Who) -> Hold | None:
    """Off hold; returns what it was. Everything that waited is looked at again."""
    await authorizing.require(ports, Action.HOLD, by)
    found = await binding.kept_hold(ports)
    if found is not None:
        await ports.store.put_document(KIND, HOLD, None)
        await alerting.over(ports, "restored", "restored_other", "restored_unread")
        log.warning("off hold", by=by.user)
        ports.wake()
    return found


async def at_start(ports: Ports, *, asked: bool) -> None:
    """``asked``: by ``run --hold``. A restored copy begins on hold and says what differs from the platform."""
    if asked:
        await begin(ports, "start", "started")
    copied = await ports.store.document(KIND, RESTORED)
    if copied is None:
        return
    made = await begin(ports, "start", "restored")
    await ports.store.put_document(KIND, RESTORED, None)
    found = await differences(ports)
    only_here = ", ".join(found.only_here) if found else ""
    only_there = ", ".join(found.only_there) if found else ""
    connected = found.connected if found else ""
    what = "restored_other" if connected else "restored" if found else "restored_unread"
    names = {"here": only_here or "-", "there": only_there or "-", "connected": connected}
    await alerting.tell_operators(ports, what, str(made.at), **names)


async def differences(ports: Ports) -> Differences | None:
    """What differs; None where the platform could not be read."""
    other = await binding.other_org(ports)
    if other is not None:
        return Differences(connected=other[0].name or other[0].id)
    try:
        there = await ports.platform.domains()
    except (PlatformDown, PlatformRefused):
        return None
    identity = ports.identity()
    here = await ports.store.names(identity.team) if identity else {}
    ours = {name for name, state in here.items() if state is not State.REGISTERING}
    return Differences(tuple(sorted(ours - set(there))), tuple(sorted(set(there) - here.keys())))
