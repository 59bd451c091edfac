"""Nothing from outside stops a domain: what fails rests by itself, and what else is due goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from prometheus_client import generate_latest

from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.schedule import Due, Task
from bot.ports import Ports
from bot.services import sweeping
from bot.tryout.slack.simulated import words
from tests.safety.world import OrgWorld
from tests.scenarios.world import ALEX, CHANNEL, MINUTE, NAME, SAM, World

OTHER = "news.xyzcorp.com"


def change(world: World, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db, db:
        db.execute(sql, values)


async def slowly(world: World, *, hours: float) -> None:
    """In some steps, whatever is due in between: what rests hides the next moment, or makes many."""
    step = 10 if hours < 5 else 120
    for _ in range(round(hours * 60 / step)):
        world.clock.forward(step * MINUTE)
        await world.settle()


# ---- values


async def test_half_an_emoji_in_the_name_of_a_campaign(genesys_world: OrgWorld) -> None:
    await genesys_world.activated()
    genesys_world.genesys.campaign("Spring sale \ud83d", NAME)
    await slowly(genesys_world, hours=2.5)
    assert await genesys_world.state() is State.OPEN, "the two hours are over"
    assert "Spring sale \ufffd" in words(genesys_world.said("guard")[-1])


@pytest.mark.parametrize("name", ["a\x00b", "moc\u202eevil", "pay\u200bpal"])
async def test_a_name_that_hides_something_is_written_out(genesys_world: OrgWorld, name: str) -> None:
    genesys_world.genesys.org = name
    await genesys_world.asked()
    genesys_world.genesys.campaign(name, NAME)
    await genesys_world.forward(minutes=11)
    shown = "\n".join(words(m) + m.text for m in genesys_world.said())
    assert not {"\x00", "\u202e", "\u200b"} & set(shown)
    assert "\\" in words(genesys_world.said("guard")[-1])


@pytest.mark.parametrize("start", ["9999-12-31T23:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999-14:00"])
async def test_a_schedule_at_the_end_of_the_calendar(genesys_world: OrgWorld, start: str) -> None:
    await genesys_world.ready()
    genesys_world.genesys.campaign("For ever", NAME, status="off", starts=start)
    await genesys_world.command(ALEX, f"activate {NAME}")
    assert genesys_world.kinds()[-1] == "approval", "the request is posted"


async def test_a_time_zone_this_machine_does_not_know(world: World) -> None:
    world.slack.workspace.add_person("U0NEW", "nu", real_name="Nu", tz="America/Neverland")
    world.slack.workspace.channels[CHANNEL].members.append("U0NEW")
    await world.ready()
    for text in (f"status {NAME}", f"check {NAME}", f"activate {NAME}"):
        await world.command("U0NEW", text)
        assert NAME in world.last("U0NEW")
        assert "went wrong" not in world.last("U0NEW")


# ---- steps


@pytest.fixture
def _poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hourly reading fails whenever it is tried, for a reason that nobody has thought of."""

    async def fails(ports: Ports, domain: EmailDomain, due: Due) -> EmailDomain:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(sweeping, "STEPS", {**sweeping.STEPS, Task.PLATFORM: fails, Task.GUARD: fails})


@pytest.mark.usefixtures("_poison")
async def test_a_step_that_always_fails_holds_up_nothing_else_of_its_domain(world: World) -> None:
    await world.activated()
    await slowly(world, hours=1.5)
    assert b'emaildomain_resting{what="step"} 1.0' in await scraped(world)
    await slowly(world, hours=1)
    assert await world.state() is State.OPEN
    assert world.kinds()[-1] == "sending_allowed"


@pytest.mark.usefixtures("_poison")
async def test_what_somebody_wishes_meanwhile_is_carried_out(world: World) -> None:
    await world.asked()
    await slowly(world, hours=2)
    await world.click(SAM, world.said("approval")[-1], "approve")
    await slowly(world, hours=1)
    assert await world.state() is State.WAITING


async def scraped(world: World) -> bytes:
    await world.bot.metrics.measure()
    return generate_latest(world.bot.metrics.registry)


# ---- rows


async def test_a_state_of_a_newer_version_stops_its_own_domain_only(world: World) -> None:
    await world.added()
    await world.bot.stop()
    change(world, "UPDATE domains SET state = 'parked', turn = 'parked', due_at = 1")
    await world.start()
    await world.ready(OTHER)
    await world.command(ALEX, f"status {NAME}")
    assert "newer version" in world.last(ALEX)
    await world.command(ALEX, f"add {NAME}")
    assert "newer version" in world.last(ALEX)
    await world.command(ALEX, "list")
    assert OTHER in world.last(ALEX)
    assert b'emaildomain_resting{what="row"} 1.0' in await scraped(world)


async def test_a_kind_of_message_of_a_newer_version_stops_itself_only(world: World) -> None:
    await world.added()
    await world.bot.stop()
    sql = "INSERT INTO notices (team, key, seq, name, life, kind, n, facts, created_at)"
    change(world, f"{sql} VALUES ('T0XYZCORP', 'k', 99, ?, 1, 'handed_over', 1, '{{}}', 0)", NAME)
    await world.start()
    await world.publish()
    await world.forward(minutes=1)
    await world.ready(OTHER)
    assert world.kinds() == ["records", "ready", "records", "ready"]


@pytest.mark.parametrize("body", ['{"since": "x"}', '{"told": [1]}', '{"next_look_at": {}}', '{"opens_at": []}'])
async def test_a_row_that_decodes_and_is_no_good_rests_alone(world: World, body: str) -> None:
    await world.ready()
    await world.bot.stop()
    change(world, "UPDATE domains SET body = json_patch(body, ?), due_at = 1 WHERE name = ?", body, NAME)
    await world.start()
    await world.added(OTHER)
    await world.publish(OTHER)
    for _ in range(4):  # in steps: what rests hides the next moment at which something is due
        await world.forward(seconds=10)
    assert await world.state(OTHER) is State.READY
    await world.command(ALEX, f"status {OTHER}")
    assert OTHER in world.last(ALEX)
