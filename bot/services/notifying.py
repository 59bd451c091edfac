"""Direct messages to the operators: what concerns the bot itself never goes to the channel."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from bot.errors import Problem, Trouble
from bot.ports import Ports
from bot.services import authorizing
from bot.services.alerting import KIND
from bot.views import notes
from bot.views.context import context

log = structlog.get_logger(__name__)

_MOST = 20  #: people; a workspace has few admins


async def operators(ports: Ports) -> Collection[str]:
    """User ids of full members: the configured ones, else the workspace's admins as far as the bot has met them."""
    configured = ports.settings.operators
    if configured.default:
        identity = ports.identity()
        known = await ports.store.people(identity.team) if identity else ()
        return sorted(person.id for person in known if person.admin and person.barred is None)[:_MOST]
    return [user for user in sorted(await authorizing.named(ports, configured)) if await _may_read(ports, user)][:_MOST]


async def _may_read(ports: Ports, user: str) -> bool:
    """A full member; whoever is named and cannot be looked up now is told all the same: that may be the trouble.

    Where the database belongs to another workspace, everybody of this one seems a stranger.
    """
    if ports.foreign():
        return True
    try:
        return (await ports.directory.person(user)).barred is None
    except Trouble:
        return True


class Notifier:
    """One per process; ``notify`` sends what is waiting."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def notify(self, only: str = "") -> None:
        """``only``: what of it; the rest waits."""
        ports = self._ports
        written = await ports.store.documents(KIND)
        waiting = {k: b for k, b in written.items() if b.get("sent_at") is None and only in ("", b.get("what"))}
        if not waiting:
            return
        try:
            people = await operators(ports)
        except Problem as problem:
            log.warning("operators not known now", error=str(problem))
            return
        if not people:
            return  # nobody is known yet: doctor, /readyz and the log say it meanwhile
        for key, body in waiting.items():
            # Written first: one message lost is better than one a minute.
            await ports.store.put_document(KIND, key, {**body, "sent_at": ports.clock.now()})
            for user in people:
                await self._send(user, body)

    async def _send(self, user: str, body: dict[str, object]) -> None:
        ports, person = self._ports, self._ports.directory.known(user)
        language = person.language if person else ports.settings.language
        zone = person.timezone if person else str(ports.settings.timezone)
        facts = body.get("facts")
        message = notes.operators(
            str(body.get("what")), context(ports, language, zone), facts if isinstance(facts, dict) else {}
        )
        try:
            await ports.messenger.post(user, message, metadata={}, thread=None, broadcast=False)
        except Problem as problem:
            log.warning("operator not told", user=user, what=body.get("what"), error=str(problem))
