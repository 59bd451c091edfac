"""Connected to another org by mistake: its names say nothing of ours, and the answers say so."""

from __future__ import annotations

import pytest

from bot.services import binding, holding
from tests.safety.world import OrgWorld, offers
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, TEAM

SHOP = "shop.xyzcorp.com"


@pytest.fixture
async def elsewhere(genesys_world: OrgWorld) -> OrgWorld:
    genesys_world.slack.workspace.people[ALEX].is_admin = True
    await genesys_world.ready()
    await genesys_world.other_org()
    genesys_world.live(SHOP)
    return genesys_world


async def test_hold_cannot_compare(elsewhere: OrgWorld) -> None:
    await elsewhere.command(ALEX, "hold")
    said = reads(elsewhere.slack.private(ALEX)[-1])
    assert "I'm connected to XYZ Sandbox, another org, so I can't compare." in said
    assert SHOP not in said
    assert await binding.held(elsewhere.bot.ports) is not None


async def test_a_restored_copy_says_it_too(elsewhere: OrgWorld) -> None:
    ports = elsewhere.bot.ports
    await ports.store.put_document(binding.KIND, holding.RESTORED, {"at": ports.clock.now()})
    await holding.at_start(ports, asked=False)
    await elsewhere.forward(seconds=5)
    assert "another org, so I can't compare" in elsewhere.slack.dms(ALEX)[-1].text


async def test_import_refuses_at_once(elsewhere: OrgWorld) -> None:
    await elsewhere.command(ALEX, "import")
    shown = elsewhere.slack.private(ALEX)[-1]
    assert "Not done: I'm connected to another org." in reads(shown)
    assert SHOP not in reads(shown) and not offers(shown, "adopt_open")
    assert await elsewhere.bot.store.domain(TEAM, SHOP) is None
