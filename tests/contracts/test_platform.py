"""What a MailPlatform promises. Every adapter of the port is held to this."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import load
from bot.dns import look
from bot.model.records import RecordType
from bot.model.schedule import Rhythm
from bot.ports import Dns, MailPlatform, Registration, Stage, Verification
from bot.tryout.dns import DnsLab
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.genesys.seeing import seeing
from tests.genesys.simulator import SimulatedGenesys

NAME, ZONE = "sales.xyzcorp.com", "xyzcorp.com"

#: Longer than the platform takes for one step (ms).
A_MOMENT = 10_000


class Office:
    """A zone, a clock, and the platform; it can be closed and opened again as after a crash."""

    def __init__(self, kind: str, path: Path, lab: DnsLab, clock: HandClock, simulated: SimulatedGenesys) -> None:
        self.kind, self._path, self._lab, self.clock, self._simulated = kind, path, lab, clock, simulated
        self.zone = lab.zone(ZONE, negative=1, ttl=1)
        self._store: SqliteStore | None = None
        self._dns: Dns | None = None
        self._platform: MailPlatform | None = None
        simulated.verify = seeing(lambda: self.dns)

    @property
    def dns(self) -> Dns:
        assert self._dns is not None
        return self._dns

    async def open(self) -> MailPlatform:
        await self.close()
        self._store = SqliteStore(self._path, self.clock, "T0XYZCORP")
        self._dns = look.build(
            recursor=self._lab.recursor, resolvers=(), dns_port=self._lab.port, clock=self.clock, timeout=0.3
        )
        environ = {"SLACK_BOT_TOKEN": "xoxb-x", "SLACK_APP_TOKEN": "xapp-x", "EMAILDOMAIN_PLATFORM": "embedded"}
        settings = load(environ | (self._simulated.settings if self.kind == "genesys" else {}), None)
        build = importlib.import_module(f"bot.platforms.{self.kind}").build
        opened: MailPlatform = build(
            settings, store=self._store, dns=self._dns, clock=self.clock, rhythm=Rhythm.at(1)
        )  # fmt: skip
        self._platform = opened
        return opened

    async def close(self) -> None:
        if self._platform is not None:
            await self._platform.close()
        if self._store is not None and self._dns is not None:
            await self._dns.close()
            await self._store.close()
        self._store = None

    async def prepared(self, platform: MailPlatform) -> Registration:
        await platform.register(NAME)
        self.clock.forward(A_MOMENT)
        return await platform.look(NAME)

    async def provisioned(self, platform: MailPlatform) -> Registration:
        for record in (await self.prepared(platform)).records:
            self.zone.publish(record)
        await platform.activate(NAME)
        self.clock.forward(A_MOMENT)
        return await platform.look(NAME)


@pytest.fixture(params=["embedded", "genesys"])
async def office(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    clock = HandClock()
    lab = DnsLab(now=clock.now)
    await lab.start()
    async with SimulatedGenesys(clock) as simulated:
        made = Office(request.param, tmp_path / "emaildomain.db", lab, clock, simulated)
        yield made
        await made.close()
        assert simulated.violations == []
    await lab.stop()


async def test_what_nobody_registered_is_absent(office: Office) -> None:
    platform = await office.open()
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    assert (await platform.activate(NAME)).stage is Stage.ABSENT
    await platform.delete(NAME)
    assert await platform.organisation()


async def test_records_come_later_and_are_two(office: Office) -> None:
    """Asynchronous: registering returns at once, without them."""
    platform = await office.open()
    first = await platform.register(NAME)
    assert (first.stage, first.records) == (Stage.PREPARING, ())
    office.clock.forward(A_MOMENT)
    answer = await platform.look(NAME)
    assert answer.stage is Stage.PENDING
    assert {r.type for r in answer.records} == {RecordType.TXT, RecordType.CNAME}
    txt, cname = sorted(answer.records, key=lambda r: r.type is RecordType.CNAME)
    assert txt.host.endswith(f"._domainkey.{NAME}")
    assert txt.value.startswith("v=DKIM1;")
    assert cname.host == NAME
    assert set(answer.verified.values()) == {Verification.PENDING}


async def test_registering_again_is_the_same_registration(office: Office) -> None:
    """However often, at once or after a crash: the records stay those that were published."""
    platform = await office.open()
    await asyncio.gather(*(platform.register(NAME) for _ in range(4)))
    office.clock.forward(A_MOMENT)
    records = (await platform.look(NAME)).records
    assert (await platform.register(NAME)).records == records
    platform = await office.open()
    assert (await platform.register(NAME)).records == records
    assert (await platform.look("other.xyzcorp.com")).stage is Stage.ABSENT


async def test_activation_verifies_in_dns(office: Office) -> None:
    """What is not published is not verified; one of two is not enough."""
    platform = await office.open()
    answer = await office.prepared(platform)
    answer = await platform.activate(NAME)
    assert set(answer.verified.values()) == {Verification.FAILED}
    txt = next(r for r in answer.records if r.type is RecordType.TXT)
    office.zone.publish(txt)
    answer = await platform.activate(NAME)
    assert answer.verified == {RecordType.TXT: Verification.VERIFIED, RecordType.CNAME: Verification.FAILED}
    office.clock.forward(A_MOMENT)
    assert (await platform.look(NAME)).stage is Stage.PENDING


async def test_provisioned_comes_after_verified(office: Office) -> None:
    platform = await office.open()
    for record in (await office.prepared(platform)).records:
        office.zone.publish(record)
    answer = await platform.activate(NAME)
    assert answer.all_verified
    assert not answer.done, "verified, not yet provisioned"
    office.clock.forward(A_MOMENT)
    assert (await platform.look(NAME)).done


async def test_silence_of_dns_proves_nothing(office: Office) -> None:
    platform = await office.open()
    await office.prepared(platform)
    for server in office.zone.servers:
        server.silence()
    assert set((await platform.activate(NAME)).verified.values()) == {Verification.UNKNOWN}


async def test_activating_again_changes_nothing(office: Office) -> None:
    platform = await office.open()
    assert (await office.provisioned(platform)).done
    assert (await platform.activate(NAME)).done


async def test_everything_survives_a_restart(office: Office) -> None:
    answer = await office.provisioned(await office.open())
    assert await (await office.open()).look(NAME) == answer


async def test_deleted_is_absent_and_a_new_registration_has_new_values(office: Office) -> None:
    platform = await office.open()
    old = await office.provisioned(platform)
    await platform.delete(NAME)
    await platform.delete(NAME)
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    new = await office.prepared(platform)
    assert new.stage is Stage.PENDING
    assert {r.value for r in new.records if r.type is RecordType.TXT}.isdisjoint(r.value for r in old.records)


async def test_the_contact_centres_own_names_are_known(office: Office) -> None:
    platform = await office.open()
    assert all("." in name and name == name.lower() for name in await platform.inbound())


async def test_what_is_known_before_the_first_write(office: Office) -> None:
    platform = await office.open()
    known = await platform.preflight()
    assert known.org == await platform.organisation() != ""
    assert known.inbound == frozenset(await platform.inbound())
    assert "support.xyzcorp.com" in known.inbound
    assert not known.full


async def test_what_exists_and_what_uses_it(office: Office) -> None:
    platform = await office.open()
    await office.prepared(platform)
    names = await platform.domains()
    assert names is None or set(names) == {NAME}
    assert (await platform.campaigns(NAME)).found == ()
