"""Whoever goes back to a backup begins on hold: what happened since then, the bot does not know."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.model.lifecycle import State
from bot.services import binding
from storage.database_file import Mark, copy
from tests.safety.world import OrgWorld
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, TEAM, World

WAITS = "I'm on hold, so this waits"
NEWS, LATER, SHOP = "news.xyzcorp.com", "later.xyzcorp.com", "shop.xyzcorp.com"


@pytest.fixture
def genesys_world(suzuki_runs_it: OrgWorld) -> OrgWorld:
    return suzuki_runs_it


async def backed_up(world: World) -> Path:
    target = world.path / "copy.db"
    environ: dict[str, str | None] = dict(world.environ)
    result = await asyncio.to_thread(CliRunner().invoke, main, ["backup", str(target)], env=environ)
    assert result.exit_code == 0, result.output
    return target


async def restored(world: World, copied: Path) -> None:
    """As the manual says."""
    await world.bot.stop()
    path = world.path / "emaildomain.db"
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copy(copied, path)
    await world.start()


async def story(world: OrgWorld) -> None:
    """A copy is taken while three domains are on their way, and much happens afterwards."""
    await world.activated()
    await world.asked(NEWS)
    copied = await backed_up(world)
    await world.added(LATER)
    await world.forward(hours=1)
    del world.genesys.domains[NEWS]
    await restored(world, copied)


async def test_it_begins_on_hold_and_says_what_differs(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await story(world)
    held = await binding.held(world.bot.ports)
    assert held is not None and (held.by, held.why) == ("start", "restored")
    (told,) = world.slack.dms(SUZUKI)
    here, there = told.text.index(NEWS), told.text.index(LATER)
    assert here < there, "in the database only; in Genesys Cloud only"
    assert set(await world.bot.warnings()) == {"hold"}
    await world.restart()
    again = await binding.held(world.bot.ports)
    assert again == held, "a start alone does not end it"
    assert world.slack.dms(SUZUKI) == [told], "said once"


async def test_nothing_is_done_that_cannot_be_taken_back(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await story(world)
    created, activations = list(world.genesys.created), len(world.genesys.called("PUT"))
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.command(ALEX, f"add {SHOP}")
    await world.forward(hours=6)
    assert await world.state() is State.WAITING, "the two hours are over, and sending is not allowed"
    assert world.said("sending_allowed") == []
    assert await world.state(NEWS) is State.AWAITING_APPROVAL, "no vote counts, and no life ends"
    shop = await world.bot.store.domain(TEAM, SHOP)
    assert shop is None or shop.state is State.REGISTERING
    assert (world.genesys.created, len(world.genesys.called("PUT"))) == (created, activations)
    assert all(domain.deleted_at is None for domain in world.genesys.domains.values())


async def test_an_operator_ends_it(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await story(world)
    await world.forward(hours=3)
    await world.command(ALEX, "hold off")
    assert await binding.held(world.bot.ports) is not None, "not everybody may"
    await world.command(SUZUKI, "hold off")
    assert await binding.held(world.bot.ports) is None
    await world.forward(minutes=15)
    assert await world.state() is State.OPEN
    assert len(world.said("sending_allowed")) == 1
    assert await world.bot.warnings() == {}


async def test_on_hold_everybody_reads_that_it_waits(genesys_world: OrgWorld) -> None:
    await genesys_world.ready()
    await genesys_world.command(SUZUKI, "hold")
    for command in (f"add {LATER}", f"activate {NAME}", f"remove {NAME}"):
        await genesys_world.command(ALEX, command)
        assert WAITS in genesys_world.last(ALEX), command
    assert WAITS in reads(genesys_world.said("approval")[-1])


async def test_the_bot_that_was_copied_is_not_on_hold(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.activated()
    await backed_up(world)
    await world.restart()
    assert await binding.held(world.bot.ports) is None
    await world.forward(hours=2, minutes=5)
    assert await world.state() is State.OPEN


async def test_it_begins_on_hold_in_another_workspace_too(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.activated()
    copied = await backed_up(world)
    world.slack.workspace.team_id = "T0AAOTHER"
    await restored(world, copied)
    assert set(await world.bot.warnings()) == {"hold", "team"}
    await world.forward(hours=3)
    assert await world.state() is State.WAITING


# ---- the copy itself


async def test_the_mark_is_in_the_copy_alone(genesys_world: OrgWorld) -> None:
    world = genesys_world
    await world.added()
    copied = await backed_up(world)
    marks = []
    for path in (copied, world.path / "emaildomain.db"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            sql = "SELECT team, body FROM documents WHERE kind = 'binding' AND key = 'restored'"
            marks.append(db.execute(sql).fetchall())
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    ((team, body),) = marks[0]
    assert (team, list(json.loads(body))) == (TEAM, ["at"])
    assert marks[1] == []


def database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (n)")
        db.executemany("INSERT INTO t VALUES (?)", ((n,) for n in range(20_000)))
        db.commit()
    return path


def test_what_is_no_database_of_the_bot_is_copied_as_it_is(tmp_path: Path) -> None:
    copy(database(tmp_path / "a.db"), tmp_path / "b.db", Mark("binding", "restored", "{}"))
    with closing(sqlite3.connect(tmp_path / "b.db")) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (20_000,)


def test_two_runs_at_once_stay_out_of_each_others_way(tmp_path: Path) -> None:
    source, target = database(tmp_path / "a.db"), tmp_path / "b.db"
    with ThreadPoolExecutor(6) as runs:
        list(runs.map(lambda _: copy(source, target), range(6)))
    with closing(sqlite3.connect(target)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.db", "b.db"]


def test_links_in_a_shared_folder_are_not_followed(tmp_path: Path) -> None:
    source, target, victim = database(tmp_path / "a.db"), tmp_path / "b.db", tmp_path / "victim"
    victim.write_text("somebody's")
    for name in ("b.db", "b.db.part"):
        (tmp_path / name).symlink_to(victim)
    copy(source, target)
    assert victim.read_text() == "somebody's"
    assert not target.is_symlink() and target.stat().st_mode & 0o777 == 0o600


def test_a_copy_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        order.append("sync")
        sync(handle)

    def replaced(self: Path, target: Path) -> Path:
        order.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    copy(database(tmp_path / "a.db"), tmp_path / "b.db")
    assert order == ["sync", "replace", "sync"]
