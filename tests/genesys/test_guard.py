"""The early-send guard: campaigns that use a domain before it is open are named, each distinct set once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.model.lifecycle import State
from bot.platforms.genesys.campaigns import first_starts, instant, sender
from bot.tryout.slack.simulated import words
from tests.genesys.org import MANAGE
from tests.genesys.world import GenesysWorld
from tests.scenarios.reading import reads
from tests.scenarios.world import ALEX, HOUR, NAME, SAM

MINUTE = 60_000


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_campaign_that_is_on_is_named_once_from_the_request_on(world: GenesysWorld) -> None:
    world.genesys.campaign("Spring <!channel>", NAME)
    world.genesys.campaign("Another domain's", "other.xyzcorp.com")
    world.genesys.campaign("Asleep", NAME, "off")
    await world.asked()
    await world.forward(minutes=30)
    request, (named,) = reads(world.said("approval")[0]), world.said("guard")
    assert "“Spring &lt;!channel&gt;”: switched on" in words(named)
    assert "Another" not in reads(named) and "Asleep" not in reads(named)
    assert "Asleep" in request and "Spring" in request and "Another" not in request
    assert named.broadcast and named.text.startswith(f"<@{ALEX}>")
    assert "agentless" in reads(named) and "I stop nothing" in reads(named)
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(hours=1)
    assert await world.state() is State.WAITING
    assert len(world.said("guard")) == 1, "the same set is not named twice"
    await world.restart()
    world.genesys.campaign("Late", NAME)
    await world.forward(minutes=11)
    assert len(world.said("guard")) == 2
    assert "Late" in reads(world.said("guard")[1])
    assert world.genesys.called("POST /api/v2/outbound|/stop") == [], "nothing is stopped"


@pytest.mark.parametrize(("minutes", "named"), [(119, 1), (125, 0)])
async def test_scheduled_before_the_end_of_the_wait(world: GenesysWorld, minutes: int, named: int) -> None:
    await world.activated()
    opens = (await world.domain()).opens_at
    assert opens is not None
    world.genesys.campaign("Newsletter", NAME, "off", starts=iso(opens + (minutes - 120) * MINUTE))
    await world.forward(minutes=30)
    assert len(world.said("guard")) == named
    assert all("Newsletter" in reads(m) for m in world.said("guard"))


async def test_nothing_is_said_of_an_open_domain(world: GenesysWorld) -> None:
    await world.opened()
    world.genesys.campaign("Spring", NAME)
    await world.forward(hours=3)
    assert world.said("guard") == []


async def test_without_the_permission_it_is_silent(world: GenesysWorld) -> None:
    world.genesys.policies = [MANAGE]
    world.genesys.campaign("Spring", NAME)
    await world.opened()
    assert world.said("guard") == []
    assert "Campaigns" not in reads(world.said("approval")[0])
    assert len(world.genesys.called("messagingcampaigns")) == 1, "and does not go on asking"


async def test_without_schedules_it_says_so(world: GenesysWorld) -> None:
    world.genesys.policies = world.genesys.policies[:2]
    world.genesys.campaign("Spring", NAME)
    await world.asked()
    await world.forward(minutes=1)
    assert "I may not see schedules, either." in reads(world.said("guard")[0])


async def test_where_none_is_seen_the_request_says_so(world: GenesysWorld) -> None:
    await world.asked()
    assert "none that I can see" in reads(world.said("approval")[0])
    assert world.said("guard") == []


async def test_an_outage_of_campaigns_holds_up_nothing(world: GenesysWorld) -> None:
    world.genesys.fault("503", "messagingcampaigns", times=30)
    world.genesys.campaign("Spring", NAME)
    await world.activated()
    world.genesys.faults.clear()
    await world.forward(minutes=11)
    assert len(world.said("guard")) == 1


async def test_activated_outside_it_looks_as_well(world: GenesysWorld) -> None:
    await world.ready()
    world.genesys.campaign("Spring", NAME)
    made = world.genesys.domains[NAME]
    made.verified, made.verified_at = dict.fromkeys(made.verified, "Verified"), world.clock.now()
    await world.forward(hours=1, minutes=5)
    await world.click(ALEX, world.said("activated")[0], "outside_unsure")
    await world.forward(minutes=5)
    assert await world.state() is State.WAITING
    assert len(world.said("guard")) == 1


@pytest.mark.parametrize("trouble", ["dns", "platform"])
async def test_a_degraded_domain_lists_campaigns_that_are_on(world: GenesysWorld, trouble: str) -> None:
    await world.opened()
    world.genesys.campaign("Spring", NAME)
    world.genesys.campaign("Asleep", NAME, "off")
    if trouble == "dns":
        world.zone.remove(NAME, "CNAME")
    else:
        world.genesys.domains[NAME].status = "Deprovisioned"
    await world.forward(hours=2)
    (degraded,) = world.said("degraded")
    assert "Spring" in reads(degraded) and "Asleep" not in reads(degraded)
    assert "I stop nothing" in reads(degraded)


def test_times_are_read_in_their_zone() -> None:
    assert instant("2026-11-24T09:00:00", "Asia/Tokyo") == instant("2026-11-24T00:00:00Z", None)
    assert instant("2026-11-24T09:00:00.000+09:00", "UTC") == instant("2026-11-24T00:00:00", "")
    assert instant("soon", "UTC") is instant(None, None) is instant("2026-11-24T09:00:00", "Mars/Base") is None


def test_the_first_start_of_what_is_not_over() -> None:
    now = 1_795_395_600_000
    recurrence = {"nextOccurrenceDetails": {"startOccurrenceDetails": {"dateOfNextOccurrence": iso(now + HOUR)}}}
    over, later = {"start": iso(now - 2 * HOUR), "end": iso(now - HOUR)}, {"start": iso(now + 3 * HOUR)}
    schedules: list[dict[str, Any]] = [
        {
            "emailCampaign": {"id": "a"},
            "intervals": [over, later],
            "recurrences": [recurrence],
        },
        {"emailCampaign": {"id": "b"}, "intervals": [over]},
        {"emailCampaign": None, "intervals": None},
    ]
    assert first_starts(schedules, now) == {"a": now + HOUR}


def test_campaigns_of_unknown_shape_use_no_domain() -> None:
    assert sender({"emailConfig": {"fromAddress": {"domain": {"id": "News.Example.com."}}}}) == "news.example.com"
    assert [sender(c) for c in ({}, {"emailConfig": None}, {"emailConfig": {"fromAddress": {"domain": 7}}})] == [""] * 3
