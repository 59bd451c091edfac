"""A database belongs to a workspace: with another one's token nothing of its domains is carried on."""

from __future__ import annotations

from bot.model.lifecycle import State
from tests.safety.world import OrgWorld, removing
from tests.scenarios.world import NAME, SUZUKI, TEAM, World


async def becomes(world: World, team: str) -> None:
    """The bot comes up on the same file with the token of that workspace."""
    await world.bot.stop()
    world.slack.workspace.team_id = team
    await world.start()


async def state(world: World) -> State:
    found = await world.bot.store.domain(TEAM, NAME)
    assert found is not None
    return found.state


async def test_another_workspace_does_not_let_mail_go(genesys_world: OrgWorld) -> None:
    await genesys_world.activated()
    await becomes(genesys_world, "T0AAOTHER")
    await genesys_world.forward(hours=2, minutes=5)
    assert await state(genesys_world) is State.WAITING
    assert genesys_world.said("sending_allowed") == []
    await becomes(genesys_world, TEAM)
    await genesys_world.forward(hours=2, minutes=5)
    assert await state(genesys_world) is State.OPEN
    assert len(genesys_world.said("sending_allowed")) == 1


async def test_another_workspace_does_not_finish_a_removal(genesys_world: OrgWorld) -> None:
    await removing(genesys_world)
    await becomes(genesys_world, "T0AAOTHER")
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=5)
    assert await state(genesys_world) is State.REMOVING
    assert genesys_world.said("removed") == []
    assert not genesys_world.deleted()
    await becomes(genesys_world, TEAM)
    await genesys_world.forward(hours=5)
    assert await state(genesys_world) is State.REMOVED


async def test_the_operators_read_of_another_workspace_there(suzuki_runs_it: OrgWorld) -> None:
    genesys_world = suzuki_runs_it
    await genesys_world.added()
    await becomes(genesys_world, "T0AAOTHER")
    await genesys_world.forward(hours=1)
    (told,) = [m for m in genesys_world.slack.dms(SUZUKI) if "installed in the workspace" in m.text]
    assert "emaildomain doctor" in told.text
    await becomes(genesys_world, "T0AAOTHER")
    await genesys_world.forward(hours=1)
    assert len([m for m in genesys_world.slack.dms(SUZUKI) if "installed in the workspace" in m.text]) == 1
    await becomes(genesys_world, TEAM)
    assert not [k for k in await genesys_world.bot.store.documents("operator_notice") if k.startswith("another_team")]


async def test_another_workspace_posts_nothing(world: World) -> None:
    world.slack.faults.add("chat.postMessage", "ratelimited", 99, retry_after=600)
    await world.added()
    assert world.said() == []
    world.slack.faults.clear()
    await becomes(world, "T0AAOTHER")
    await world.forward(hours=1)
    assert world.said() == []
    await becomes(world, TEAM)
    await world.forward(hours=1)
    assert "records" in world.kinds()
