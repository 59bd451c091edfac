"""A request to import is no import: whatever is pressed meanwhile, and whatever the platform says."""

from __future__ import annotations

import pytest

from bot.model.change import Draft
from bot.model.lifecycle import State
from bot.services.removing import start
from bot.services.updating import alter
from tests.safety.world import Orgs, OrgWorld, offered, offers, ours
from tests.scenarios.reading import asleep, reads
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI


async def ask_import(world: OrgWorld) -> None:
    """A live domain, and a request to import it."""
    world.live()
    await world.command(ALEX, f"add {NAME}")
    for verb in ("ask_import", "ask_import_open"):
        await world.click(ALEX, world.slack.private(ALEX)[-1], verb)


async def approve(world: OrgWorld) -> None:
    await world.click(SAM, world.said("approval")[-1], "approve")


@pytest.mark.parametrize("person", [ALEX, SAM])
async def test_removing_what_was_only_asked_for_withdraws_the_request(
    genesys_world: OrgWorld, org: Orgs, person: str
) -> None:
    await ask_import(genesys_world)
    org.calls.clear()
    await genesys_world.command(person, f"remove {NAME}")
    assert "Withdraw the request to import" in genesys_world.last(person)
    await genesys_world.click(person, genesys_world.slack.private(person)[-1], "remove_anyway")
    assert "Nothing was changed in Genesys Cloud" in genesys_world.last(person)
    assert not await ours(genesys_world)
    assert genesys_world.kinds() == ["approval", "decided"]
    assert not offered(genesys_world, "approve")
    assert "was withdrawn by" in reads(genesys_world.said("decided")[-1])
    genesys_world.zone.remove(NAME, "CNAME")
    await asleep(genesys_world, hours=24 * 5)
    assert org.called("(PUT|POST|DELETE) /api") == []
    await genesys_world.command(ALEX, f"add {NAME}")
    assert offers(genesys_world.slack.private(ALEX)[-1], "ask_import"), "it can be asked again"


async def test_an_import_approved_before_the_removal_was_confirmed_is_not_withdrawn(genesys_world: OrgWorld) -> None:
    await ask_import(genesys_world)
    await genesys_world.command(ALEX, f"remove {NAME}")
    shown = genesys_world.slack.private(ALEX)[-1]
    await approve(genesys_world)
    await genesys_world.forward(seconds=30)
    await genesys_world.click(ALEX, shown, "remove_anyway")
    assert await genesys_world.state() is State.OPEN, "from here on it takes an approval"
    assert genesys_world.kinds().count("approval") == 2


async def test_nobody_else_withdraws_it(genesys_world: OrgWorld) -> None:
    await ask_import(genesys_world)
    genesys_world.slack.workspace.people[SUZUKI].is_restricted = True
    await genesys_world.command(SUZUKI, f"remove {NAME}")
    assert await genesys_world.state() is State.REGISTERING


async def test_an_answer_without_records_ends_no_approved_import(genesys_world: OrgWorld, org: Orgs) -> None:
    await ask_import(genesys_world)
    org.domains[NAME].created_at = genesys_world.clock.now() + 1
    org.prepare = 1500  # so long it answers without records
    org.show_after = -10_000
    await approve(genesys_world)
    await genesys_world.forward(minutes=2)
    assert await genesys_world.state() is State.OPEN


async def test_another_orgs_word_ends_no_approved_import(genesys_world: OrgWorld, org: Orgs) -> None:
    await ask_import(genesys_world)
    await genesys_world.other_org()
    org.add(NAME, provisioned=True)
    await genesys_world.forward(minutes=1)
    await approve(genesys_world)
    await genesys_world.forward(minutes=2)
    assert await genesys_world.state() is State.REGISTERING
    await genesys_world.own_org()
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN


async def test_an_approved_import_of_what_is_gone_ends_with_a_word(genesys_world: OrgWorld, org: Orgs) -> None:
    await ask_import(genesys_world)
    del org.domains[NAME]
    await approve(genesys_world)
    await genesys_world.forward(hours=1, minutes=30)
    assert await genesys_world.state() is State.REGISTERING, "two readings may be one long outage"
    await genesys_world.forward(hours=3)
    assert not await ours(genesys_world)
    assert "no longer in Genesys Cloud" in reads(list(genesys_world.slack.workspace.dm(ALEX).messages.values())[-1])


async def test_stopping_a_removal_never_imports(genesys_world: OrgWorld) -> None:
    """Also of one that an older version began while the import was only asked for."""
    await ask_import(genesys_world)
    found = await genesys_world.domain()

    def begin(draft: Draft) -> bool:
        start(draft, ALEX)
        return True

    await alter(genesys_world.bot.ports, found, begin)
    await genesys_world.command(ALEX, f"status {NAME}")
    await genesys_world.click(ALEX, genesys_world.slack.private(ALEX)[-1], "stop_removal")
    await genesys_world.forward(hours=3)
    assert not await ours(genesys_world)
    assert not genesys_world.deleted()
