"""What a MailPlatform promises. Every adapter of the port is held to this."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.config.settings import load
from bot.dns import look
from bot.errors import PlatformRefused
from bot.model.observations import Org
from bot.model.permits import DELETES, Permit, Step
from bot.model.records import RecordType
from bot.model.registration import Registration, Stage, Verification
from bot.model.schedule import Rhythm
from bot.ports import Dns, MailPlatform
from bot.tryout.dns import DnsLab
from bot.tryout.switchboard import Switchboard
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.genesys.seeing import seeing
from tests.genesys.simulator import SimulatedGenesys
from tests.permits import permit

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
            recursor=self._lab.recursor, resolvers=(), dns_port=self._lab.port, clock=self.clock, timeout=0.3,
            private=True,
        )  # fmt: skip
        environ = {"SLACK_BOT_TOKEN": "xoxb-x", "SLACK_APP_TOKEN": "xapp-x", "EMAILDOMAIN_PLATFORM": "embedded"}
        settings = load(environ | (self._simulated.settings if self.kind == "genesys" else {}), None)
        build = Switchboard().build if self.kind == "practice" else _adapter(self.kind)
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
        await platform.register(NAME, await platform.organisation())
        self.clock.forward(A_MOMENT)
        return await platform.look(NAME)

    async def provisioned(self, platform: MailPlatform) -> Registration:
        for record in (await self.prepared(platform)).records:
            self.zone.publish(record)
        await platform.activate(permit(Step.ACTIVATE, NAME, await platform.organisation()))
        self.clock.forward(A_MOMENT)
        return await platform.look(NAME)

    @property
    def writes(self) -> list[str]:
        """What was sent to Genesys Cloud that would change something."""
        return self._simulated.called("^(POST /api|PUT|DELETE|PATCH)")


async def for_deletion(platform: MailPlatform) -> Permit:
    return permit(Step.DELETE, NAME, await platform.organisation())


async def refusal(doing: Awaitable[object]) -> PlatformRefused:
    with pytest.raises(PlatformRefused) as refused:
        await doing
    return refused.value


def _adapter(kind: str) -> Callable[..., MailPlatform]:
    build: Callable[..., MailPlatform] = importlib.import_module(f"bot.platforms.{kind}").build
    return build


@pytest.fixture(params=["embedded", "practice", "genesys"])
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
    assert (await platform.activate(permit(Step.ACTIVATE, NAME, await platform.organisation()))).stage is Stage.ABSENT
    assert await platform.delete(await for_deletion(platform)) is False


async def test_an_org_is_known_by_its_id(office: Office) -> None:
    platform = await office.open()
    org = await platform.organisation()
    assert org.platform == platform.name
    assert org.id and org.name
    assert await (await office.open()).organisation() == org


async def test_every_answer_says_of_which_org_it_is(office: Office) -> None:
    platform = await office.open()
    org = await platform.organisation()
    assert (await platform.look(NAME)).org == org, "absent"
    assert (await platform.activate(permit(Step.ACTIVATE, NAME, org))).org == org, "absent"
    assert (await platform.register(NAME, org)).org == org
    assert (await platform.look(NAME)).org == org, "being prepared"
    office.clock.forward(A_MOMENT)
    assert (await platform.look(NAME)).org == org, "pending"
    assert (await platform.activate(permit(Step.ACTIVATE, NAME, org))).org == org


@pytest.mark.parametrize("id", ["another", ""])
async def test_nothing_is_written_in_another_org(office: Office, id: str) -> None:
    platform = await office.open()
    ours = await platform.organisation()
    other, named = Org(ours.platform, id, ours.name), Org(ours.platform, "another", ours.name)
    assert (await refusal(platform.register(NAME, other))).reason == "another_org"
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    before = await office.prepared(platform)
    sent = list(office.writes)
    for refused in (
        await refusal(platform.register("news.xyzcorp.com", other)),
        await refusal(platform.activate(permit(Step.ACTIVATE, NAME, named))),
        await refusal(platform.delete(permit(Step.DELETE_FORCED, NAME, named))),
    ):
        assert (refused.reason, refused.said) == ("another_org", ours.name), "it says which one we are connected to"
    assert await platform.look(NAME) == before
    assert office.writes == sent


async def test_a_new_name_of_the_org_changes_nothing(office: Office) -> None:
    platform = await office.open()
    renamed = (await platform.organisation())._replace(name="Formerly XYZ")
    await platform.register(NAME, renamed)
    assert await platform.delete(permit(Step.DELETE, NAME, renamed)) is True


async def test_records_come_later_and_are_two(office: Office) -> None:
    """Asynchronous: registering returns at once, without them."""
    platform = await office.open()
    first = await platform.register(NAME, await platform.organisation())
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


async def test_what_is_there_is_not_registered_again(office: Office) -> None:
    """Neither at once nor after a crash: whose it is, whoever asked has to find out."""
    platform = await office.open()
    org = await platform.organisation()
    ended = await asyncio.gather(*(platform.register(NAME, org) for _ in range(4)), return_exceptions=True)
    refused = [one for one in ended if isinstance(one, PlatformRefused)]
    assert len(refused) == 3
    assert {(one.platform, one.reason, one.name) for one in refused} == {(platform.name, "exists", NAME)}
    office.clock.forward(A_MOMENT)
    records = (await platform.look(NAME)).records
    platform = await office.open()
    assert (await refusal(platform.register(NAME, org))).reason == "exists"
    assert (await platform.look(NAME)).records == records, "those that were published"
    assert (await platform.look("other.xyzcorp.com")).stage is Stage.ABSENT


async def test_activation_verifies_in_dns(office: Office) -> None:
    """What is not published is not verified; one of two is not enough."""
    platform = await office.open()
    answer = await office.prepared(platform)
    org = await platform.organisation()
    answer = await platform.activate(permit(Step.ACTIVATE, NAME, org))
    assert set(answer.verified.values()) == {Verification.FAILED}
    txt = next(r for r in answer.records if r.type is RecordType.TXT)
    office.zone.publish(txt)
    answer = await platform.activate(permit(Step.ACTIVATE, NAME, org))
    assert answer.verified == {RecordType.TXT: Verification.VERIFIED, RecordType.CNAME: Verification.FAILED}
    office.clock.forward(A_MOMENT)
    assert (await platform.look(NAME)).stage is Stage.PENDING


async def test_provisioned_comes_after_verified(office: Office) -> None:
    platform = await office.open()
    for record in (await office.prepared(platform)).records:
        office.zone.publish(record)
    answer = await platform.activate(permit(Step.ACTIVATE, NAME, await platform.organisation()))
    assert answer.all_verified
    assert not answer.done, "verified, not yet provisioned"
    office.clock.forward(A_MOMENT)
    assert (await platform.look(NAME)).done


async def test_silence_of_dns_proves_nothing(office: Office) -> None:
    platform = await office.open()
    await office.prepared(platform)
    for server in office.zone.servers:
        server.silence()
    assert set(
        (await platform.activate(permit(Step.ACTIVATE, NAME, await platform.organisation()))).verified.values()
    ) == {Verification.UNKNOWN}


async def test_activating_again_changes_nothing(office: Office) -> None:
    platform = await office.open()
    assert (await office.provisioned(platform)).done
    assert (await platform.activate(permit(Step.ACTIVATE, NAME, await platform.organisation()))).done


async def test_everything_survives_a_restart(office: Office) -> None:
    answer = await office.provisioned(await office.open())
    assert await (await office.open()).look(NAME) == answer


async def test_deleted_is_absent_and_a_new_registration_has_new_values(office: Office) -> None:
    platform = await office.open()
    old = await office.provisioned(platform)
    permitted = await for_deletion(platform)
    assert await platform.delete(permitted) is True
    assert await platform.delete(permitted) is False
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    new = await office.prepared(platform)
    assert new.stage is Stage.PENDING
    assert {r.value for r in new.records if r.type is RecordType.TXT}.isdisjoint(r.value for r in old.records)


@pytest.mark.parametrize("step", sorted(set(Step) - DELETES))
async def test_a_permit_for_something_else_deletes_nothing(office: Office, step: Step) -> None:
    platform = await office.open()
    before = await office.prepared(platform)
    with pytest.raises(TypeError):
        await platform.delete(permit(step, NAME, await platform.organisation()))
    assert await platform.look(NAME) == before


@pytest.mark.parametrize("step", sorted(set(Step) - {Step.ACTIVATE}))
async def test_a_permit_for_something_else_activates_nothing(office: Office, step: Step) -> None:
    platform = await office.open()
    before = await office.prepared(platform)
    with pytest.raises(TypeError):
        await platform.activate(permit(step, NAME, await platform.organisation()))
    assert await platform.look(NAME) == before


@pytest.mark.parametrize("given", [NAME, None, True, Step.DELETE])
async def test_without_a_permit_nothing_is_deleted(office: Office, given: Any) -> None:
    platform = await office.open()
    before = await office.prepared(platform)
    with pytest.raises(TypeError):
        await platform.delete(given)
    assert await platform.look(NAME) == before


@pytest.mark.parametrize("step", sorted(DELETES))
async def test_each_permit_for_a_deletion_deletes_its_name_only(office: Office, step: Step) -> None:
    platform = await office.open()
    org = await platform.organisation()
    await platform.register("other.xyzcorp.com", org)
    await office.prepared(platform)
    assert await platform.delete(permit(step, NAME, org)) is True
    assert (await platform.look(NAME)).stage is Stage.ABSENT
    assert (await platform.look("other.xyzcorp.com")).stage is Stage.PENDING


async def test_the_contact_centres_own_names_are_known(office: Office) -> None:
    platform = await office.open()
    assert all("." in name and name == name.lower() for name in await platform.inbound())


async def test_what_is_known_before_the_first_write(office: Office) -> None:
    platform = await office.open()
    known = await platform.preflight()
    assert known.org == await platform.organisation()
    assert known.inbound == frozenset(await platform.inbound())
    assert "support.xyzcorp.com" in known.inbound
    assert not known.full


async def test_what_exists_and_what_uses_it(office: Office) -> None:
    platform = await office.open()
    await office.prepared(platform)
    assert set(await platform.domains()) == {NAME}
    assert (await platform.campaigns(NAME)).found == ()
