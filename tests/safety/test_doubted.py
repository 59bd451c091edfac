"""Deletions that rest on something that is no longer so: another registration, a poll of before, a failed reading."""

from __future__ import annotations

from typing import Any

import pytest

from bot.model.lifecycle import State
from bot.model.people import Who
from bot.model.records import RecordType
from bot.services import binding, holding, stopping
from bot.services import removing as service
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, offered, press_remove, removing
from tests.scenarios.reading import asleep, reads
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, TEAM, World


async def approve(world: World) -> None:
    await world.click(SAM, world.said("approval")[-1], "approve")


async def forced(world: OrgWorld, org: Orgs) -> None:
    """*Finish anyway* is asked for; our CNAME stands, and a campaign is on."""
    await world.opened()
    org.campaign("Weekly newsletter", NAME)
    await press_remove(world, ALEX)
    await approve(world)
    await asleep(world, hours=175)
    await world.click(ALEX, offered(world, "finish_anyway")[-1], "finish_anyway")
    await world.submit(ALEX, {"reason": "the DNS team is gone"})


# ---- another registration of the same name


async def test_made_again_is_not_deleted_without_a_vote(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.added()
    genesys_world.zone.publish(next(r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME))
    await genesys_world.forward(minutes=1)
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(minutes=5)
    again = org.add(NAME, age=0)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=5)
    assert again.deleted_at is None
    assert genesys_world.said("approval"), "people are asked"


async def test_found_again_as_somebody_elses_needs_a_vote(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.added()
    del org.domains[NAME]
    await genesys_world.forward(hours=4)
    again = org.add(NAME, age=60_000)
    await genesys_world.forward(hours=2)
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(hours=1)
    assert again.deleted_at is None


async def test_made_again_after_our_delete_was_answered(genesys_world: OrgWorld, org: Orgs) -> None:
    """It is another one now: people are asked, and can stop."""
    await removing(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")

    async def again(method: str, path: str) -> None:
        if method == "GET" and NAME in path and org.domains[NAME].deleted_at is not None:
            org.add(NAME, age=0)

    org.upon = again
    await genesys_world.forward(hours=5)
    assert org.domains[NAME].deleted_at is None
    assert genesys_world.said("approval")
    assert offered(genesys_world, "stop_removal")


# ---- *Finish anyway* with a campaign on


@pytest.mark.parametrize("fault", ["503", "429", "page"])
async def test_campaigns_that_cannot_be_read_may_be_on(genesys_world: OrgWorld, org: Orgs, fault: str) -> None:
    await forced(genesys_world, org)
    org.fault(fault, r"GET /api/v2/outbound", times=1000)
    await approve(genesys_world)
    await genesys_world.forward(minutes=1)
    assert org.domains[NAME].deleted_at is None


async def test_servers_that_are_silent_may_give_it_still(genesys_world: OrgWorld, org: Orgs) -> None:
    await forced(genesys_world, org)
    await approve(genesys_world)
    await genesys_world.forward(minutes=1)
    said = reads(genesys_world.said("failed")[-1])
    assert "Finishing the removal" in said
    assert "gone from DNS" not in said
    for server in genesys_world.zone.servers:
        server.silence()
    await asleep(genesys_world, hours=5)
    assert org.domains[NAME].deleted_at is None


# ---- nobody is stuck


async def test_a_delete_that_never_arrived_can_be_stopped(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    cname = next(r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME)
    await press_remove(genesys_world, ALEX)
    await approve(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    org.fault("before", f"DELETE {DOMAINS}", times=50)
    await genesys_world.forward(minutes=25)
    genesys_world.zone.publish(cname)
    await genesys_world.forward(minutes=5)
    org.faults.clear()
    await asleep(genesys_world, hours=20)
    (told,) = [m for m in genesys_world.said("failed") if "although I asked it to delete it" in reads(m)]
    assert told.text.startswith(f"<@{ALEX}>"), "its owner is called"
    await genesys_world.click(ALEX, offered(genesys_world, "stop_removal")[-1], "stop_removal")
    assert await genesys_world.state() is not State.REMOVING


async def test_a_delete_in_vain_of_an_expired_domain_can_be_finished(genesys_world: OrgWorld, org: Orgs) -> None:
    await removing(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    org.fault("503", f"DELETE {DOMAINS}", times=1000)
    await genesys_world.forward(minutes=30)
    org.faults.clear()
    genesys_world.lab.expire(genesys_world.zone)
    await asleep(genesys_world, hours=20 * 24)
    assert offered(genesys_world, "finish_anyway") or await genesys_world.state() is State.REMOVED


async def test_a_poll_that_began_before_the_wish(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped and wanted again while servers were being asked: what they said counts for nothing and blocks nothing."""
    await world.ready()
    poll = type(world.bot.dns).poll
    armed: list[bool] = []
    who = Who(team=TEAM, user=ALEX, channel=CHANNEL, language="en")

    async def slow(self: Any, *args: Any, **kwargs: Any) -> Any:
        told = await poll(self, *args, **kwargs)
        if armed:
            armed.clear()
            world.clock.forward(1_000)
            await stopping.stop(world.bot.ports, NAME, by=who)
            world.clock.forward(1_000)
            await service.remove(world.bot.ports, NAME, by=who)
        return told

    monkeypatch.setattr(type(world.bot.dns), "poll", slow)
    await press_remove(world, ALEX)
    world.zone.remove(NAME, "CNAME")
    armed.append(True)
    await world.forward(minutes=2)
    assert not armed
    await asleep(world, hours=20)
    assert await world.state() is State.REMOVED


async def test_a_clock_that_is_put_back_after_the_wish(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.ready()
    poll = type(world.bot.dns).poll
    behind: list[bool] = []

    async def first(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not behind:
            behind.append(True)
            world.clock.instant -= 2_000
        return await poll(self, *args, **kwargs)

    monkeypatch.setattr(type(world.bot.dns), "poll", first)
    world.zone.remove(NAME, "CNAME")
    await press_remove(world, ALEX)
    await world.forward(hours=2)
    assert behind
    assert await world.state() is State.REMOVED


async def test_verified_meanwhile_people_are_asked(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.added()
    genesys_world.zone.servers[0].silence()
    await press_remove(genesys_world, ALEX)
    await genesys_world.forward(seconds=20)
    org.domains[NAME].verified[RecordType.TXT] = "Verified"
    await asleep(genesys_world, hours=26)
    assert genesys_world.said("approval")


# ---- who is asked, and told


async def test_servers_of_an_earlier_life_are_asked(world: World) -> None:
    """The old servers give the CNAME still; the zone has moved since, and the name was imported again."""
    await world.ready()
    await world.command(ALEX, f"release {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "release_anyway")
    await approve(world)
    old = world.zone
    (server,) = world.lab.zone("newhost.net", nameservers=1).servers
    copied = old.master.copy()
    copied.remove(NAME, "CNAME")
    for holder in (copied, *(data.data["xyzcorp.com"] for data in old.servers), old.master):
        holder.remove("xyzcorp.com", "NS")
        holder.add("xyzcorp.com", "NS", (f"{server.name}.",))
    server.serve(copied)
    assert old.parent is not None
    old.parent.remove("xyzcorp.com", "NS")
    old.parent.add("xyzcorp.com", "NS", f"{server.name}.")
    world.slack.workspace.people[SAM].is_admin = True
    await world.forward(hours=2)
    await world.command(SAM, "import")
    await press_remove(world, SAM)
    await world.click(ALEX, world.said("approval")[-1], "approve")
    await world.forward(hours=3)
    assert await world.state() is State.REMOVING


async def test_published_unseen_is_said_once_it_is_seen(world: World) -> None:
    await world.added()
    await world.forward(hours=80)
    await world.publish()
    await world.forward(minutes=5)
    await press_remove(world, ALEX)
    await world.forward(hours=6)
    assert len(world.said("removing")) == 1
    assert "CNAME" in reads(world.said("removing")[0])


async def test_a_hold_that_comes_between(genesys_world: OrgWorld, org: Orgs, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator presses hold while the step is on its way: nothing is deleted after that."""
    await removing(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    case = binding.case
    pressed: list[bool] = []

    async def slow(ports: Any, domain: Any, *args: Any, **kwargs: Any) -> Any:
        made = await case(ports, domain, *args, **kwargs)
        first = domain.observations.first
        if first is not None and not pressed and ports.clock.now() - first.at >= 600_000:
            pressed.append(True)
            await holding.begin(ports, ALEX, "asked")
        return made

    monkeypatch.setattr(binding, "case", slow)
    await genesys_world.forward(minutes=30)
    assert pressed
    assert org.domains[NAME].deleted_at is None


async def test_one_that_has_no_records_yet_is_not_ours(genesys_world: OrgWorld, org: Orgs) -> None:
    """Made again by somebody after our delete was answered; the platform takes minutes to make its records."""
    await removing(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    org.prepare = 300_000

    async def again(method: str, path: str) -> None:
        if method == "GET" and NAME in path and org.domains[NAME].deleted_at is not None:
            org.add(NAME, age=0)

    org.upon = again
    await genesys_world.forward(hours=2)
    assert org.domains[NAME].deleted_at is None
