"""A bot of this version on the file that version 0.1 left: what was going on goes on, nothing is taken for granted."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.dns.look import Dns
from bot.model.lifecycle import State
from bot.model.observations import CnamePoll, Org
from bot.model.records import DnsRecord, RecordType
from bot.tryout.slack.message import Message
from bot.tryout.slack.simulated import words
from tests.genesys.org import ORG, ORG_ID, OTHER_ORG_ID, Domain
from tests.genesys.world import GenesysWorld
from tests.scenarios.reading import button
from tests.scenarios.world import CHANNEL, HOUR, SAM, SUZUKI, TEAM
from tests.storage.written import STATES, WRITTEN_AT, full, restored

OURS = Org("genesys", ORG_ID, ORG)

#: Names that the org has not: not created yet, removed, or never there.
ABSENT = {"registering", "removed", "refused"}


class Upgraded(GenesysWorld):
    """The org, the zone and the channel are as they were when the file was copied."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        shutil.move(restored("genesys", path), path / "emaildomain.db")
        self.clock.instant = WRITTEN_AT
        self.genesys.limit = 100
        self.decided: dict[str, str] = {}  #: ts of requests that were decided, and what they said

    async def __aenter__(self) -> Upgraded:
        self._started = False
        await super().__aenter__()
        return self

    async def start(self) -> None:
        if not self._started:
            self._started = True
            self._furnish()
        await super().start()

    def _furnish(self) -> None:
        with closing(sqlite3.connect(self.path / "emaildomain.db")) as db:
            for name, state, text in db.execute("SELECT name, state, body FROM domains"):
                self._have(name, State(state), [DnsRecord.from_json(r) for r in json.loads(text)["records"]])
            sql = f"SELECT key, kind, channel, ts, name FROM posts WHERE channel = '{CHANNEL}'"
            closed = {row[0] for row in db.execute("SELECT name || id FROM rounds WHERE closed_at IS NOT NULL")}
            for key, kind, channel, ts, name in db.execute(sql):
                meta = {"event_type": "emaildomain", "event_payload": {"key": key, "kind": kind}}
                bot = self.slack.workspace.bot_user
                shown = Message(channel=channel, ts=ts, user=bot, text=key, blocks=[], metadata=meta)
                self.slack.workspace.channels[channel].messages[ts] = shown
                if kind == "approval" and name + key.rpartition("/")[2] in closed:
                    self.decided[ts] = key

    def _have(self, name: str, state: State, records: list[DnsRecord]) -> None:
        if name.partition(".")[0] in ABSENT:
            return
        key = next((r.value.rpartition("p=")[2] for r in records if r.type is RecordType.TXT), "AQID")
        made = self.genesys.domains[name] = Domain(name, WRITTEN_AT - (0 if not records else 4 * HOUR), key)
        if state in (State.WAITING, State.OPEN, State.DEGRADED):
            made.verified, made.verified_at = dict.fromkeys(RecordType, "Verified"), WRITTEN_AT - HOUR
        for record in records:
            self.zone.publish(record)

    async def jump(self, times: int) -> None:
        """Half an hour each time, with a look at what is due then and nothing in between."""
        for _ in range(times):
            self.clock.forward(HOUR // 2)
            await self.settle()

    def now_says(self, ts: str) -> str:
        return words(self.slack.workspace.channels[CHANNEL].messages[ts])

    def request(self, label: str, number: int = 1) -> Message:
        key = f"{TEAM}/{full(label)}#1/approval/{number}"
        return next(m for m in self.said("approval") if (m.metadata or {})["event_payload"]["key"] == key)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upgraded]:
    async def nobody_answers(self: Dns, name: str, **_: object) -> CnamePoll:
        return CnamePoll(WRITTEN_AT, (), "recursor")  # how removals end is told elsewhere

    monkeypatch.setattr(Dns, "poll", nobody_answers, raising=False)
    made = Upgraded(tmp_path)
    async with made:
        yield made
        assert made.genesys.violations == []


async def test_every_domain_gets_its_org_from_its_first_reading(world: Upgraded) -> None:
    await world.jump(3)
    for name in STATES["genesys"]:
        domain, label = await world.domain(name), name.partition(".")[0]
        if domain.state is State.REMOVED:
            continue
        assert domain.account == OURS, label
        made = domain.observations.created
        assert made is None or made.org.is_same(OURS), label
        assert all(one.org == ORG_ID for one in domain.observations.approvals), label
        if domain.round is not None:
            assert domain.round.digest == domain.digest, label
    assert await world.bot.store.document("binding", "org") == {"platform": "genesys", "id": ORG_ID, "name": ORG}


async def test_states_and_votes_go_on(world: Upgraded) -> None:
    await world.forward(minutes=1)
    for label in ("asked", "voted", "leaving", "open", "ready", "stalled", "adopted"):
        assert await world.state(full(label)) is STATES["genesys"][full(label)], label
    asked = (await world.domain(full("voted"))).round
    assert asked is not None and asked.voters == (SAM,)


@pytest.mark.parametrize("read_first", [False, True], ids=["before the org is known", "afterwards"])
async def test_a_vote_with_the_button_of_now_counts(world: Upgraded, read_first: bool) -> None:
    """One vote was cast on the old version, the other on this one."""
    if read_first:
        await world.jump(3)
    request = world.request("voted")
    assert button(request, "approve")["value"].endswith((await world.domain(full("voted"))).round.token)  # type: ignore[union-attr]
    await world.click(SUZUKI, request, "approve")
    domain = await world.domain(full("voted"))
    past = await world.bot.store.round(TEAM, full("voted"), 1)
    assert past is not None and past.voters == (SAM, SUZUKI) and past.outcome == "approved"
    assert domain.state is State.ACTIVATING
    await world.forward(minutes=5)
    assert await world.state(full("voted")) is State.WAITING


async def test_what_was_decided_is_not_rewritten(world: Upgraded) -> None:
    await world.jump(4)
    assert len(world.decided) >= 7
    assert {ts: world.now_says(ts) for ts in world.decided} == world.decided


async def test_the_second_clock_of_a_running_wait_begins_at_the_first_reading(world: Upgraded) -> None:
    stored = (await world.domain(full("waiting"))).opens_at
    assert stored is not None
    await world.forward(minutes=61)
    began = (await world.domain(full("waiting"))).observations.started
    assert began is not None and began.platform is not None
    (said,) = [m for m in world.said("activated") if full("waiting") in m.text and "two clocks" in m.text]
    assert "ends later than I said" in said.text
    await world.forward(seconds=(began.slack + 2 * HOUR - world.clock.now()) / 1000)
    assert await world.state(full("waiting")) is State.WAITING and world.clock.now() > stored
    await world.forward(seconds=1)
    assert await world.state(full("waiting")) is State.OPEN


async def test_an_activation_that_was_going_on_goes_on(world: Upgraded) -> None:
    await world.forward(minutes=5)
    assert await world.state(full("activating")) is State.WAITING


async def test_what_was_asked_for_is_found_as_ours(world: Upgraded) -> None:
    await world.forward(minutes=5)
    assert await world.state(full("preparing")) is State.AWAITING_DNS
    assert await world.state(full("registering")) is State.AWAITING_DNS, "asked for again: its answer was lost"
    assert world.genesys.created == [full("registering")]


async def test_in_another_org_nothing_is_taken_back_or_given(world: Upgraded) -> None:
    """The credentials are those of a sandbox of the same name: nothing there says that these domains are its own."""
    await world.bot.stop()
    shutil.copy(world.path / "emaildomain.db.before-m006", world.path / "emaildomain.db")
    for end in ("-wal", "-shm"):
        (world.path / f"emaildomain.db{end}").unlink(missing_ok=True)
    own = dict(world.genesys.domains)
    world.genesys.domains.clear()
    world.genesys.org_id = OTHER_ORG_ID
    allowed = len(world.said("sending_allowed"))
    await world.start()
    await world.jump(6)
    for label in ("activating", "waiting", "held", "open", "removing", "deleting", "registering"):
        domain = await world.domain(full(label))
        assert (domain.state, domain.org_id) == (STATES["genesys"][full(label)], ""), label
    assert await world.bot.store.document("binding", "org") is None
    assert world.genesys.created == [] and len(world.said("sending_allowed")) == allowed
    await world.command(SAM, f"add {full('fresh')}")
    assert await world.bot.store.domain(TEAM, full("fresh")) is None
    assert list(await world.bot.store.documents("operator_notice")) == [f"another_org/genesys/{OTHER_ORG_ID}"]

    world.genesys.domains |= own
    world.genesys.org_id = ORG_ID
    await world.restart()
    await world.jump(3)
    assert (await world.domain(full("open"))).account == OURS
    assert await world.state(full("waiting")) is State.WAITING, "its second clock has just begun"
    await world.jump(5)
    assert await world.state(full("waiting")) is State.OPEN


async def test_one_that_is_gone_meanwhile_is_known_by_the_others(world: Upgraded) -> None:
    del world.genesys.domains[full("ready")]
    await world.jump(2)
    domain = await world.domain(full("ready"))
    assert domain.account == OURS
    assert domain.state is State.READY and len(domain.observations.absences) == 1, "one reading ends nothing"
