"""``emaildomain rebind --team``: the database goes over to another workspace, whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from click.testing import Result

from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from tests.safety.rebinds import typed
from tests.scenarios.reading import kept
from tests.scenarios.world import NAME, TEAM, World

pytestmark = pytest.mark.usefixtures("_at_a_terminal")

NEWS, OTHER_TEAM = "news.xyzcorp.com", "T0AAOTHER"


def teams(world: World) -> dict[str, set[Any]]:
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%team TEXT%'")]
        return {table: {row[0] for row in db.execute(f"SELECT team FROM {table}")} for table in tables}


async def moved(world: World) -> Result:
    await world.bot.stop()
    world.slack.workspace.team_id = OTHER_TEAM
    return await typed(world, "--team", OTHER_TEAM, answers="y\nxyzcorp\n", stop=False)


async def there(world: World, name: str = NAME) -> EmailDomain:
    found = await world.bot.store.domain(OTHER_TEAM, name)
    assert found is not None
    return found


async def test_another_workspace_takes_everything_over(world: World) -> None:
    opened = await world.opened()
    await world.asked(NEWS)
    keys = world.every_key()
    result = await moved(world)
    assert result.exit_code == 0, result.output
    assert f"The token is of the workspace xyzcorp ({OTHER_TEAM})." in result.output
    assert {team for found in teams(world).values() for team in found} == {OTHER_TEAM}
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db:
        assert set(db.execute("SELECT lost, stale FROM posts")) == {(1, 0)}
        assert {row[0] for row in db.execute("SELECT key FROM posts")} == set(keys), "keys stay as they are"
        assert db.execute("SELECT count(*) FROM people").fetchone() == (0,), "who may do what, the new workspace says"
    await world.start()
    found = await there(world)
    assert (found.state, found.opens_at) == (State.OPEN, opened.opens_at)
    last = (await world.bot.store.history(found, 1))[0]
    assert (last.event, last.by, last.why) == ("rebound", "operator", f"{TEAM} -> {OTHER_TEAM}")
    asked = await there(world, NEWS)
    assert (asked.round, asked.state) == (None, State.READY), "who decides is of the old workspace"
    assert f"Requests that end, since those who decide are people of the old workspace:\n  {NEWS}" in result.output
    assert await world.bot.warnings() == {}
    await world.forward(hours=1)
    assert (await there(world)).state is State.OPEN


async def test_what_is_owed_is_posted_in_the_new_workspace(world: World) -> None:
    world.slack.faults.add("chat.postMessage", "ratelimited", 99, retry_after=600)
    await world.added()
    await moved(world)
    world.slack.faults.clear()
    await world.start()
    await world.forward(minutes=30)
    assert world.kinds() == ["records"]


async def test_the_token_has_to_be_of_that_workspace(world: World) -> None:
    await world.added()
    before = kept(world)
    result = await typed(world, "--team", OTHER_TEAM)
    assert result.exit_code == 2
    assert f"The token is of the workspace xyzcorp ({TEAM}), not of {OTHER_TEAM}." in result.output
    assert kept(world) == before
    assert "already: nothing to do" in (await typed(world, "--team", TEAM, stop=False)).output
    await world.start()


async def test_two_workspaces_are_not_joined(world: World) -> None:
    await world.added()
    await world.bot.stop()
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db:
        columns = "name, life, version, state, owner, channel, due_at, body"
        db.execute(f"INSERT INTO domains (team, {columns}) SELECT '{OTHER_TEAM}', {columns} FROM domains")
        db.commit()
    world.slack.workspace.team_id = OTHER_TEAM
    result = await typed(world, "--team", OTHER_TEAM, answers="y\nxyzcorp\n", stop=False)
    assert (result.exit_code, "Use one database for each workspace." in result.output) == (2, True)
    assert teams(world)["identity"] == {TEAM}
    world.slack.workspace.team_id = TEAM
    await world.start()
