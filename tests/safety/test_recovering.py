"""A degraded domain may be sent from again only where the platform says so now, and nobody has said hold."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from tests.safety.world import OrgWorld
from tests.scenarios.world import NAME, SUZUKI


@pytest.fixture
def genesys_world(suzuki_runs_it: OrgWorld) -> OrgWorld:
    return suzuki_runs_it


async def broken(world: OrgWorld) -> None:
    """Open, and its CNAME vanishes."""
    await world.opened()
    (cname,) = [r for r in (await world.domain()).records if r.type == "CNAME"]
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=2)
    assert await world.state() is State.DEGRADED
    world.zone.publish(cname)


async def test_right_in_dns_and_at_the_platform(genesys_world: OrgWorld) -> None:
    await broken(genesys_world)
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.OPEN
    assert len(genesys_world.said("recovered")) == 1


async def test_on_hold_nobody_reads_that_sending_is_allowed(genesys_world: OrgWorld) -> None:
    await broken(genesys_world)
    await genesys_world.command(SUZUKI, "hold")
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.DEGRADED
    assert genesys_world.said("recovered") == []
    await genesys_world.command(SUZUKI, "hold off")
    await genesys_world.forward(minutes=11)
    assert await genesys_world.state() is State.OPEN, "right long ago, so it is said soon"
    assert len(genesys_world.said("recovered")) == 1


async def test_a_platform_that_does_not_answer_is_no_yes(genesys_world: OrgWorld) -> None:
    await broken(genesys_world)
    genesys_world.genesys.fault("503", "GET /", times=10_000)
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.DEGRADED
    assert genesys_world.said("recovered") == []
    genesys_world.genesys.faults.clear()
    await genesys_world.forward(minutes=15)
    assert await genesys_world.state() is State.OPEN


@pytest.mark.parametrize("hours", [1, 5])
async def test_another_orgs_word_is_none(genesys_world: OrgWorld, hours: int) -> None:
    await broken(genesys_world)
    await genesys_world.other_org()
    await genesys_world.forward(hours=hours)
    assert await genesys_world.state() is State.DEGRADED
    await genesys_world.own_org()
    await genesys_world.forward(hours=1, minutes=10)
    assert await genesys_world.state() is State.OPEN
