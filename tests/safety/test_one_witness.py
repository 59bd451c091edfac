"""One reading, one word that is not known, one lost answer: nothing that cannot be taken back follows from it."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, offers, press_remove, removing
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, NAME, SAM

HOURS = 3_600_000


async def agreed(world: OrgWorld) -> None:
    """Its removal was asked for and approved."""
    await press_remove(world, ALEX)
    await world.click(SAM, world.said("approval")[-1], "approve")
    await world.forward(seconds=5)
    assert await world.state() is State.REMOVING


# ---- who was asked has to answer


async def in_use_after_all(world: OrgWorld, org: Orgs) -> None:
    """Its removal began without a vote; then it was activated there, and the approvers are asked."""
    await removing(world)
    org.domains[NAME].verified = dict.fromkeys(RecordType, "Verified")
    org.domains[NAME].verified_at = org.domains[NAME].created_at
    await world.forward(minutes=30)
    assert offers(world.said("approval")[-1], "reject")


async def test_once_the_approvers_were_asked_only_they_can_answer(genesys_world: OrgWorld, org: Orgs) -> None:
    await in_use_after_all(genesys_world, org)
    genesys_world.zone.remove(NAME, "CNAME")
    made = org.domains[NAME]
    made.status, made.verified_at = "RequestReceived", None
    made.verified = dict.fromkeys(RecordType, "Pending")
    await genesys_world.forward(hours=2)
    assert not genesys_world.deleted()


async def test_a_removal_that_was_not_agreed_to_stops(genesys_world: OrgWorld, org: Orgs) -> None:
    await in_use_after_all(genesys_world, org)
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "reject")
    await genesys_world.submit(SAM, {"reason": "it is in use"})
    await genesys_world.forward(minutes=1)
    assert await genesys_world.state() is State.READY, "activated elsewhere: its owner is asked how long ago"
    assert genesys_world.said("activated")
    assert "was not approved, so I stopped it" in reads(genesys_world.said("reminder")[-1])
    assert "delete these" not in reads(genesys_world.card)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=2)
    assert not genesys_world.deleted()


async def test_a_silent_platform_lets_it_stop_later(genesys_world: OrgWorld, org: Orgs) -> None:
    await in_use_after_all(genesys_world, org)
    org.fault("503", "GET /api", times=10_000)
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "reject")
    await genesys_world.submit(SAM, {"reason": "it is in use"})
    await genesys_world.forward(minutes=5)
    assert await genesys_world.state() is State.REMOVING
    org.faults.clear()
    await genesys_world.forward(minutes=30)
    assert await genesys_world.state() is State.READY
    assert genesys_world.said("activated")
    assert not genesys_world.deleted()


# ---- campaigns in words that nobody knows


@pytest.mark.parametrize("what", ["running", "scheduled", "no status", "no sender"])
async def test_a_campaign_that_may_be_on_is_on(genesys_world: OrgWorld, org: Orgs, what: str) -> None:
    await genesys_world.opened()
    org.lenient = True
    org.campaign("Weekly newsletter", NAME, status=what)
    if what == "no status":
        del org.campaigns[-1]["campaignStatus"]
    if what == "no sender":
        org.campaigns[-1]["campaignStatus"] = "on"
        del org.campaigns[-1]["emailConfig"]["fromAddress"]
    await agreed(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=3)
    assert not genesys_world.deleted()
    assert "Weekly newsletter" in reads(genesys_world.said("failed")[-1])
    org.campaigns[-1]["campaignStatus"] = "off"
    await genesys_world.forward(hours=1)
    assert genesys_world.deleted()


# ---- a platform that says it once


async def test_a_lost_delete_and_a_quarter_of_an_hour_of_404s(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    await agreed(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    org.fault("before", f"DELETE {DOMAINS}", times=50)
    while not org.called("DELETE /api"):
        await genesys_world.forward(minutes=1)
    made = org.domains.pop(NAME)
    await genesys_world.forward(minutes=20)
    assert await genesys_world.state() is State.REMOVING
    org.domains[NAME] = made
    org.faults.clear()
    await genesys_world.forward(hours=3)
    assert made.deleted_at is not None, "found again, it is deleted"
    assert await genesys_world.state() is State.REMOVED


async def test_one_error_deletes_nothing(genesys_world: OrgWorld, org: Orgs) -> None:
    org.prepare = 60_000
    await genesys_world.command(ALEX, f"add {NAME}")
    await genesys_world.forward(seconds=1)
    org.domains[NAME].status = "Error"
    await genesys_world.forward(minutes=9)
    assert await genesys_world.state() is State.REGISTERING
    org.domains[NAME].status = "RequestReceived"
    await genesys_world.forward(minutes=15)
    assert await genesys_world.state() is State.AWAITING_DNS
    assert not genesys_world.deleted()


async def test_missed_once_at_the_end_of_the_two_hours(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.activated()
    ends = (await genesys_world.domain()).opens_at
    assert ends is not None
    await genesys_world.forward(minutes=110)
    seen: list[str] = []

    async def upon(method: str, path: str) -> None:
        if genesys_world.clock.now() >= ends and path.endswith("/activation"):
            seen.append(path)
            if len(seen) == 2:
                org.domains.pop(NAME, None)
            elif NAME not in org.domains:
                org.add(NAME, provisioned=True, age=60_000)

    org.upon = upon
    await genesys_world.forward(minutes=14)
    assert len(seen) >= 2
    assert not genesys_world.said("sending_allowed")


async def test_you_can_send_again_rests_on_a_look_just_now(genesys_world: OrgWorld, org: Orgs) -> None:
    """Right in DNS, the platform silent; then the bot is down for hours, in which the CNAME vanishes again."""
    await genesys_world.opened()
    (cname,) = [r for r in (await genesys_world.domain()).records if r.type is RecordType.CNAME]
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.DEGRADED
    org.fault("503", "GET /api/v2/routing", times=100_000)
    genesys_world.zone.publish(cname)
    await genesys_world.forward(hours=2)
    while (due := await genesys_world.domain()).next_platform_at >= due.next_look_at:  # type: ignore[operator]
        await genesys_world.forward(minutes=1)
    await genesys_world.bot.stop()
    genesys_world.zone.remove(NAME, "CNAME")
    org.faults.clear()
    genesys_world.clock.instant += 12 * HOURS
    await genesys_world.start()
    await genesys_world.forward(minutes=5)
    assert not genesys_world.said("recovered")


# ---- imported while it was being prepared


async def preparing(world: OrgWorld, org: Orgs) -> None:
    org.prepare = 10**9
    org.add(NAME, age=1000)
    world.slack.workspace.people[ALEX].is_admin = True
    await world.command(ALEX, "import")
    await world.forward(minutes=1)
    assert await world.state() is State.REGISTERING


async def test_what_was_imported_is_never_created_by_us(genesys_world: OrgWorld, org: Orgs) -> None:
    await preparing(genesys_world, org)
    del org.domains[NAME]
    await genesys_world.forward(hours=1)
    assert await genesys_world.state() is State.REGISTERING
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.REMOVED
    assert org.created == []
    assert "is no longer in Genesys Cloud, so it was not imported" in genesys_world.slack.dms(ALEX)[-1].text


async def test_what_was_imported_and_fails_is_left_alone(genesys_world: OrgWorld, org: Orgs) -> None:
    await preparing(genesys_world, org)
    org.domains[NAME].status = "Error"
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.REMOVED
    assert not genesys_world.deleted()
    assert "Genesys Cloud reports an error with it" in genesys_world.slack.dms(ALEX)[-1].text
