"""A life ends at the platform's word only: the same org, a listing and the name itself, again and again."""

from __future__ import annotations

import pytest

from bot.model.lifecycle import State
from tests.genesys.simulator import DOMAINS
from tests.safety.world import Orgs, OrgWorld, press_remove, removing
from tests.scenarios.world import ALEX, NAME, SAM

NEWS = "news.xyzcorp.com"
ONE = f"GET {DOMAINS}/{NAME}"


async def test_credentials_of_another_org_end_no_life(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    await genesys_world.activated(NEWS)
    await genesys_world.other_org()
    await genesys_world.forward(hours=5)
    assert genesys_world.said("removed") == []
    assert await genesys_world.state() is State.OPEN
    assert await genesys_world.state(NEWS) is State.WAITING
    await genesys_world.own_org()
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.OPEN
    assert await genesys_world.state(NEWS) is State.OPEN


async def test_a_removal_is_not_finished_in_another_org(genesys_world: OrgWorld) -> None:
    await removing(genesys_world)
    await genesys_world.other_org()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.REMOVING
    await genesys_world.own_org()
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.REMOVED
    assert genesys_world.deleted()


async def test_settings_of_another_platform_end_no_life(genesys_world: OrgWorld) -> None:
    await genesys_world.opened()
    genesys_world.practising = True
    await genesys_world.restart()
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.OPEN
    assert genesys_world.said("removed") == []
    genesys_world.practising = False
    await genesys_world.restart()
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.OPEN


async def test_a_removal_is_not_finished_on_another_platform(genesys_world: OrgWorld) -> None:
    await removing(genesys_world)
    genesys_world.practising = True
    await genesys_world.restart()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.REMOVING
    assert not genesys_world.deleted()


async def test_a_new_name_of_the_same_org_lapses_nothing(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.asked()
    org.org = "XYZ Holdings"
    await genesys_world.forward(hours=1, minutes=5)
    assert await genesys_world.state() is State.AWAITING_APPROVAL
    await genesys_world.click(SAM, genesys_world.said("approval")[0], "approve")
    await genesys_world.forward(minutes=1)
    assert await genesys_world.state() is State.WAITING


@pytest.mark.parametrize("times", [2, 999], ids=["for a moment", "for hours"])
async def test_not_found_is_not_gone_while_the_listing_has_it(genesys_world: OrgWorld, org: Orgs, times: int) -> None:
    await genesys_world.opened()
    org.fault("404", ONE, times=times)
    await genesys_world.forward(hours=6)
    assert genesys_world.said("removed") == []
    assert await genesys_world.state() is State.OPEN


async def test_not_found_is_not_gone_while_nothing_can_be_listed(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    org.fault("404", ONE, times=999)
    org.fault("503", f"GET {DOMAINS}$", times=999)
    await genesys_world.forward(hours=6)
    assert genesys_world.said("removed") == []
    assert await genesys_world.state() is State.OPEN


async def test_gone_is_read_three_times_an_hour_apart(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    del org.domains[NAME]
    await genesys_world.forward(hours=1, minutes=5)
    assert await genesys_world.state() is State.OPEN
    await genesys_world.forward(minutes=50)
    assert await genesys_world.state() is State.OPEN
    assert genesys_world.said("removed") == []
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.REMOVED
    assert len(genesys_world.said("removed")) == 1


async def test_what_is_really_gone_ends(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    del org.domains[NAME]
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.REMOVED
    assert len(genesys_world.said("removed")) == 1


async def test_found_again_the_same_life_goes_on(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.opened()
    missing = org.domains.pop(NAME)
    await genesys_world.forward(hours=5)
    org.domains[NAME] = missing
    await genesys_world.forward(hours=25)
    domain = await genesys_world.domain()
    assert domain.life == 1
    assert domain.state is not State.REMOVED


async def test_nothing_is_deleted_while_the_org_is_not_known(genesys_world: OrgWorld, org: Orgs) -> None:
    await removing(genesys_world)
    org.fault("503", "GET /api/v2/tokens/me", times=9_999)
    await genesys_world.restart()
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=2)
    assert await genesys_world.state() is State.REMOVING
    assert not genesys_world.deleted()
    org.faults.clear()
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.REMOVED


async def test_a_removal_ends_in_the_org_that_it_began_in(genesys_world: OrgWorld) -> None:
    await genesys_world.ready()
    await press_remove(genesys_world, ALEX)
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(hours=5)
    assert await genesys_world.state() is State.REMOVED
    assert genesys_world.deleted()
