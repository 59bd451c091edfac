"""What a deprovisioning, or a registration made anew by somebody, owes: a removal that is stopped skips none of it."""

from __future__ import annotations

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.safety.world import Orgs, OrgWorld, offers, press_remove
from tests.scenarios.reading import asleep
from tests.scenarios.world import ALEX, NAME, SAM


async def approved_removal(world: OrgWorld) -> None:
    await press_remove(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    assert await world.state() is State.REMOVING


async def stopped(world: OrgWorld) -> State:
    await world.click(ALEX, [m for m in world.said() if offers(m, "stop_removal")][-1], "stop_removal")
    return await world.state()


async def test_of_a_domain_that_needed_repair(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    txt = next(r for r in (await genesys_world.domain()).records if r.type is RecordType.TXT)
    genesys_world.zone.remove(txt.host, "TXT")
    org.domains[NAME].status = "Deprovisioned"
    await genesys_world.forward(hours=2)
    await approved_removal(genesys_world)
    genesys_world.zone.publish(txt)
    org.domains[NAME].status = "Provisioned"
    await genesys_world.forward(minutes=15)
    assert await stopped(genesys_world) in (State.READY, State.AWAITING_DNS)
    assert (await genesys_world.domain()).unprovisioned


async def test_deprovisioned_while_it_was_removed(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await approved_removal(genesys_world)
    org.domains[NAME].status = "Deprovisioned"
    for _ in range(2):
        await asleep(genesys_world, hours=10)
    org.domains[NAME].status = "Provisioned"
    await genesys_world.forward(minutes=1)
    assert await stopped(genesys_world) is State.READY
    await genesys_world.forward(hours=6)
    assert await genesys_world.state() is State.READY, "approval is owed, whatever the platform shows"


async def test_deprovisioned_in_the_two_hours(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.activated()
    await approved_removal(genesys_world)
    org.domains[NAME].status = "Deprovisioned"
    await asleep(genesys_world, hours=5)
    org.domains[NAME].status = "Provisioned"
    await asleep(genesys_world, hours=0.1)
    assert await stopped(genesys_world) is State.WAITING
    await genesys_world.forward(minutes=110)
    assert genesys_world.said("sending_allowed") == [], "the two hours began anew"


async def test_made_again_with_another_key(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await approved_removal(genesys_world)
    await genesys_world.forward(minutes=30)
    again = org.add(NAME, provisioned=True, age=60_000)
    assert await stopped(genesys_world) is State.AWAITING_DNS
    assert again.deleted_at is None


async def test_ready_again_and_provisioned_again_is_no_approval(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    org.domains[NAME].status = "Deprovisioned"
    await genesys_world.forward(hours=3)
    org.domains[NAME].status = "Provisioned"
    await genesys_world.forward(hours=6)
    assert await genesys_world.state() is State.READY
    await genesys_world.command(ALEX, f"activate {NAME}")
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.OPEN


async def test_not_verified_when_it_was_stopped(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await approved_removal(genesys_world)
    org.domains[NAME].verified[RecordType.TXT] = "Failed"
    await stopped(genesys_world)
    org.domains[NAME].verified[RecordType.TXT] = "Verified"
    await genesys_world.forward(hours=4)
    assert await genesys_world.state() is State.OPEN, "it recovers"


async def test_of_a_domain_that_was_ready_again(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    org.domains[NAME].status = "Deprovisioned"
    await genesys_world.forward(hours=3)
    org.domains[NAME].status = "Provisioned"
    await approved_removal(genesys_world)
    assert await stopped(genesys_world) is State.READY
    await genesys_world.forward(hours=4)
    assert len(genesys_world.said("sending_allowed")) == 1, "the one of before"
