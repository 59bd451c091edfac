"""Safe removal: the platform lets go of a name once every server of the zone has said twice: no CNAME."""

from __future__ import annotations

from collections.abc import Callable

import dns.message
import dns.rcode
import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.tryout.dns import Server
from bot.tryout.dns.zonedata import Response
from tests.safety.world import OrgWorld, held, press_remove, removing, renew
from tests.scenarios.reading import asleep
from tests.scenarios.world import ALEX, NAME, SAM, ZONE, World

ELSEWHERE = "eu.sparkpostmail.com."


async def still_there(world: World) -> None:
    """It waits: nothing is deleted, and nobody reads that it was."""
    assert await world.state() is State.REMOVING
    assert await held(world)
    assert world.said("removed") == []


async def gone(world: World) -> None:
    assert await world.state() is State.REMOVED
    assert not await held(world)


async def test_what_was_published_since_the_last_look_is_seen_first(world: World) -> None:
    await world.added()
    await world.forward(hours=80)
    await world.publish()
    await world.forward(minutes=5)
    assert not (await world.domain()).seen, "it is looked at every four hours by now"
    await press_remove(world, ALEX)
    await world.forward(minutes=2)
    await still_there(world)


async def test_one_look_is_not_enough(world: World) -> None:
    await removing(world)
    cname = next(r for r in (await world.domain()).records if r.type is RecordType.CNAME)
    world.zone.remove(NAME, "CNAME")
    await world.forward(minutes=5)
    await still_there(world)
    world.zone.publish(cname)
    await world.forward(hours=2)
    await still_there(world)
    world.zone.remove(NAME, "CNAME")
    await world.forward(minutes=9)
    await still_there(world)
    await world.forward(hours=1)
    await gone(world)


@pytest.mark.parametrize("trouble", [Server.silence, Server.refuse, Server.servfail, Server.lame])
async def test_a_server_that_lags_and_gives_no_answer_is_waited_for(
    world: World, trouble: Callable[[Server], None]
) -> None:
    await removing(world)
    lagging = world.zone.servers[0]
    lagging.freeze()
    world.zone.remove(NAME, "CNAME")
    trouble(lagging)
    for _ in range(3):
        await asleep(world, hours=0.25)
        await still_there(world)
    lagging.heal()
    await world.forward(hours=2)
    await gone(world)


async def test_a_server_that_never_answers_again_does_not_hold_it_up_for_ever(world: World) -> None:
    await removing(world)
    world.zone.remove(NAME, "CNAME")
    world.zone.servers[1].refuse()
    await world.forward(hours=30)
    await gone(world)


async def test_an_expired_registration_proves_nothing(world: World) -> None:
    await removing(world)
    world.lab.expire(world.zone)
    await world.command(ALEX, f"check {NAME}")
    await still_there(world)
    await world.forward(days=3)
    await still_there(world)
    renew(world, world.zone)
    await world.forward(hours=13)
    await still_there(world)
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=13)
    await gone(world)


async def test_a_resolver_that_denies_everything_proves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await removing(world)

    def deny(name: str, rdtype: str, query: dns.message.Message) -> Response:
        return Response(dns.rcode.NXDOMAIN, authoritative=False)

    monkeypatch.setattr(world.lab.recursor_server, "respond", deny)
    await world.forward(hours=5)
    await still_there(world)


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside ours"])
async def test_a_cname_to_the_carrier_of_another_region_is_ours_too(world: World, beside: bool) -> None:
    await removing(world)
    if not beside:
        world.zone.remove(NAME, "CNAME")
    world.zone.add(NAME, "CNAME", ELSEWHERE)
    await world.forward(hours=5)
    await still_there(world)
    world.zone.remove(NAME, "CNAME")
    await world.forward(hours=5)
    await gone(world)


async def test_a_cname_that_cannot_be_followed_is_not_known(world: World) -> None:
    await removing(world)
    between = world.lab.zone("hop.net", nameservers=1)
    between.add("b.hop.net", "CNAME", "sparkpostmail.com.")
    cname = next(r for r in (await world.domain()).records if r.type is RecordType.CNAME)
    world.zone.replace(cname, "b.hop.net.")
    between.servers[0].refuse()
    await world.forward(hours=5)
    await still_there(world)


async def test_servers_that_were_left_an_hour_ago_are_asked_for_two_days(world: World) -> None:
    await removing(world)
    old = world.zone
    (server,) = world.lab.zone("newhost.net", nameservers=1).servers
    copied = old.master.copy()
    copied.remove(NAME, "CNAME")
    for holder in (copied, *(data.data[ZONE] for data in old.servers), old.master):
        holder.remove(ZONE, "NS")
        holder.add(ZONE, "NS", (f"{server.name}.",))
    server.serve(copied)
    assert old.parent is not None
    old.parent.remove(ZONE, "NS")
    old.parent.add(ZONE, "NS", f"{server.name}.")
    await world.forward(hours=6)
    await still_there(world)
    await world.forward(hours=60)
    await gone(world)


async def test_a_campaign_that_is_on_is_waited_for(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    genesys_world.genesys.campaign("Weekly newsletter", NAME)
    await press_remove(genesys_world, ALEX)
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=3)
    await still_there(genesys_world)
    assert not genesys_world.deleted()
    genesys_world.genesys.campaigns.clear()
    await genesys_world.forward(hours=3)
    await gone(genesys_world)


async def test_a_mistyped_name_goes_at_once(world: World) -> None:
    """Its root domain does not exist: the servers of the suffix say so themselves."""
    mistyped = "sales.xyzcrop.com"
    await world.added(mistyped)
    await press_remove(world, ALEX, mistyped)
    await world.forward(seconds=30)
    assert await world.state(mistyped) is State.REMOVED
    assert not await held(world, mistyped)
