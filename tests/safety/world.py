"""A Genesys Cloud behind which another org can answer, and what people do in these stories."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from bot.model.lifecycle import State
from bot.model.registration import Stage
from bot.tryout.dns import Zone
from bot.tryout.slack.message import Message
from tests.genesys.org import ORG, Domain
from tests.genesys.seeing import seeing
from tests.genesys.simulator import SimulatedGenesys
from tests.genesys.world import GenesysWorld
from tests.scenarios.reading import buttons, on_screen
from tests.scenarios.world import NAME, TEAM, World

HOME, SANDBOX = "0c0c0c0c-0000-4000-8000-000000000001", "0c0c0c0c-0000-4000-8000-000000000002"


class Orgs(SimulatedGenesys):
    """The org whose credentials are in use has an id; ``upon`` happens while a call is under way."""

    org_id = HOME
    upon: Callable[[str, str], Awaitable[None]] | None = None

    async def act(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        if self.upon is not None:
            await self.upon(method, path)
        status, answer = await super().act(method, path, query, body)
        if path == "/api/v2/tokens/me":
            own = answer["organization"] | {"id": self.org_id}
            answer = answer | {"organization": own, "homeOrganization": own}
        return status, answer


class OrgWorld(GenesysWorld):
    """``practising``: the settings name the practice platform instead, by mistake."""

    genesys: Orgs
    practising = False

    def __init__(self, path: Path, **environ: str) -> None:
        super().__init__(path, **environ)
        self.genesys = Orgs(self.clock)
        self.genesys.verify = seeing(lambda: self.bot.dns)
        self._own: dict[str, Domain] = {}

    @property
    def environ(self) -> dict[str, str]:
        return super(GenesysWorld, self).environ if self.practising else super().environ

    async def other_org(self) -> None:
        """From here on the credentials are those of an org that has none of these domains."""
        self._own = dict(self.genesys.domains)
        self.genesys.domains.clear()
        self.genesys.org, self.genesys.org_id = "XYZ Sandbox", SANDBOX
        await self.restart()

    async def own_org(self) -> None:
        """The credentials are put right."""
        self.genesys.domains |= self._own
        self.genesys.org, self.genesys.org_id = ORG, HOME
        await self.restart()

    def live(self, name: str = NAME) -> None:
        """Made in Genesys Cloud itself long ago: activated, its records published, a campaign sending from it."""
        for record in self.genesys.add(name, provisioned=True).records:
            self.zone.publish(record)
        self.genesys.campaign("Weekly newsletter", name)

    def deleted(self, name: str = NAME) -> bool:
        """Whether the org has let go of it."""
        return self.genesys.domains[name].deleted_at is not None


# ---- what people do and see


async def press_remove(world: World, person: str, name: str = NAME) -> None:
    """Type ``remove`` and confirm, where there is something to confirm."""
    await world.command(person, f"remove {name}")
    shown = world.slack.private(person)[-1]
    if offers(shown, "remove_anyway"):
        await world.click(person, shown, "remove_anyway")


def offers(shown: Message, verb: str) -> bool:
    return any(b["action_id"].partition(":")[0] == verb for b in buttons(shown))


def offered(world: World, verb: str) -> list[Message]:
    """Everything on anybody's screen that has this button."""
    return [shown for shown in on_screen(world) if offers(shown, verb)]


async def ours(world: World, name: str = NAME) -> bool:
    """Whether the name is registered in this workspace."""
    found = await world.bot.store.domain(TEAM, name)
    return found is not None and found.state is not State.REMOVED


async def held(world: World, name: str = NAME) -> bool:
    """Whether the platform still has the name."""
    return (await world.bot.platform.look(name)).stage is not Stage.ABSENT


async def removing(world: World) -> None:
    """A domain whose records stand in DNS, and whose removal has begun."""
    domain = await world.ready()
    await press_remove(world, domain.owner)
    assert await world.state() is State.REMOVING


def renew(world: World, zone: Zone) -> None:
    """The registration of an expired domain is paid for: its delegation is back."""
    for server in zone.servers:
        zone.nameserver(server.name, server.address)
    world.lab.zones[zone.name] = zone
