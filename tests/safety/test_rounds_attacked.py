"""Rounds that decide over a deletion: their end, what waits for them, and what they cannot decide any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import Stale
from bot.model.lifecycle import State
from bot.model.people import Who
from bot.services import approving
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, held, offered, press_remove, removing
from tests.scenarios.reading import asleep, reads
from tests.scenarios.world import ALEX, CHANNEL, HOUR, NAME, SAM, TEAM

WHO = Who(team=TEAM, user=SAM, channel=CHANNEL, language="en")


async def approve(world: OrgWorld) -> None:
    await world.click(SAM, world.said("approval")[-1], "approve")


async def release(world: OrgWorld) -> None:
    await world.command(ALEX, f"release {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "release_anyway")


# ---- the end of a round


async def test_a_vote_after_its_round_expired_starts_no_removal(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await press_remove(genesys_world, ALEX)
    asked = (await genesys_world.domain()).round
    assert asked is not None
    genesys_world.clock.instant = asked.expires_at + 3 * HOUR  # the sweep is late
    with pytest.raises(Stale):
        await approving.approve(genesys_world.bot.ports, NAME, asked.token, by=WHO)
    await genesys_world.settle()
    assert await genesys_world.state() is State.OPEN
    await genesys_world.forward(minutes=1)
    assert "has expired" in reads(genesys_world.said("decided")[-1])


@pytest.mark.parametrize(("before", "counts"), [(1, True), (0, False)])
async def test_the_instant_at_which_a_vote_arrived_counts(genesys_world: OrgWorld, before: int, counts: bool) -> None:
    await genesys_world.opened()
    await press_remove(genesys_world, ALEX)
    asked = (await genesys_world.domain()).round
    assert asked is not None
    who = replace(WHO, at=asked.expires_at - before)
    genesys_world.clock.instant = asked.expires_at + 1000  # carried out a second later
    if counts:
        await approving.approve(genesys_world.bot.ports, NAME, asked.token, by=who)
    else:
        with pytest.raises(Stale):
            await approving.approve(genesys_world.bot.ports, NAME, asked.token, by=who)
    assert (await genesys_world.state() is State.REMOVING) is counts


# ---- letting go, while a removal goes on


async def test_the_removal_rests_while_letting_go_is_asked(genesys_world: OrgWorld, org: Orgs) -> None:
    await removing(genesys_world)
    await release(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=1)
    assert await held(genesys_world)
    await approve(genesys_world)
    assert await genesys_world.state() is State.REMOVED
    assert "no longer watch" in reads(genesys_world.said("removed")[-1])
    await genesys_world.forward(hours=3)
    assert org.called(f"DELETE {DOMAINS}") == []


@pytest.mark.parametrize("verb", ["reject", "withdraw"])
async def test_the_removal_goes_on_where_it_is_not_let_go(genesys_world: OrgWorld, verb: str) -> None:
    await removing(genesys_world)
    await release(genesys_world)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=1)
    await genesys_world.click(SAM if verb == "reject" else ALEX, genesys_world.said("approval")[-1], verb)
    if verb == "reject":
        await genesys_world.submit(SAM, {"reason": "it is to go"})
    await genesys_world.forward(minutes=15)
    assert await genesys_world.state() is State.REMOVED
    assert not await held(genesys_world)


@pytest.mark.parametrize("pressed", [False, True], ids=["typed", "pressed"])
async def test_what_is_being_deleted_is_not_let_go(genesys_world: OrgWorld, org: Orgs, pressed: bool) -> None:
    await removing(genesys_world)
    await genesys_world.command(ALEX, f"release {NAME}")
    shown = genesys_world.slack.private(ALEX)[-1]
    genesys_world.zone.remove(NAME, "CNAME")
    org.fault("before", f"DELETE {DOMAINS}", times=50)
    await genesys_world.forward(minutes=20)
    assert (await genesys_world.domain()).deleting
    if pressed:
        await genesys_world.click(ALEX, shown, "release_anyway")
    else:
        await genesys_world.command(ALEX, f"release {NAME}")
    assert "asked to delete" in genesys_world.last(ALEX)
    assert genesys_world.said("approval") == []


# ---- cleaning up


async def test_a_silent_server_holds_up_that_the_cname_is_gone(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    del org.domains[NAME]
    await genesys_world.forward(hours=4)
    shown = offered(genesys_world, "gone_yes")[-1]
    genesys_world.zone.servers[0].silence()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.click(ALEX, shown, "gone_yes")
    before = len(genesys_world.said())
    for _ in range(5):
        await asleep(genesys_world, hours=4)
    assert len(genesys_world.said()) == before
    assert (await genesys_world.domain()).next_look_at is not None, "it is still watched"
    for _ in range(5):
        await asleep(genesys_world, hours=1)
    assert "Nothing is left to do" in reads(genesys_world.said()[-1])
    assert (await genesys_world.domain()).next_look_at is None


async def test_a_server_that_answers_again_ends_the_wait(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    del org.domains[NAME]
    await genesys_world.forward(hours=4)
    genesys_world.zone.servers[0].silence()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.click(ALEX, offered(genesys_world, "gone_yes")[-1], "gone_yes")
    await asleep(genesys_world, hours=1)
    genesys_world.zone.servers[0].heal()
    await genesys_world.forward(hours=1)
    assert "Nothing is left to do" in reads(genesys_world.said()[-1])


@pytest.mark.parametrize("removal", [False, True])
async def test_a_new_name_of_the_same_org_lapses_nothing(genesys_world: OrgWorld, org: Orgs, removal: bool) -> None:
    """Asked, and the org is renamed: its buttons still work, and it is still the one open request."""
    if removal:
        await genesys_world.opened()
        await press_remove(genesys_world, ALEX)
    else:
        await genesys_world.asked()
    org.org = "XYZ Group"
    await genesys_world.restart()
    await genesys_world.forward(hours=1, minutes=1)
    assert (await genesys_world.domain()).org == "XYZ Group"
    request = genesys_world.said("approval")[-1]
    await genesys_world.click(SAM, request, "approve")
    await genesys_world.forward(minutes=1)
    wanted = (State.REMOVING,) if removal else (State.ACTIVATING, State.WAITING)
    assert await genesys_world.state() in wanted
