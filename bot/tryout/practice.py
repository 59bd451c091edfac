"""The try-out's orgs at the practice platform: what they have on the first day, and what their own people do there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.model.campaign import Campaign
from bot.model.observations import Org
from bot.model.permits import Permit
from bot.model.records import DnsRecord
from bot.model.registration import Registration
from bot.model.schedule import Rhythm
from bot.platforms import for_deletion
from bot.platforms.embedded import ORG, Body, Embedded, new_body
from bot.ports import Clock, Dns, Store

#: The org that the bot is not meant to be connected to.
OTHER = Org(ORG.platform, "other", "XYZ Group")

#: How long ago (ms) whatever is there on the first day was asked for, and verified a little later.
_LONG_AGO, _A_DAY = 120 * 86_400_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Seed:
    """A domain that an org has on the first day. ``published``: its records stand in the laboratory's DNS."""

    name: str
    published: bool = False
    verified: bool = False
    provisioned: bool = False
    campaign: str = ""  #: the name of one that is switched on


SEEDS: Mapping[Org, Sequence[Seed]] = MappingProxyType(
    {
        ORG: (
            Seed("live.xyzcorp.com", published=True, verified=True, provisioned=True, campaign="Weekly newsletter"),
            Seed("idle.xyzcorp.com", published=True, verified=True),
            Seed("events.xyzcorp.co.jp"),
        ),
        OTHER: (Seed("news.xyzgroup.com", published=True, verified=True, provisioned=True),),
    }
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What an org says of one of its domains, and what sends from it."""

    found: Registration
    campaigns: tuple[Campaign, ...]


class PracticeOrg:
    """One org: ``platform`` is how the bot sees it, the rest is done there by others."""

    def __init__(self, org: Org, store: Store, dns: Dns, clock: Clock, rhythm: Rhythm) -> None:
        self.org = org
        self.platform = Embedded(store, dns, clock, rhythm, org=org)
        self._clock = clock
        self._deleted: dict[str, Body] = {}

    async def furnish(self, seeds: Sequence[Seed]) -> dict[str, tuple[DnsRecord, ...]]:
        """Everything of the first day; returns what has to be published, by name."""
        await asyncio.gather(*map(self._make, seeds))
        return {seed.name: (await self.platform.look(seed.name)).records for seed in seeds if seed.published}

    async def _make(self, seed: Seed) -> None:
        body = await new_body(seed.name, self._clock.now() - _LONG_AGO)
        if seed.verified:
            body = _verified(body)
        if seed.provisioned:
            body["verified_at"] = body["requested_at"] + _A_DAY
        await self.platform.edit(seed.name, lambda _: body)
        if seed.campaign:
            await self.platform.send(seed.name, [_campaign(seed.name, seed.campaign)])

    # --- what the org has ------------------------------------------------------------------------------------------

    async def kept(self) -> list[Kept]:
        """Every domain, by name."""
        names = sorted(await self.platform.domains())
        return [Kept(await self.platform.look(name), await self._sending(name)) for name in names]

    async def deleted(self) -> list[str]:
        """Names that were deleted, by whomever, and not made again since."""
        return sorted(self._deleted.keys() - set(await self.platform.domains()))

    async def _sending(self, name: str) -> tuple[Campaign, ...]:
        return (await self.platform.campaigns(name)).found

    # --- what is done there ----------------------------------------------------------------------------------------

    async def forget(self, permit: Permit) -> bool:
        """The bot deletes: what it was stays known, so that somebody can bring it back."""
        name = for_deletion(permit).name
        body = await self.platform.edit(name, lambda there: there)
        gone = await self.platform.delete(permit)
        if gone and body is not None:
            self._deleted[name] = body
        return gone

    async def delete(self, name: str) -> None:
        body = await self.platform.edit(name, lambda _: None)
        if body is not None:
            self._deleted[name] = body

    async def bring_back(self, name: str) -> None:
        """As it was, with the same records."""
        body = self._deleted.pop(name, None)
        if body is not None:
            await self.platform.edit(name, lambda there: there or body)

    async def provision(self, name: str) -> None:
        """Somebody activates it there, who has seen both records."""
        at = self._clock.now() - _A_DAY

        def change(body: Body | None) -> Body | None:
            return body and _verified(body) | {"verified_at": at, "deprovisioned": False}

        await self.platform.edit(name, change)

    async def deprovision(self, name: str) -> None:
        await self.platform.edit(name, lambda body: body and body | {"verified_at": None, "deprovisioned": True})

    async def switch(self, name: str, *, on: bool) -> None:
        """All campaigns that send from it; where there is none, one is made."""
        found = await self._sending(name) or (_campaign(name, f"Newsletter from {name}"),)
        await self.platform.send(name, [replace(one, live=on) for one in found])


def _campaign(domain: str, name: str) -> Campaign:
    return Campaign(f"campaign-{domain}", name, live=True)


def _verified(body: Body) -> Body:
    return body | {"verified": {record["type"]: "verified" for record in body["records"]}}
