"""Writes ``embedded.sql`` and ``genesys.sql``: ``python -m tests.storage.written_by_0_1.make``.

It runs against revision 3640ed4 (version 0.1.0) and no other: what it is for is that this very bot wrote the files. It
is kept to show how they were made. The clock is moved by hand; only keys, addresses and ports differ each time.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.errors import PlatformDown
from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.model.registration import Registration
from bot.runtime import logs
from bot.tryout.slack.message import Json
from storage.database_file import copy
from storage.migrations import migrations
from tests.genesys.simulator import DOMAINS
from tests.genesys.world import GenesysWorld
from tests.scenarios.world import ALEX, CHANNEL, SAM, TEAM, World
from tests.storage.written import BEGAN_AT, STATES, WRITTEN_AT, Kind, full

LAST_STEP = "m006_whose_key"
KIM = "U0KIM"  #: somebody the bot has never met


# ---- what people do


async def added(world: World, *labels: str) -> None:
    for label in labels:
        await world.command(ALEX, f"add {full(label)}")
    await world.forward(seconds=5)


async def ready(world: World, *labels: str) -> None:
    await added(world, *labels)
    for label in labels:
        await world.publish(full(label))
    await world.forward(seconds=40)
    await are(world, State.READY, *labels)


async def asked(world: World, *labels: str) -> None:
    await ready(world, *labels)
    for label in labels:
        await world.command(ALEX, f"activate {full(label)}")


async def activated(world: World, *labels: str) -> None:
    await ready(world, *labels)
    for label in labels:
        await world.command(ALEX, f"activate {full(label)}")
        await approve(world)
    await world.forward(seconds=30)
    await are(world, State.WAITING, *labels)


async def approve(world: World) -> None:
    """Whatever was asked last."""
    await world.click(SAM, world.said("approval")[-1], "approve")


async def remove(world: World, label: str) -> None:
    await world.command(ALEX, f"remove {full(label)}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")


async def take_out(world: World, label: str, type: RecordType) -> None:
    for record in (await world.domain(full(label))).records:
        if record.type is type:
            world.zone.remove(record.host, type.value)


async def are(world: World, state: State, *labels: str) -> None:
    found = {label: await world.state(full(label)) for label in labels}
    assert set(found.values()) == {state}, found


async def approvals(world: World, quorum: int) -> None:
    """The bot is started again with another setting."""
    world._environ["EMAILDOMAIN_APPROVALS"] = str(quorum)
    await world.restart()


# ---- the story


async def past(world: World) -> None:
    """Everything that takes hours."""
    await added(world, "stalled")
    await world.forward(hours=72, minutes=20)
    await are(world, State.STALLED, "stalled")

    await added(world, "again")
    await remove(world, "again")
    await world.forward(seconds=10)
    await are(world, State.REMOVED, "again")
    await added(world, "again")

    await activated(world, "held", "open", "leaving", "degraded", "removed")
    await take_out(world, "held", RecordType.TXT)
    await world.forward(hours=2, minutes=20)
    await are(world, State.OPEN, "open", "leaving", "degraded", "removed")

    await remove(world, "removed")
    await approve(world)
    await take_out(world, "removed", RecordType.CNAME)
    await take_out(world, "degraded", RecordType.CNAME)
    await world.forward(hours=2)
    await are(world, State.REMOVED, "removed")


async def lately(world: World) -> None:
    """What is still going on: questions, and waits that have begun."""
    await ready(world, "removing")
    await remove(world, "removing")
    await remove(world, "leaving")
    await approvals(world, 2)
    await asked(world, "voted")
    await approve(world)
    await approvals(world, 1)
    if isinstance(world, GenesysWorld):
        world.genesys.campaign("November news", full("waiting"))
    await activated(world, "waiting")
    await added(world, "awaiting")
    world.zone.publish(next(r for r in (await world.domain(full("awaiting"))).records if r.type is RecordType.TXT))
    world.zone.add(full("awaiting"), "CNAME", "elsewhere.example.")
    await ready(world, "ready")
    if isinstance(world, GenesysWorld):
        await taken_on(world)
    await world.forward(minutes=30)


async def taken_on(world: GenesysWorld) -> None:
    """Two that somebody had made in Genesys Cloud itself, and one that another org has."""
    for record in world.genesys.add(full("adopted"), provisioned=True).records:
        world.zone.publish(record)
    world.genesys.add(full("imported"))
    await world.command(ALEX, "import")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "adopt_open")
    world.genesys.elsewhere.add(full("refused"))
    await world.command(ALEX, f"add {full('refused')}")


async def now(world: World, patch: pytest.MonkeyPatch) -> None:
    """What lasts seconds, while Slack takes no message and the platform does not answer."""
    await added(world, "deleting")
    await asked(world, "asked", "activating")

    def about_activating(args: Json) -> bool:
        return full("activating") in str(args.get("metadata"))

    world.slack.faults.add("chat.postMessage", "drop_before", times=None, where=about_activating)
    world.slack.faults.add("chat.postMessage", "ratelimited", times=None, retry_after=60)
    await ready(world, "untold")
    await remove(world, "deleting")
    await approve(world)
    await world.command(ALEX, f"add {full('preparing')}")
    no_answer(world, patch)
    await world.command(ALEX, f"add {full('registering')}")
    world.slack.workspace.add_person(KIM, "kim", real_name="Kim")
    world.slack.workspace.join(CHANNEL, KIM)
    world.slack.faults.add("users.info", "ratelimited", times=None, retry_after=60)
    await world.slack.command(KIM, CHANNEL, f"add {full('wished')}")
    await world.settle()


def no_answer(world: World, patch: pytest.MonkeyPatch) -> None:
    """From here on the platform gives none to who wants to create a domain."""
    if isinstance(world, GenesysWorld):
        world.genesys.fault("before", f"POST {DOMAINS}$", times=10**6)
        return

    async def register(name: str) -> Registration:
        raise PlatformDown(name)

    patch.setattr(world.bot.platform, "register", register)


async def check(world: World, kind: Kind) -> None:
    """That the story went as it was meant to."""
    found = {d.name: d for d in await world.bot.store.domains(TEAM)}
    differs = {d.name: d.state.value for d in found.values() if STATES[kind].get(d.name) is not d.state}
    assert not differs, differs
    assert found.keys() == STATES[kind].keys(), found.keys() ^ STATES[kind].keys()
    assert world.clock.now() == WRITTEN_AT, world.clock.now()


async def write(kind: Kind, folder: Path) -> str:
    world = {"embedded": World, "genesys": GenesysWorld}[kind](folder)
    assert world.clock.now() == BEGAN_AT
    async with world:
        world.slack.workspace.people[ALEX].is_admin = True
        if isinstance(world, GenesysWorld):
            world.genesys.limit = 100
        await past(world)
        await lately(world)
        with pytest.MonkeyPatch.context() as patch:
            await now(world, patch)
            copy(folder / "emaildomain.db", folder / "copy.db")
            await check(world, kind)
            world.slack.faults.clear()
    with closing(sqlite3.connect(folder / "copy.db")) as db:
        return "\n".join(db.iterdump()) + "\n"


def main() -> None:
    steps = [step.name for step in migrations.pending(Database(memory=True))]
    if steps[-1] != LAST_STEP:
        raise SystemExit(f"This is not the revision that wrote them: its schema ends with {steps[-1]}.")
    logs.configure("json")
    for kind in STATES:
        with tempfile.TemporaryDirectory() as folder:
            text = asyncio.run(write(kind, Path(folder)))
        (Path(__file__).parent / f"{kind}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
