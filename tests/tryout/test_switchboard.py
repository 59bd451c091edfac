"""The practice orgs of the try-out: what they have on the first day, and what the switchboard tells instead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.dns import look
from bot.errors import PlatformDown, PlatformRefused
from bot.model.observations import Org
from bot.model.permits import Permit, Step
from bot.model.records import RecordType
from bot.model.registration import Stage, Verification
from bot.model.schedule import Rhythm
from bot.platforms.embedded import ORG, Embedded
from bot.ports import Dns
from bot.tryout.dns import DnsLab
from bot.tryout.practice import OTHER
from bot.tryout.switchboard import Switchboard
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.permits import permit

LIVE, IDLE, EVENTS = "live.xyzcorp.com", "idle.xyzcorp.com", "events.xyzcorp.co.jp"
MOMENT = 10_000  #: longer than the practice platform takes for one step (ms)


def activation(name: str, org: Org = ORG) -> Permit:
    return permit(Step.ACTIVATE, name, org)


class Room:
    """A furnished switchboard; ``platform`` is what a bot without a try-out would have on the same database."""

    def __init__(self, board: Switchboard, platform: Embedded, lab: DnsLab, clock: HandClock) -> None:
        self.board, self.platform, self.lab, self.clock = board, platform, lab, clock


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    clock = HandClock()
    lab = DnsLab(now=clock.now)
    await lab.start()
    store = SqliteStore(tmp_path / "emaildomain.db", clock, "T0XYZCORP")
    dns = look.build(recursor=lab.recursor, resolvers=(), dns_port=lab.port, clock=clock, timeout=0.3, private=True)
    rhythm = Rhythm.at(1)
    board = Switchboard().build(None, store=store, dns=dns, clock=clock, rhythm=rhythm)
    published = await board.furnish()
    zones = {name: lab.zone(name, negative=1, ttl=1) for name in ("xyzcorp.com", "xyzgroup.com")}
    for name, records in published.items():
        for record in records:
            zones[name.partition(".")[2]].publish(record)
    yield Room(board, Embedded(store, dns, clock, rhythm), lab, clock)
    await _closed(dns, store, lab)


async def _closed(dns: Dns, store: SqliteStore, lab: DnsLab) -> None:
    await dns.close()
    await store.close()
    await lab.stop()


async def test_the_first_day(room: Room) -> None:
    board = room.board
    assert set(await board.domains()) == {LIVE, IDLE, EVENTS}
    live, idle, events = [await board.look(name) for name in (LIVE, IDLE, EVENTS)]
    assert live.done
    assert (idle.stage, idle.all_verified) == (Stage.PENDING, True)
    assert (events.stage, set(events.verified.values())) == (Stage.PENDING, {Verification.PENDING})
    keys = {record.value for found in (live, idle, events) for record in found.records if record.type is RecordType.TXT}
    assert len(keys) == 3, "each has a key of its own"
    assert all(record.host.startswith("scph") for record in live.records if record.type is RecordType.TXT)
    assert [(one.name, one.live) for one in (await board.campaigns(LIVE)).live] == [("Weekly newsletter", True)]
    nothing = await board.campaigns(IDLE)
    assert (nothing.found, nothing.seen) == ((), True)


async def test_it_stays_in_the_documents_of_the_database(room: Room) -> None:
    assert set(await room.platform.domains()) == {LIVE, IDLE, EVENTS}
    assert await room.platform.look(LIVE) == await room.board.look(LIVE)
    assert await room.platform.campaigns(LIVE) == await room.board.campaigns(LIVE)


async def test_what_is_published_and_verified_is_activated_as_usual(room: Room) -> None:
    await room.board.activate(activation(IDLE))
    room.clock.forward(MOMENT)
    assert (await room.board.look(IDLE)).done


async def test_not_found_is_a_lie_about_one_name(room: Room) -> None:
    board = room.board
    board.hidden.add(LIVE)
    assert (await board.look(LIVE)).stage is Stage.ABSENT
    assert (await board.look(LIVE)).org == ORG
    assert (await board.activate(activation(LIVE))).stage is Stage.ABSENT
    assert await board.delete(permit(Step.DELETE, LIVE, ORG)) is False
    assert LIVE not in await board.domains()
    with pytest.raises(PlatformRefused) as refused:
        await board.register(LIVE, ORG)
    assert refused.value.reason == "exists"
    with pytest.raises(PlatformRefused):
        await board.activate(activation(LIVE, OTHER))
    assert (await board.look(IDLE)).stage is Stage.PENDING
    board.hidden.clear()
    assert (await board.look(LIVE)).done, "it was there all the time"


async def test_who_is_unreachable_says_nothing(room: Room) -> None:
    board = room.board
    board.reachable = False
    for asking in (
        board.organisation(), board.inbound(), board.preflight(), board.register("a.xyzcorp.com", ORG),
        board.look(LIVE), board.activate(activation(IDLE)), board.delete(permit(Step.DELETE, LIVE, ORG)),
        board.domains(), board.campaigns(LIVE),
    ):  # fmt: skip
        with pytest.raises(PlatformDown):
            await asking
    board.reachable = True
    assert set(await board.domains()) == {LIVE, IDLE, EVENTS}, "nothing was done meanwhile"


async def test_another_org_is_another_one_in_every_answer(room: Room) -> None:
    board = room.board
    board.connected_to = OTHER.id
    assert await board.organisation() == OTHER
    assert not ORG.is_same(OTHER)
    assert (await board.preflight()).org == OTHER
    assert (await board.look(LIVE)).stage is Stage.ABSENT
    assert (await board.look(LIVE)).org == OTHER
    assert LIVE not in await board.domains()
    assert await board.domains()
    for writing in (
        board.register("a.xyzcorp.com", ORG), board.activate(activation(IDLE)),
        board.delete(permit(Step.DELETE, LIVE, ORG)),
    ):  # fmt: skip
        with pytest.raises(PlatformRefused) as refused:
            await writing
        assert (refused.value.reason, refused.value.said) == ("another_org", OTHER.name)
    board.connected_to = ORG.id
    assert set(await board.domains()) == {LIVE, IDLE, EVENTS}


@pytest.mark.parametrize("by_the_bot", [True, False])
async def test_what_is_deleted_comes_back_with_the_same_records(room: Room, by_the_bot: bool) -> None:
    board, org = room.board, room.board.connected
    before = await board.look(LIVE)
    if by_the_bot:
        assert await board.delete(permit(Step.DELETE, LIVE, ORG)) is True
    else:
        await org.delete(LIVE)
    assert (await board.look(LIVE)).stage is Stage.ABSENT
    assert await org.deleted() == [LIVE]
    await org.bring_back(LIVE)
    assert await board.look(LIVE) == before
    assert await org.deleted() == []


async def test_what_was_registered_anew_is_not_overwritten(room: Room) -> None:
    board, org = room.board, room.board.connected
    old = await board.look(LIVE)
    await org.delete(LIVE)
    await board.register(LIVE, ORG)
    assert await org.deleted() == []
    await org.bring_back(LIVE)
    room.clock.forward(MOMENT)
    assert (await board.look(LIVE)).records != old.records


async def test_provisioned_and_deprovisioned_behind_the_bots_back(room: Room) -> None:
    board, org = room.board, room.board.connected
    await org.provision(EVENTS)
    assert (await board.look(EVENTS)).done
    await org.deprovision(LIVE)
    found = await board.look(LIVE)
    assert (found.stage, found.all_verified) == (Stage.DEPROVISIONED, True)
    await board.activate(activation(LIVE))
    room.clock.forward(MOMENT)
    assert (await board.look(LIVE)).done, "activated again"
    await org.provision("nobody.xyzcorp.com")
    await org.deprovision("nobody.xyzcorp.com")
    assert (await board.look("nobody.xyzcorp.com")).stage is Stage.ABSENT


async def test_campaigns_are_switched(room: Room) -> None:
    board, org = room.board, room.board.connected
    await org.switch(LIVE, on=False)
    await org.switch(IDLE, on=True)
    assert [(one.name, one.live) for one in (await board.campaigns(LIVE)).found] == [("Weekly newsletter", False)]
    assert [(one.name, one.live) for one in (await board.campaigns(IDLE)).found] == [(f"Newsletter from {IDLE}", True)]


async def test_an_org_without_campaigns_does_not_show_any(room: Room) -> None:
    room.board.connected_to = OTHER.id
    assert not (await room.board.campaigns(LIVE)).seen
