"""Taking on what Genesys Cloud has already: the right state, no ping for what is past, the two hours never skipped."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.tryout.slack.simulated import Message, words
from tests.genesys.simulator import SimulatedGenesys
from tests.genesys.world import GenesysWorld
from tests.scenarios.reading import buttons, reads
from tests.scenarios.world import ALEX, HOUR, NAME, SAM

NEWS = "news.xyzcorp.com"


@pytest.fixture(autouse=True)
def _alex_is_admin(world: GenesysWorld) -> None:
    world.slack.workspace.people[ALEX].is_admin = True


async def taken_on(world: GenesysWorld) -> Message:
    await world.command(ALEX, "import")
    return world.slack.private(ALEX)[-1]


def publish(world: GenesysWorld, name: str = NAME) -> None:
    for record in world.genesys.domains[name].records:
        world.zone.publish(record)


async def press(world: GenesysWorld, shown: Message, verb: str, name: str = NAME) -> None:
    assert name in [b["value"].partition(" ")[0] for b in buttons(shown) if b["action_id"] == verb]
    await world.click(ALEX, shown, verb)


async def test_only_admins_import(world: GenesysWorld) -> None:
    world.genesys.add(NAME)
    await world.command(SAM, "import")
    assert "admins of the workspace" in world.last(SAM)
    assert await world.bot.store.domain("T0XYZCORP", NAME) is None


async def test_nothing_to_take_on(world: GenesysWorld) -> None:
    await taken_on(world)
    assert "Nothing to import" in world.last(ALEX)


async def test_every_page_is_read_and_each_gets_its_state(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.limit = 500
    for n in range(103):
        genesys.add(f"n{n:03}.xyzcorp.com", type="EmailSmtpDomain")
    genesys.add("a.xyzcorp.com")
    genesys.add("b.xyzcorp.com")
    publish(world, "b.xyzcorp.com")
    genesys.add("c.xyzcorp.com").status = "Error"
    genesys.add("d.xyzcorp.com", age=0)
    genesys.add("z.xyzcorp.com", provisioned=True)
    await taken_on(world)
    states = {d.name[0]: d.state for d in await world.bot.store.domains("T0XYZCORP")}
    assert states == {"a": State.AWAITING_DNS, "b": State.READY, "d": State.REGISTERING}
    said = world.last(ALEX)
    assert "SMTP server" in said and "reports an error" in said
    assert len(genesys.called("GET /api/v2/routing/email/outbound/domains$")) >= 2
    assert genesys.called("PUT|POST /api|DELETE") == [], "nothing is changed there"


async def test_nobody_is_called_for_what_is_past(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME)
    publish(world)
    await taken_on(world)
    await world.forward(hours=1, minutes=5)
    assert await world.state() is State.READY
    assert world.kinds() == ["records"]
    assert "<@" not in world.said()[0].text.partition("Owner")[0]
    await world.command(ALEX, f"activate {NAME}")
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=2)
    assert await world.state() is State.WAITING, "it goes on as any other"


async def test_over_two_hours_ago_is_open_at_once(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME, provisioned=True)
    publish(world)
    shown = await taken_on(world)
    assert "more than two hours ago?" in reads(shown)
    assert await world.bot.store.domain("T0XYZCORP", NAME) is None, "only a person can know"
    await press(world, shown, "adopt_open")
    assert await world.state() is State.OPEN
    await world.forward(hours=3)
    assert world.kinds() == ["records"]
    assert await world.state() is State.OPEN


async def test_not_sure_is_two_hours_from_now(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME, provisioned=True)
    publish(world)
    await press(world, await taken_on(world), "adopt_wait")
    assert await world.state() is State.WAITING
    opens = (await world.domain()).opens_at
    assert opens == world.clock.now() + 2 * HOUR
    await world.forward(hours=1, minutes=59)
    assert world.kinds() == ["records"]
    await world.forward(minutes=2)
    assert world.kinds() == ["records", "sending_allowed"]


async def test_the_first_answer_counts(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME, provisioned=True)
    publish(world)
    shown = await taken_on(world)
    await press(world, shown, "adopt_wait")
    await press(world, shown, "adopt_open")
    assert await world.state() is State.WAITING, "the two hours are not cut short"
    assert "already monitored" in world.last(ALEX)


async def test_only_admins_answer(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME, provisioned=True)
    shown = await taken_on(world)
    world.slack.workspace.people[ALEX].is_admin = False
    await world.forward(minutes=2)
    await press(world, shown, "adopt_open")
    assert await world.bot.store.domain("T0XYZCORP", NAME) is None


async def test_an_open_one_whose_dns_is_gone_needs_repair(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME, provisioned=True)
    await press(world, await taken_on(world), "adopt_open")
    await world.forward(minutes=30)
    assert await world.state() is State.DEGRADED
    assert world.kinds() == ["records", "degraded"]


async def test_again_takes_on_only_what_is_new(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    await world.added()
    await taken_on(world)
    assert "already monitored" in world.last(ALEX)
    genesys.add(NEWS)
    await taken_on(world)
    await taken_on(world)
    assert world.kinds() == ["records", "records"]
    assert len(set(world.every_key())) == 2


async def test_a_removed_name_is_taken_on_as_a_new_life(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    await world.added()
    await world.command(ALEX, f"remove {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "remove_anyway")
    await world.forward(seconds=10)
    genesys.add(NAME)
    await taken_on(world)
    assert (await world.domain()).life == 2
    assert await world.state() is State.AWAITING_DNS


async def test_an_outage_takes_on_nothing_and_says_so(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    genesys.add(NAME)
    genesys.fault("503", "GET", times=99)
    await taken_on(world)
    assert "doesn't answer at the moment, so nothing was done" in world.last(ALEX)


async def test_the_list_marks_what_exists_on_one_side_only(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    world.slack.workspace.people[ALEX].is_admin = True
    await world.added()
    await world.command(ALEX, "list")
    assert "Genesys Cloud only" not in world.last(ALEX)
    genesys.add(NEWS)
    del genesys.domains[NAME]
    await world.forward(minutes=11)
    await world.command(ALEX, "list")
    said = world.last(ALEX)
    assert "In Genesys Cloud only, not managed by me: `news.xyzcorp.com`" in said
    assert "(not found in Genesys Cloud just now)" in said
    await world.command(SAM, "list")
    assert NEWS not in world.last(SAM), "of no channel here: only for whoever may see every domain"
    assert "(not found in Genesys Cloud just now)" in world.last(SAM)
    await world.command(ALEX, "list sales")
    assert NEWS not in world.last(ALEX)
    genesys.fault("503", "GET", times=9)
    await world.command(ALEX, "list")
    assert "no longer" not in world.last(ALEX), "silence marks nothing"
    assert NAME in world.last(ALEX)


async def test_japanese(world: GenesysWorld, genesys: SimulatedGenesys) -> None:
    world.slack.workspace.people["U0SUZUKI"].is_admin = True
    genesys.add(NAME, provisioned=True)
    await world.command("U0SUZUKI", "取込")
    assert "2時間以上前ですか" in words(world.slack.private("U0SUZUKI")[-1])
    assert {r.type for r in genesys.domains[NAME].records} == set(RecordType)


async def test_a_silence_in_the_middle_is_said_of_that_name(world: GenesysWorld) -> None:
    for name in (NAME, NEWS):
        world.genesys.add(name)
    world.genesys.fault("503", f"GET .*{NAME}", times=99)
    said = reads(await taken_on(world))
    assert f"{NEWS}: imported" in said
    assert f"{NAME}: not imported, because Genesys Cloud doesn't answer at the moment." in said
