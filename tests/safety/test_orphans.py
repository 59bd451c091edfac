"""What was asked for and does not show yet is not forgotten: nothing that we made stays behind at Genesys Cloud."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, press_remove
from tests.scenarios.world import ALEX, MINUTE, NAME

DAY = 86_400_000


async def added_and_removed(world: OrgWorld) -> None:
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=10)
    await press_remove(world, ALEX)


async def test_what_shows_late_is_deleted_once_it_shows(genesys_world: OrgWorld, org: Orgs) -> None:
    org.show_after = 2 * MINUTE
    await added_and_removed(genesys_world)
    await genesys_world.forward(seconds=30)
    assert await genesys_world.state() is State.REMOVING
    await genesys_world.forward(hours=2)
    assert genesys_world.deleted()
    assert await genesys_world.state() is State.REMOVED


@pytest.mark.parametrize("late", [2 * MINUTE, 40 * MINUTE], ids=["minutes", "most of an hour"])
async def test_what_was_made_though_the_answer_was_lost_is_deleted(
    genesys_world: OrgWorld, org: Orgs, late: int
) -> None:
    org.show_after = late
    org.fault("after", f"POST {DOMAINS}$")
    await added_and_removed(genesys_world)
    await genesys_world.forward(hours=3)
    assert genesys_world.deleted()
    await genesys_world.forward(hours=25)
    assert await genesys_world.state() is State.REMOVED


async def test_what_never_shows_does_not_wait_for_ever(genesys_world: OrgWorld, org: Orgs) -> None:
    """Accepted by Genesys Cloud, and lost there."""
    org.show_after = 365 * DAY
    await added_and_removed(genesys_world)
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.REMOVED


async def test_what_was_never_made_does_not_wait_for_ever(genesys_world: OrgWorld, org: Orgs) -> None:
    org.fault("before", f"POST {DOMAINS}$", times=99)
    await added_and_removed(genesys_world)
    await genesys_world.forward(hours=26)
    assert org.created == []
    assert await genesys_world.state() is State.REMOVED
