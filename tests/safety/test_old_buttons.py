"""A private button is about what its reader saw: a name that began anew since is none of its business."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import Message
from tests.safety.world import Orgs, OrgWorld
from tests.scenarios.world import ALEX, NAME, SAM, TEAM, World


async def asked_to_remove(world: World) -> Message:
    await world.command(ALEX, f"remove {NAME}")
    return world.slack.private(ALEX)[-1]


async def second_life(world: World) -> None:
    await world.forward(hours=1)
    assert await world.state() is State.REMOVED
    await world.added(by=SAM)
    assert (await world.domain()).life == 2


async def test_a_confirm_of_an_earlier_life_removes_nothing(world: World) -> None:
    await world.added()
    old = await asked_to_remove(world)
    await world.click(ALEX, old, "remove_anyway")
    await second_life(world)
    await world.click(ALEX, old, "remove_anyway", stale=True)
    await world.forward(minutes=1)
    assert await world.state() is State.AWAITING_DNS


async def test_a_confirm_that_was_never_pressed_removes_nothing_of_the_next_life(world: World) -> None:
    await world.added()
    old = await asked_to_remove(world)
    await world.click(ALEX, await asked_to_remove(world), "remove_anyway")
    await second_life(world)
    await world.click(ALEX, old, "remove_anyway", stale=True)
    await world.forward(minutes=1)
    assert await world.state() is State.AWAITING_DNS


async def test_over_two_hours_ago_is_said_of_the_domain_that_was_shown(genesys_world: OrgWorld, org: Orgs) -> None:
    """Deleted in Genesys Cloud and activated there anew, an hour before the old button is pressed."""
    genesys_world.slack.workspace.people[SAM].is_admin = True
    shown = org.add(NAME, provisioned=True)
    for record in shown.records:
        genesys_world.zone.publish(record)
    await genesys_world.command(SAM, "import")
    old = genesys_world.slack.private(SAM)[-1]
    anew = org.add(NAME, provisioned=True, age=10_000)
    for before, after in zip(shown.records, anew.records, strict=True):
        genesys_world.zone.remove(before.host, before.type.value)
        genesys_world.zone.publish(after)
    await genesys_world.forward(hours=1)
    await genesys_world.click(SAM, old, "adopt_open", stale=True)
    await genesys_world.forward(minutes=1)
    found = await genesys_world.bot.store.domain(TEAM, NAME)
    assert found is None or found.state is not State.OPEN
