"""The clock of the two hours: what begins it, what stops it, what only holds up its end, and what is read of that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.model.records import RecordType
from bot.tryout.slack.simulated import words
from tests.genesys.simulator import DOMAINS
from tests.safety.clocks import ClockWorld
from tests.safety.world import Orgs, OrgWorld
from tests.scenarios.reading import asleep
from tests.scenarios.world import HOUR, MINUTE, NAME, SAM

END = 2 * 3600 + 1  #: seconds
LOOK = f"GET {DOMAINS}/"


@pytest.fixture
async def clock_world(tmp_path: Path) -> AsyncIterator[ClockWorld]:
    made = ClockWorld(tmp_path)
    async with made:
        await made.heard()
        yield made
        assert made.genesys.violations == []


async def began(world: OrgWorld) -> int:
    """When the two hours that run began (true UTC ms)."""
    started = (await world.domain()).observations.started
    assert started is not None and started.platform is not None
    return started.platform


# ---- what begins it


async def test_both_together_in_one_answer_begin_it(genesys_world: OrgWorld, org: Orgs) -> None:
    """Verified first, then no more; provisioned later; both together only three hours after the first of them."""
    org.provision = 10**9
    await genesys_world.asked()
    await genesys_world.click(SAM, genesys_world.said("approval")[-1], "approve")
    await genesys_world.forward(minutes=5)
    made = org.domains[NAME]

    async def not_verified(*_: object) -> dict[RecordType, str]:
        return dict.fromkeys(RecordType, "Failed")

    verify, org.verify = org.verify, not_verified
    await genesys_world.forward(minutes=5)
    made.status = "Provisioned"
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.ACTIVATING
    org.verify = verify
    together = genesys_world.clock.now()
    await genesys_world.forward(minutes=2)
    assert await genesys_world.state() is State.WAITING
    opens = (await genesys_world.domain()).opens_at
    assert opens is not None and opens >= together + 2 * HOUR
    await genesys_world.forward(minutes=117)
    assert genesys_world.said("sending_allowed") == []
    await genesys_world.forward(minutes=3)
    assert len(genesys_world.said("sending_allowed")) == 1


# ---- what stops it


@pytest.mark.parametrize("status", ["Deprovisioned", "Error", "RequestReceived"])
async def test_another_word_starts_it_anew(genesys_world: OrgWorld, org: Orgs, status: str) -> None:
    await genesys_world.activated()
    await genesys_world.forward(minutes=100)
    made = org.domains[NAME]
    made.status, made.verified_at = status, None
    await genesys_world.forward(minutes=10)
    (said,) = genesys_world.said("failed")
    assert "the two hours start again" in said.text
    assert "start again" in words(genesys_world.card)
    await genesys_world.forward(minutes=60)
    assert await genesys_world.state() is State.WAITING
    made.status = "Provisioned"
    await genesys_world.forward(minutes=10)
    assert len(genesys_world.said("failed")) == 1
    anew = genesys_world.said("activated")[-1]
    assert "The two hours start again" in anew.text and anew.broadcast
    start = await began(genesys_world)
    assert genesys_world.clock.now() - start <= 10 * MINUTE
    await genesys_world.forward(seconds=(start - genesys_world.clock.now()) / 1000 + END - 2)
    assert genesys_world.said("sending_allowed") == []
    await genesys_world.forward(seconds=3)
    assert len(genesys_world.said("sending_allowed")) == 1


async def test_a_platform_that_flaps(genesys_world: OrgWorld, org: Orgs) -> None:
    """Every quarter of an hour it changes its mind, for five hours; then it stays."""
    await genesys_world.activated()
    made = org.domains[NAME]
    made.verified_at = None
    for status in ("Error", "Provisioned") * 10:
        made.status = status
        await genesys_world.forward(minutes=15)
    assert genesys_world.said("sending_allowed") == []
    last = genesys_world.said("activated")[-1]
    await genesys_world.forward(hours=2)
    (allowed,) = genesys_world.said("sending_allowed")
    assert float(allowed.ts) - float(last.ts) >= END - 60
    assert genesys_world.kinds()[-1] == "sending_allowed"


# ---- what only holds up its end


async def test_what_is_not_known_neither_stops_it_nor_counts(genesys_world: OrgWorld, org: Orgs) -> None:
    """Failed reads, an unknown word, a record not verified, wrong DNS: all of it passes before the end."""
    await genesys_world.activated()
    start, made = await began(genesys_world), org.domains[NAME]
    org.fault("503", LOOK, times=10**6)
    await genesys_world.forward(minutes=20)
    org.faults.clear()
    org.lenient = True
    made.status = "AwaitingReview"
    await genesys_world.forward(minutes=20)
    made.status = "Provisioned"
    made.verified[RecordType.TXT] = "Failed"
    await genesys_world.forward(minutes=20)
    made.verified[RecordType.TXT] = "Verified"
    genesys_world.zone.remove(NAME, "CNAME")
    await genesys_world.forward(minutes=25)
    await genesys_world.publish()
    await genesys_world.forward(minutes=5)
    assert await began(genesys_world) == start
    await genesys_world.forward(seconds=(start - genesys_world.clock.now()) / 1000 + END + 1)
    assert len(genesys_world.said("sending_allowed")) == 1
    assert "start again" not in "".join(m.text for m in genesys_world.said())


@pytest.mark.parametrize("status", ["AwaitingReview", None])
async def test_an_unknown_word_at_the_end_holds_it_up(genesys_world: OrgWorld, org: Orgs, status: str | None) -> None:
    await genesys_world.activated()
    org.lenient = True
    org.domains[NAME].status = status  # type: ignore[assignment]
    await genesys_world.forward(hours=3)
    assert await genesys_world.state() is State.WAITING
    assert len(genesys_world.said("failed")) == 1
    org.domains[NAME].status = "Provisioned"
    await genesys_world.forward(minutes=11)
    assert len(genesys_world.said("sending_allowed")) == 1


async def test_a_bot_that_was_down_for_three_days_over_the_end(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.activated()
    await genesys_world.bot.stop()
    genesys_world.clock.forward(72 * HOUR)
    await genesys_world.start()
    await genesys_world.forward(minutes=1)
    (said,) = genesys_world.said("sending_allowed")
    assert "I could not say so before" in said.text
    assert genesys_world.kinds().count("activated") == 1


async def test_down_over_the_end_and_the_platform_says_another_word(genesys_world: OrgWorld, org: Orgs) -> None:
    await genesys_world.activated()
    await genesys_world.bot.stop()
    org.domains[NAME].status, org.domains[NAME].verified_at = "Deprovisioned", None
    genesys_world.clock.forward(72 * HOUR)
    await genesys_world.start()
    await genesys_world.forward(minutes=30)
    assert genesys_world.said("sending_allowed") == []
    org.domains[NAME].status = "Provisioned"
    await asleep(genesys_world, hours=0.5)
    assert genesys_world.said("sending_allowed") == []
    await genesys_world.forward(hours=2)
    assert len(genesys_world.said("sending_allowed")) == 1


# ---- clocks that lie


async def test_a_suspended_machine(clock_world: ClockWorld) -> None:
    """It sleeps through the end: BOOTTIME goes on, and so does the bot's time."""
    await clock_world.activated()
    clock_world.clock.forward(3 * HOUR)
    await clock_world.settle()
    (said,) = clock_world.said("sending_allowed")
    assert "I could not say so before" in said.text


@pytest.mark.parametrize("hours", [1, 3])
async def test_slacks_clock_alone_ends_nothing(clock_world: ClockWorld, hours: int) -> None:
    """Minutes after activation all of Slack's answers are hours ahead, and agree."""
    await clock_world.activated()
    clock_world.slack.faults.wrong_date = lambda _: hours * HOUR
    await clock_world.heard(3)
    assert clock_world.wrong > 3500
    await clock_world.forward(hours=1)
    assert clock_world.said("sending_allowed") == []
    if hours > 1:
        assert "clocks don't agree" in words(clock_world.card)
        assert len(clock_world.said("failed")) == 1
    clock_world.slack.faults.clear()
    await clock_world.heard(3)
    for _ in range(24):
        clock_world.clock.forward(10 * MINUTE)
        await clock_world.settle()
    assert len(clock_world.said("sending_allowed")) == 1


async def test_a_drift_of_fifty_seconds_an_answer_ends_nothing_early(clock_world: ClockWorld) -> None:
    await clock_world.activated()
    start = await began(clock_world)
    drift = iter(range(50, 10**6, 50))
    clock_world.slack.faults.wrong_date = lambda _: next(drift) * 1000
    while clock_world.clock.now() < start + END * 1000 - 3 * MINUTE:
        await clock_world.heard()
    assert clock_world.said("sending_allowed") == []


@pytest.mark.parametrize("days", [-30, 30])
async def test_the_machines_own_date_changes_nothing(genesys_world: OrgWorld, days: int) -> None:
    await genesys_world.activated()
    start = await began(genesys_world)
    genesys_world.clock.wrong = days * 24 * HOUR
    await genesys_world.forward(seconds=(start - genesys_world.clock.now()) / 1000 + END - 1)
    assert genesys_world.said("sending_allowed") == []
    await genesys_world.forward(seconds=2)
    assert len(genesys_world.said("sending_allowed")) == 1
