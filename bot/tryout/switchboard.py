"""Between the bot and the practice platform: every answer passes here, and some of them are not true."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from bot.errors import PlatformDown
from bot.model.campaign import Campaigns
from bot.model.observations import Org
from bot.model.permits import Permit
from bot.model.records import DnsRecord
from bot.model.registration import Preflight, Registration, Stage
from bot.platforms import for_activation, for_deletion
from bot.platforms.embedded import ORG, Embedded
from bot.tryout.practice import SEEDS, PracticeOrg


class Switchboard:
    """See :class:`bot.ports.MailPlatform`. It answers as the org that it is ``connected`` to.

    Of names that are ``hidden`` it says that it does not find them; where it is not ``reachable`` it says nothing.
    """

    name = Embedded.name
    admin_url = None

    def __init__(self) -> None:
        self.orgs: dict[str, PracticeOrg] = {}
        self.connected_to = ORG.id
        self.reachable = True
        self.hidden: set[str] = set()

    def build(self, settings: object, **parts: Any) -> Switchboard:
        """As an adapter's ``build``: all orgs of the try-out, empty at first."""
        self.orgs = {org.id: PracticeOrg(org, **parts) for org in SEEDS}
        return self

    async def furnish(self) -> dict[str, tuple[DnsRecord, ...]]:
        """What the orgs have on the first day; returns the records that have to be published, by sending name."""
        made = await asyncio.gather(*(self.orgs[org.id].furnish(seeds) for org, seeds in SEEDS.items()))
        return {name: records for one in made for name, records in one.items()}

    @property
    def connected(self) -> PracticeOrg:
        return self.orgs[self.connected_to]

    @property
    def _answering(self) -> PracticeOrg:
        if not self.reachable:
            raise PlatformDown(self.name, "unreachable")
        return self.connected

    async def organisation(self) -> Org:
        return await self._answering.platform.organisation()

    async def inbound(self) -> Collection[str]:
        return await self._answering.platform.inbound()

    async def preflight(self) -> Preflight:
        return await self._answering.platform.preflight()

    async def register(self, name: str, org: Org) -> Registration:
        """What is hidden exists all the same, and is refused."""
        return await self._answering.platform.register(name, org)

    async def look(self, name: str) -> Registration:
        org = self._answering
        return _unseen(name, org.org) if name in self.hidden else await org.platform.look(name)

    async def activate(self, permit: Permit) -> Registration:
        answering, name = self._answering, for_activation(permit).name
        if name in self.hidden and answering.org.is_same(permit.org):
            return _unseen(name, answering.org)
        return await answering.platform.activate(permit)

    async def delete(self, permit: Permit) -> bool:
        answering = self._answering
        if for_deletion(permit).name in self.hidden and answering.org.is_same(permit.org):
            return False
        return await answering.forget(permit)

    async def domains(self) -> Collection[str]:
        return frozenset(await self._answering.platform.domains()) - self.hidden

    async def campaigns(self, name: str) -> Campaigns:
        return await self._answering.platform.campaigns(name)

    async def close(self) -> None:
        """Nothing is held open."""


def _unseen(name: str, org: Org) -> Registration:
    return Registration(name, Stage.ABSENT, org=org)
