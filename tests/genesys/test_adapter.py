"""The adapter without the bot: what it says of a name, what it does to one, and what it makes of silence and lies."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.errors import PlatformDown, PlatformRefused, PlatformUnclear
from bot.model.observations import Org
from bot.model.permits import Permit, Step
from bot.model.registration import Stage
from bot.platforms.genesys import Client, Genesys
from tests import permits
from tests.clock import HandClock
from tests.genesys.simulator import CLIENT_ID, DOMAINS, ORG_ID, OTHER_ORG_ID, SECRET, SimulatedGenesys

NAME = "sales.xyzcorp.com"
OURS = Org("genesys", ORG_ID, "XYZ Corp")
ACTIVATION, DOMAIN, LISTING = f"GET {DOMAINS}/{NAME}/activation$", f"GET {DOMAINS}/{NAME}$", f"GET {DOMAINS}$"
CREATE, VERIFY, DELETE = f"POST {DOMAINS}$", "PUT ", "DELETE "
LOST = ["500", "503", "504", "after", "slow", "page"]


@pytest.fixture
async def genesys() -> AsyncIterator[SimulatedGenesys]:
    async with SimulatedGenesys(HandClock()) as simulated:
        yield simulated
        assert simulated.violations == []


@pytest.fixture
async def platform(genesys: SimulatedGenesys) -> AsyncIterator[Genesys]:
    clock = HandClock()

    async def pause(seconds: float) -> None:
        clock.forward(round(seconds * 1000))

    client = Client(genesys.url, genesys.url, CLIENT_ID, lambda: SECRET, clock=clock, pause=pause)
    made = Genesys(client, clock)
    yield made
    await made.close()


def permit(name: str = NAME, org: Org = OURS) -> Permit:
    return permits.permit(Step.DELETE, name, org)


# ---- is it there


async def test_absent_is_what_neither_the_name_nor_the_listing_shows(
    genesys: SimulatedGenesys, platform: Genesys
) -> None:
    genesys.add("other.xyzcorp.com")
    found = await platform.look(NAME)
    assert (found.stage, found.org) == (Stage.ABSENT, OURS)
    assert [len(genesys.called(way)) for way in (ACTIVATION, DOMAIN, LISTING)] == [1, 1, 1]


@pytest.mark.parametrize("hidden", [[ACTIVATION], [ACTIVATION, DOMAIN]])
async def test_what_any_of_them_shows_is_not_absent(
    genesys: SimulatedGenesys, platform: Genesys, hidden: list[str]
) -> None:
    """It is there, and cannot be read now."""
    genesys.add(NAME, provisioned=True)
    for way in hidden:
        genesys.fault("404", way)
    found = await platform.look(NAME)
    assert (found.stage, found.records, found.org) == (Stage.PREPARING, (), OURS)
    assert (await platform.look(NAME)).stage is Stage.PROVISIONED


@pytest.mark.parametrize(
    ("lie", "there"),
    [
        *itertools.product(["bare", "null", "cut", "uncounted"], [[], ["a.xyzcorp.com"]]),
        ("cut", ["a.xyzcorp.com", "b.xyzcorp.com"]),
        ("nameless", ["a.xyzcorp.com", "b.xyzcorp.com"]),
    ],
)
async def test_half_a_listing_says_nothing(
    genesys: SimulatedGenesys, platform: Genesys, lie: str, there: list[str]
) -> None:
    genesys.lenient = True
    for name in there:
        genesys.add(name)
    genesys.fault(lie, LISTING, times=9)
    with pytest.raises(PlatformDown):
        await platform.look(NAME)
    with pytest.raises(PlatformDown):
        await platform.domains()
    genesys.faults.clear()
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    assert set(await platform.domains()) == set(there)


@pytest.mark.parametrize("trouble", ["503", "before", "page", "slow"])
@pytest.mark.parametrize("way", [ACTIVATION, DOMAIN, LISTING])
async def test_an_outage_of_any_of_them_says_nothing(
    genesys: SimulatedGenesys, platform: Genesys, way: str, trouble: str
) -> None:
    genesys.fault(trouble, way, times=3)
    with pytest.raises(PlatformDown):
        await platform.look(NAME)


async def test_a_listing_that_is_refused_is_not_absence(genesys: SimulatedGenesys, platform: Genesys) -> None:
    genesys.fault("403", LISTING)
    with pytest.raises(PlatformRefused):
        await platform.look(NAME)


async def test_an_empty_listing_is_believed_by_nobody_here(genesys: SimulatedGenesys, platform: Genesys) -> None:
    """Nothing in one answer gives this lie away, so one *absent* is not enough to conclude anything from."""
    genesys.add(NAME)
    for way in (ACTIVATION, DOMAIN):
        genesys.fault("404", way)
    genesys.fault("empty", LISTING)
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    assert (await platform.look(NAME)).stage is Stage.PENDING


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("way", [DOMAIN, LISTING])
async def test_a_token_renewed_in_between_says_nothing(
    genesys: SimulatedGenesys, platform: Genesys, way: str, moves: bool
) -> None:
    """One half of the answer could be another org's."""
    await platform.organisation()
    genesys.fault("401", way)
    if moves:
        genesys.move()
    with pytest.raises(PlatformDown):
        await platform.look(NAME)
    found = await platform.look(NAME)
    assert found.org is not None
    assert (found.stage, found.org.id) == (Stage.ABSENT, OTHER_ORG_ID if moves else ORG_ID)


# ---- in which org


async def test_an_answer_is_of_the_org_of_its_own_token(genesys: SimulatedGenesys, platform: Genesys) -> None:
    genesys.add(NAME)
    before = await platform.look(NAME)
    genesys.move().add(NAME)
    assert (await platform.look(NAME)).org == before.org == OURS, "the old token is good"
    genesys.expire_tokens()
    after = await platform.look(NAME)
    assert after.org == Org("genesys", OTHER_ORG_ID, "ABC Corp")


async def test_looking_goes_on_without_the_org(genesys: SimulatedGenesys, platform: Genesys) -> None:
    genesys.add(NAME)
    genesys.fault("503", "tokens/me", times=10**6)
    found = await platform.look(NAME)
    assert (found.stage, found.org) == (Stage.PENDING, None)
    assert (await platform.look("other.xyzcorp.com")).org is None
    with pytest.raises(PlatformDown):
        await platform.organisation()
    known = await platform.preflight()
    assert (known.org, known.unread) == (None, {"org": "unread"})
    genesys.faults.clear()
    assert (await platform.look(NAME)).org == OURS


async def test_an_org_without_an_id_is_not_known(genesys: SimulatedGenesys, platform: Genesys) -> None:
    genesys.org_id = ""
    with pytest.raises(PlatformDown, match="no org id"):
        await platform.organisation()


Write = Callable[[Genesys], Awaitable[object]]
WRITES: dict[str, Write] = {
    "register": lambda platform: platform.register("a.xyzcorp.com", OURS),
    "activate": lambda platform: platform.activate(permits.permit(Step.ACTIVATE, NAME, OURS)),
    "delete": lambda platform: platform.delete(permit()),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_nothing_is_written_while_the_org_is_not_known(
    genesys: SimulatedGenesys, platform: Genesys, write: Write
) -> None:
    genesys.add(NAME)
    genesys.fault("503", "tokens/me", times=3)
    with pytest.raises(PlatformDown) as down:
        await write(platform)
    assert not isinstance(down.value, PlatformUnclear)
    assert genesys.called("^(POST /api|PUT|DELETE)") == []
    assert await write(platform)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_a_token_renewed_into_another_org_changes_nothing_there(
    genesys: SimulatedGenesys, platform: Genesys, write: Write
) -> None:
    """The org is right when it is asked for, and another one when the write leaves."""
    genesys.add(NAME)
    assert await platform.organisation() == OURS
    other = genesys.move()
    theirs = other.add(NAME)
    genesys.expire_tokens()
    with pytest.raises(PlatformRefused) as refused:
        await write(platform)
    assert (refused.value.reason, refused.value.said) == ("another_org", "ABC Corp")
    assert other.created == genesys.created == []
    assert set(theirs.verified.values()) == {"Pending"}
    assert theirs.deleted_at is genesys.domains[NAME].deleted_at is None


# ---- creating


async def test_a_create_is_one_call(genesys: SimulatedGenesys, platform: Genesys) -> None:
    await platform.organisation()
    before = len(genesys.calls)
    assert (await platform.register(NAME, OURS)).stage is Stage.PREPARING
    assert genesys.calls[before:] == [f"POST {DOMAINS}"]


async def test_what_was_just_created_may_not_show_yet(genesys: SimulatedGenesys, platform: Genesys) -> None:
    """Whoever asked remembers that it did: the platform does not know it yet, and the adapter says so."""
    genesys.show_after = 10**6
    await platform.register(NAME, OURS)
    assert (await platform.look(NAME)).stage is Stage.ABSENT


@pytest.mark.parametrize("kind", LOST)
async def test_a_lost_create_is_unclear_and_never_sent_again(
    genesys: SimulatedGenesys, platform: Genesys, kind: str
) -> None:
    genesys.fault(kind, CREATE, times=9)
    with pytest.raises(PlatformUnclear):
        await platform.register(NAME, OURS)
    assert len(genesys.called(CREATE)) == 1


async def test_a_create_whose_answer_was_lost_is_found_by_looking(genesys: SimulatedGenesys, platform: Genesys) -> None:
    genesys.fault("after", CREATE)
    with pytest.raises(PlatformUnclear):
        await platform.register(NAME, OURS)
    assert (await platform.look(NAME)).stage is Stage.PREPARING
    with pytest.raises(PlatformRefused) as refused:
        await platform.register(NAME, OURS)
    assert (refused.value.reason, refused.value.name) == ("exists", NAME)
    assert genesys.created == [NAME]


async def test_why_a_create_is_refused(genesys: SimulatedGenesys, platform: Genesys) -> None:
    async def why() -> PlatformRefused:
        with pytest.raises(PlatformRefused) as refused:
            await platform.register(NAME, OURS)
        return refused.value

    genesys.elsewhere.add(NAME)
    assert (await why()).reason == "exists", "where it is, that answer does not tell"
    genesys.elsewhere.clear()
    genesys.limit = 0
    assert (await why()).reason == "limit"
    genesys.limit, genesys.licensed = 15, False
    assert (await why()).reason == "licence"
    genesys.policies = []
    assert (await why()).reason == "permission"
    assert "routing:email:manage" in (await why()).said
    assert genesys.created == []


# ---- deleting


async def test_a_deletion_deletes_what_is_permitted(genesys: SimulatedGenesys, platform: Genesys) -> None:
    genesys.add(NAME)
    genesys.add("other.xyzcorp.com")
    assert await platform.delete(permit()) is True
    assert genesys.called(DELETE) == [f"DELETE {DOMAINS}/{NAME}"]
    assert set(await platform.domains()) == {"other.xyzcorp.com"}
    assert await platform.delete(permit()) is False


@pytest.mark.parametrize(("status", "reason"), [("409", "failed"), ("400", "failed"), ("403", "permission")])
async def test_a_refused_deletion(genesys: SimulatedGenesys, platform: Genesys, status: str, reason: str) -> None:
    genesys.add(NAME)
    genesys.fault(status, DELETE)
    with pytest.raises(PlatformRefused) as refused:
        await platform.delete(permit())
    assert refused.value.reason == reason


@pytest.mark.parametrize("kind", LOST)
async def test_a_lost_deletion_is_unclear_and_not_sent_again(
    genesys: SimulatedGenesys, platform: Genesys, kind: str
) -> None:
    """A second one would be told *not found*, though it was the first that deleted it."""
    genesys.add(NAME)
    genesys.fault(kind, DELETE, times=9)
    with pytest.raises(PlatformUnclear):
        await platform.delete(permit())
    assert len(genesys.called(DELETE)) == 1
    genesys.faults.clear()
    assert (await platform.look(NAME)).stage is (Stage.ABSENT if kind == "after" else Stage.PENDING)


async def test_a_deletion_that_was_not_taken_is_not_repeated_on_its_old_permit(
    genesys: SimulatedGenesys, platform: Genesys
) -> None:
    """But for a token that has expired: another one is had at once."""
    genesys.add(NAME)
    genesys.fault("429", DELETE, Retry_After="1")
    with pytest.raises(PlatformDown):
        await platform.delete(permit())
    assert len(genesys.called(DELETE)) == 1
    genesys.fault("401", DELETE)
    assert await platform.delete(permit()) is True
    assert len(genesys.called(DELETE)) == 3
