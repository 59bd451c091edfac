"""Every server that is asked today counts, at the last look and the last round, and what is said is what was seen."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.safety.test_one_witness import agreed
from tests.safety.world import Orgs, OrgWorld, offered, removing
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, NAME, SAM, ZONE


def many_servers(world: OrgWorld, count: int) -> None:
    del world.lab.zones[ZONE]
    assert world.zone.parent is not None
    world.zone.parent.remove(ZONE, "NS")
    world.zone = world.lab.zone(ZONE, nameservers=tuple(f"n{n:02}.many.net" for n in range(count)))


@pytest.mark.parametrize("count", [16, 24])
async def test_the_last_of_many_servers_still_gives_the_cname(genesys_world: OrgWorld, count: int) -> None:
    many_servers(genesys_world, count)
    await removing(genesys_world)
    genesys_world.zone.servers[-1].freeze()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=30)
    assert not genesys_world.deleted()


async def test_some_of_many_servers_lack_a_record_at_the_end(genesys_world: OrgWorld) -> None:
    many_servers(genesys_world, 16)
    await genesys_world.activated()
    for n in (13, 14, 15):
        genesys_world.zone.remove(NAME, "CNAME", only=n)
    await genesys_world.forward(hours=2, minutes=3)
    assert not genesys_world.said("sending_allowed")


@pytest.mark.parametrize("before", [2, 30])
async def test_the_delegation_moved_just_before_the_end(genesys_world: OrgWorld, before: int) -> None:
    await genesys_world.activated()
    await genesys_world.forward(minutes=120 - before)
    old = genesys_world.zone
    assert old.parent is not None
    (server,) = genesys_world.lab.zone("newhost.net", nameservers=1).servers
    copied = old.master.copy()
    copied.remove(NAME, "CNAME")
    copied.remove(ZONE, "NS")
    copied.add(ZONE, "NS", (f"{server.name}.",))
    server.serve(copied)
    old.parent.remove(ZONE, "NS")
    old.parent.add(ZONE, "NS", f"{server.name}.")
    await genesys_world.forward(minutes=before + 3)
    assert not genesys_world.said("sending_allowed")


async def test_a_server_behind_an_alias_leads_to_the_carrier(genesys_world: OrgWorld) -> None:
    await removing(genesys_world)
    between = genesys_world.lab.zone("hop.net", nameservers=4)
    between.add("b.hop.net", "CNAME", "sparkpostmail.com.")
    between.servers[-1].freeze()
    between.remove("b.hop.net", "CNAME")
    between.add("b.hop.net", "A", "192.0.2.1")
    (cname,) = [r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME]
    genesys_world.zone.replace(cname, "b.hop.net.")
    await genesys_world.forward(hours=5)
    assert not genesys_world.deleted()


async def test_finished_anyway_does_not_say_that_dns_is_clean(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await agreed(genesys_world)
    for server in genesys_world.zone.servers:
        server.refuse()
    await genesys_world.forward(days=7, hours=1)
    await genesys_world.click(ALEX, offered(genesys_world, "finish_anyway")[-1], "finish_anyway")
    await genesys_world.submit(ALEX, {"reason": "The zone was sold"})
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(minutes=10)
    said = reads(genesys_world.said("removed")[-1])
    assert "no DNS server gives its CNAME" not in said
    assert "may still be in DNS" in said


async def test_a_server_that_refused_for_a_day_proves_nothing(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await agreed(genesys_world)
    genesys_world.zone.servers[-1].refuse()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=30)
    assert genesys_world.deleted()
    assert "may still be in DNS" in reads(genesys_world.said("removed")[-1])


async def test_imported_as_sending_for_long_and_not_in_dns(genesys_world: OrgWorld, org: Orgs) -> None:
    org.add(NAME, provisioned=True)
    genesys_world.slack.workspace.people[ALEX].is_admin = True
    await genesys_world.command(ALEX, "import")
    await genesys_world.click(ALEX, genesys_world.slack.private(ALEX)[-1], "adopt_open")
    assert await genesys_world.state() is State.DEGRADED
    assert "You can send" not in reads(genesys_world.card)
    await genesys_world.forward(minutes=30)
    for record in (await genesys_world.domain()).records:
        genesys_world.zone.publish(record)
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.OPEN


async def test_on_hold_a_removal_that_is_stopped_allows_no_sending(genesys_world: OrgWorld) -> None:
    genesys_world.slack.workspace.people[SAM].is_admin = True
    await genesys_world.opened()
    (cname,) = [r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME]
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.DEGRADED
    await agreed(genesys_world)
    await genesys_world.command(SAM, "hold")
    genesys_world.zone.publish(cname)
    await genesys_world.forward(minutes=6)
    await genesys_world.click(ALEX, offered(genesys_world, "stop_removal")[-1], "stop_removal")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.DEGRADED
    await genesys_world.command(SAM, "hold off")
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.OPEN
