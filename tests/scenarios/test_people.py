"""People who are not like the others: in a time zone nobody knows, or at home in another workspace of the Grid."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import words
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, TEAM, World

KIM, LEE = "W0KIM", "W0LEE"


@pytest.mark.parametrize("zone", ["Europe/Kyiv2", "America", "../../etc/passwd", "", "Pacific/Nowhere\n", "a" * 300])
async def test_a_time_zone_nobody_knows_is_the_workspaces(tmp_path: Path, zone: str) -> None:
    async with World(tmp_path, EMAILDOMAIN_TIMEZONE="Asia/Tokyo") as world:
        world.slack.workspace.people[ALEX].tz = zone
        await world.opened()
        await world.command(ALEX, f"status {NAME}")
        assert "JST (UTC+9)" in words(world.slack.private(ALEX)[-1])
        for text in ("list", f"check {NAME}", f"activate {NAME}"):
            await world.command(ALEX, text)
            assert "went wrong" not in world.last(ALEX)
        await world.opens_home(ALEX)


async def test_a_member_whose_home_is_another_workspace_does_everything(world: World) -> None:
    for one in (KIM, LEE):
        world.slack.workspace.add_person(one, one.lower(), team_id="T0HOME", enterprise="E0XYZ", teams=("T0HOME", TEAM))
        world.slack.workspace.join(CHANNEL, one)
    await world.asked(by=KIM)
    assert f"<@{KIM}>" in words(world.said("approval")[0])
    await world.click(LEE, world.said("approval")[0], "reject")
    await world.submit(LEE, {"reason": "not yet"})
    assert await world.state() is State.READY
    await world.click(KIM, world.said("decided")[-1], "activate")
    await world.click(LEE, world.said("approval")[-1], "approve")
    assert await world.state() is State.ACTIVATING


async def test_who_left_this_workspace_of_the_grid_does_nothing(world: World) -> None:
    world.slack.workspace.add_person(KIM, "kim", team_id="T0HOME", enterprise="E0XYZ", teams=("T0HOME", TEAM))
    world.slack.workspace.join(CHANNEL, KIM)
    await world.asked()
    request = world.said("approval")[0]
    world.slack.workspace.people[KIM].teams = ("T0HOME",)
    world.slack.workspace.people[KIM].team_id = TEAM  # pressed before
    world.slack.workspace.people[KIM].is_stranger = True
    await world.click(KIM, request, "approve")
    assert await world.state() is State.AWAITING_APPROVAL
    await world.click(SAM, request, "approve")
    assert await world.state() is State.ACTIVATING
