"""Letting go: the owner asks, an approver agrees, and nothing is changed anywhere."""

from __future__ import annotations

from bot.model.lifecycle import State
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, held, offers
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI


async def release(world: OrgWorld, person: str = ALEX) -> None:
    await world.command(person, f"release {NAME}")
    shown = world.slack.private(person)[-1]
    if offers(shown, "release_anyway"):
        await world.click(person, shown, "release_anyway")


async def test_a_released_domain_is_left_as_it_is(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    org.calls.clear()
    await release(genesys_world)
    assert await genesys_world.state() is State.OPEN, "an approver has to agree"
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    assert await genesys_world.state() is State.REMOVED
    assert "no longer watch" in reads(genesys_world.said("removed")[-1])
    assert "To bring it back: /emaildomain add" in reads(genesys_world.said("removed")[-1])
    card = reads(genesys_world.card)
    assert "No longer managed" in card
    assert "changed nothing in Genesys Cloud or DNS" in card
    assert "TXT value" not in card, "nothing of it was removed"
    await genesys_world.command(ALEX, f"status {NAME}")
    assert "No longer managed" in genesys_world.last(ALEX)
    await genesys_world.command(ALEX, f"add {NAME}")
    assert offers(genesys_world.slack.private(ALEX)[-1], "ask_import"), "the way back that was named"
    before = len(genesys_world.said())
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(days=3)
    assert len(genesys_world.said()) == before, "nobody looks any more"
    assert await held(genesys_world)
    assert org.called(f"(PUT|POST|DELETE) {DOMAINS}") == []


async def test_it_can_be_imported_again(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await release(genesys_world)
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    genesys_world.slack.workspace.people[SAM].is_admin = True
    await genesys_world.forward(minutes=2)
    await genesys_world.command(SAM, "import")
    await genesys_world.click(SAM, genesys_world.slack.private(SAM)[-1], "adopt_open")
    domain = await genesys_world.domain()
    assert (domain.life, domain.state) == (2, State.OPEN)


async def test_only_the_owner_asks_and_never_approves(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await release(genesys_world, SUZUKI)
    assert len(genesys_world.said("approval")) == 1, "only the one of its activation"
    await release(genesys_world)
    await genesys_world.click(ALEX, genesys_world.said("approval")[-1], "approve")
    assert await genesys_world.state() is State.OPEN
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "reject")
    await genesys_world.submit(SAM, {"reason": "still in use"})
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.OPEN
