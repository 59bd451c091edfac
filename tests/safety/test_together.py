"""The platform takes many domains out of service at once: one alarm, one request, one approval, and two hours again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.lifecycle import State
from bot.tryout.slack.simulated import Message, words
from tests.safety.world import Orgs, OrgWorld, offered, offers
from tests.scenarios.world import ALEX, NAME, SAM, SUZUKI, actions

NAMES = (NAME, "news.xyzcorp.com", "shop.xyzcorp.com", "club.xyzcorp.com")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[OrgWorld]:
    """Four domains, open for a while."""
    made = OrgWorld(tmp_path)
    async with made:
        for name in NAMES:
            await made.command(ALEX, f"add {name}")
        await made.forward(seconds=10)
        for name in NAMES:
            await made.publish(name)
        await made.forward(minutes=1)
        for name in NAMES:
            await made.command(ALEX, f"activate {name}")
        for request in made.said("approval"):
            await made.click(SAM, request, "approve")
        await made.forward(hours=2, minutes=5)
        assert await states(made) == {State.OPEN}
        yield made
        assert made.genesys.violations == []


async def states(world: OrgWorld) -> set[State]:
    return {(await world.domain(name)).state for name in NAMES}


def says(world: OrgWorld, status: str) -> None:
    org: Orgs = world.genesys
    for name in NAMES:
        org.domains[name].status, org.domains[name].verified_at = status, None


async def taken_out(world: OrgWorld) -> None:
    """All of them, and given back within two hours; approval is owed."""
    says(world, "Deprovisioned")
    await world.forward(hours=1, minutes=30)
    says(world, "RequestReceived")
    assert await states(world) == {State.READY}


def broadcast(world: OrgWorld, kind: str) -> list[Message]:
    return [m for m in world.said(kind) if m.broadcast]


async def asked(world: OrgWorld, by: str = ALEX) -> Message:
    """One request for all of them."""
    await taken_out(world)
    before = len(broadcast(world, "approval"))
    (ready,) = [m for m in broadcast(world, "ready") if offers(m, "activate_all")]
    await world.click(by, ready, "activate_all")
    assert await states(world) == {State.AWAITING_APPROVAL}
    (request,) = broadcast(world, "approval")[before:]
    return request


async def test_one_alarm_lists_them_all(world: OrgWorld) -> None:
    await taken_out(world)
    alarm, *others = world.said("degraded")
    assert broadcast(world, "degraded") == [alarm], "the channel is told once"
    assert len(others) == len(NAMES) - 1, "each has its own in its own thread"
    assert all(f"<@{ALEX}>" not in m.text for m in others)
    assert all(name in words(alarm) for name in NAMES)
    assert {(m.metadata or {})["event_payload"]["domain"] for m in world.said("degraded")} == set(NAMES)
    ready = [m for m in broadcast(world, "ready") if (m.metadata or {})["event_payload"]["key"].endswith("ready/2")]
    assert len(ready) == 1 and all(name in words(ready[0]) for name in NAMES)


async def test_one_request_and_one_click_and_two_hours_again(world: OrgWorld) -> None:
    request = await asked(world)
    assert all(name in words(request) for name in NAMES)
    assert "activate 4 domains again" in request.text
    for name in NAMES:
        txt = (await world.domain(name)).records[0]
        assert txt.fingerprint in words(request)
    await world.click(SAM, request, "approve_all")
    assert "counted for 4 domains" in world.last(SAM)
    says(world, "Provisioned")
    await world.forward(minutes=5)
    assert await states(world) == {State.WAITING}
    allowed = len(world.said("sending_allowed"))
    await world.forward(hours=1, minutes=50)
    assert len(world.said("sending_allowed")) == allowed
    await world.forward(minutes=15)
    assert await states(world) == {State.OPEN}
    assert actions(next(m for m in world.said("approval") if m.ts == request.ts)) == []


async def test_who_asked_does_not_approve(world: OrgWorld) -> None:
    request = await asked(world)
    await world.click(ALEX, request, "approve_all")
    assert await states(world) == {State.AWAITING_APPROVAL}


async def test_what_was_decided_alone_or_has_changed_is_left(world: OrgWorld) -> None:
    request = await asked(world)
    cards = {(m.metadata or {})["event_payload"]["domain"]: m for m in offered(world, "reject") if m.metadata}
    rejected, changed = [name for name in NAMES if name != _of(request)][:2]
    await world.click(SUZUKI, cards[rejected], "reject")
    await world.submit(SUZUKI, {"reason": "no longer used"})
    world.genesys.domains[changed].target = "eu.sparkpostmail.com"
    await world.forward(hours=1, minutes=1)
    await world.click(SAM, request, "approve_all")
    assert rejected in world.last(SAM) and "Not for" in world.last(SAM)
    for name in NAMES:
        state = (await world.domain(name)).state
        assert (state in (State.ACTIVATING, State.WAITING)) is (name not in (rejected, changed)), name


async def test_a_second_click_counts_nothing_twice(world: OrgWorld) -> None:
    request = await asked(world)
    await world.click(SAM, request, "approve_all")
    await world.click(SAM, request, "approve_all", stale=True)
    await world.click(SUZUKI, request, "approve_all", stale=True)
    assert len(world.said("decided")) == 2 * len(NAMES), "one decision for each round"


def _of(message: Message) -> str:
    return str((message.metadata or {})["event_payload"]["domain"])
