"""Random events, clock steps, crashes and faults; and what must hold after each of them, and at rest."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.model.domain import EmailDomain
from bot.model.lifecycle import TRANSITIONS, Event, Kind, State
from bot.model.look import Status
from bot.model.registration import Stage
from bot.model.schedule import Rhythm, due_at
from storage.database_file import migrate
from tests.lives.inside import Life
from tests.lives.outside import ALEX, SAM, SUZUKI, Held

NAMES = ("sales.xyzcorp.com", "news.xyzcorp.com")
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
TWO_HOURS = 2 * HOUR
RHYTHM = Rhythm.at(1)

names = st.sampled_from(NAMES)
people = st.sampled_from((ALEX, SAM, SUZUKI))
votes = st.sampled_from(("approve", "approve", "approve", "reject", "withdraw"))
moods = st.lists(st.sampled_from(("well", "busy", "lost", "late", "answer lost")), max_size=4)
fuses = st.none() | st.integers(0, 12)

STAGES = (State.REGISTERING, State.AWAITING_DNS, State.READY, State.AWAITING_APPROVAL, State.ACTIVATING, State.WAITING,
          State.WAITING, State.OPEN, State.OPEN)  # fmt: skip

#: Said exactly as often as it happened, in a life.
SPOKEN = {
    Event.RECORDS_KNOWN: Kind.RECORDS, Event.WINDOW_OPENED: Kind.SENDING_ALLOWED, Event.DNS_GAVE_UP: Kind.STALLED,
    Event.DEGRADED: Kind.DEGRADED, Event.RECOVERED: Kind.RECOVERED,
}  # fmt: skip


@cache
def empty() -> Path:
    """A database with every table and nothing in it: upgrading one for each example would take most of the time."""
    path = Path(tempfile.mkdtemp(prefix="lives-")) / "empty.db"
    migrate(path)
    return path


class Lives(RuleBasedStateMachine):
    """Two names, three people, one bot that is killed, and a world that is never quite well."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="lives-"))
        self.life = Life(self.folder / "emaildomain.db", empty())
        self.do(self.life.start())
        self.tokens: dict[str, list[str]] = {name: ["1.0000000000000000"] for name in NAMES}

    def do(self, work: Awaitable[Any]) -> Any:
        async def whole() -> Any:
            async with asyncio.timeout(30):
                return await work

        return self.loop.run_until_complete(whole())

    def domain(self, name: str) -> EmailDomain | None:
        found: EmailDomain | None = self.do(self.life.store.domain("T0XYZCORP", name))
        if found is not None and found.round is not None and found.round.token not in self.tokens[name]:
            self.tokens[name].append(found.round.token)
        return found

    def rows(self, sql: str) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(f"file:{self.life.path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return list(db.execute(sql))

    # ---- what happens

    @initialize(
        stage=st.sampled_from(STAGES),
        asks=people,
        slack=st.lists(moods, max_size=30),
        fuses=st.lists(fuses, max_size=8),
    )
    def somebody_has_begun(self, stage: State, asks: str, slack: list[list[str]], fuses: list[int | None]) -> None:
        """As far as ``stage``, in a DNS that is well; whoever asks also tries to approve, and two others at once."""
        name = NAMES[0]
        self.do(self.life.act("add", ALEX, name=name))
        self.dns_is_right(name)
        for n in range(80):
            domain = self.domain(name)
            if domain is not None and domain.state is stage:
                return
            if domain is not None and domain.state is State.READY:
                self.do(self.life.act("activate", asks, name=name))
            elif domain is not None and domain.state is State.AWAITING_APPROVAL and domain.round:
                self.do(self.life.act("approve", asks, name=name, token=domain.round.token))
                if (after := self.domain(name)) is not None and after.state is State.AWAITING_APPROVAL:
                    self.two_click_at_once(name)
            self.life.slack.moods = list(slack[n % len(slack)]) if slack else []
            self.life.fuse.left = fuses[n] if n < len(fuses) else None
            self.do(self.life.mortal(self.work()))
            self.do(self.to_the_next())

    @rule(what=st.sampled_from(("add", "activate", "activate", "check", "keep", "remove")), who=people, name=names,
          fuse=fuses)  # fmt: skip
    def a_person_acts(self, what: str, who: str, name: str, fuse: int | None) -> None:
        self.life.fuse.left = fuse
        self.do(self.life.mortal(self.life.act(what, who, name=name)))

    @rule(what=votes, who=people, name=names, old=st.integers(0, 3), fuse=fuses)
    def a_person_votes(self, what: str, who: str, name: str, old: int, fuse: int | None) -> None:
        self.domain(name)
        known = self.tokens[name]
        self.life.fuse.left = fuse
        self.do(self.life.mortal(self.life.act(what, who, name=name, token=known[max(0, len(known) - 1 - old)])))

    @rule(name=names)
    def two_click_at_once(self, name: str) -> None:
        self.domain(name)
        token = self.tokens[name][-1]

        async def both() -> None:
            await asyncio.gather(*(self.life.act("approve", who, name=name, token=token) for who in (SAM, SUZUKI)))

        self.do(both())

    @rule(name=names, stands=st.tuples(*[st.sampled_from((*Status, Status.RIGHT, Status.RIGHT))] * 2))
    def dns_changes(self, name: str, stands: tuple[Status, Status]) -> None:
        self.life.dns.stands[name] = stands

    @rule(name=names)
    def dns_is_right(self, name: str) -> None:
        self.life.dns.stands[name] = (Status.RIGHT, Status.RIGHT)

    @rule(name=names, what=st.sampled_from(("gone", "records", "deprovisioned", "provisioned")))
    def the_platform_changes(self, name: str, what: str) -> None:
        held = self.life.platform.holds.get(name)
        if held is None:
            return
        if what == "gone":
            del self.life.platform.holds[name]
        elif what == "records":
            self.life.platform.holds[name] = Held(self.life.platform.issue(name))
        elif what == "deprovisioned" and held.stage is Stage.PROVISIONED:
            held.stage = Stage.DEPROVISIONED
        elif held.stage is Stage.DEPROVISIONED:
            held.stage = Stage.PROVISIONED

    @rule(name=names, asks=people, votes=st.lists(st.tuples(votes, people), min_size=1, max_size=3))
    def a_question_is_asked_and_answered(self, name: str, asks: str, votes: list[tuple[str, str]]) -> None:
        self.do(self.life.act("activate", asks, name=name))
        domain = self.domain(name)
        for what, who in votes if domain and domain.round else ():
            self.do(self.life.act(what, who, name=name, token=self.tokens[name][-1]))

    @rule(moods=st.lists(st.sampled_from(("well", "down", "answer lost")), max_size=3))
    def the_platform_is_in_a_mood(self, moods: list[str]) -> None:
        self.life.platform.moods = moods

    # ---- time

    @rule(ms=st.sampled_from((6 * SECOND, 45 * SECOND, 11 * MINUTE, HOUR, 5 * HOUR, 25 * HOUR, 80 * HOUR)))
    def time_passes_unwatched(self, ms: int) -> None:
        self.life.clock.forward(ms)

    @rule(ms=st.sampled_from((-HOUR, -10 * SECOND, 10 * SECOND)))
    def the_clock_steps(self, ms: int) -> None:
        self.life.clock.step(ms)

    @rule(steps=st.integers(1, 12), fuse=fuses, slack=moods)
    def time_passes(self, steps: int, fuse: int | None, slack: list[str]) -> None:
        """From one moment at which something is due to the next, with a death on the way, or a Slack in its moods."""
        self.life.slack.moods = slack
        for n in range(steps):
            self.life.fuse.left = fuse if n == 0 else None
            self.do(self.life.mortal(self.work()))
            self.do(self.to_the_next())

    async def work(self) -> None:
        await self.life.sweep()
        await self.life.deliver()

    async def to_the_next(self, at_most: int = 2 * HOUR) -> None:
        moments = [await self.life.store.next_due(), await self.life.store.next_sendable(self.life.clock.now())]
        ahead = [at - self.life.clock.now() for at in moments if at is not None]
        if await self.life.store.ambiguous(1):
            ahead.append(5 * SECOND)
        self.life.clock.forward(max(200, min([*ahead, at_most])))

    @rule(slack=moods, fuse=fuses, then=st.sampled_from((0, 6 * SECOND, 45 * SECOND)))
    def messages_go_out(self, slack: list[str], fuse: int | None, then: int) -> None:
        self.life.slack.moods, self.life.fuse.left = slack, fuse
        self.do(self.life.mortal(self.life.deliver()))
        self.life.clock.forward(then)

    @rule()
    def the_process_is_killed(self) -> None:
        self.do(self.life.kill())

    # ---- what holds always

    @invariant()
    def every_step_is_in_the_table(self) -> None:
        for key, entries in self.histories().items():
            for before, entry in zip([None, *entries], entries, strict=False):
                if before is not None:
                    assert entry["before"] == before["after"], f"{key}: a step is missing before {entry['event']}"
                if entry["before"] != entry["after"]:
                    edge = TRANSITIONS.get((State(entry["before"]), Event(entry["event"])))
                    assert edge is not None, f"{key}: {entry['event']} in {entry['before']}"
                    assert edge.to == entry["after"], f"{key}: {entry['event']} leads to {entry['after']}"

    def histories(self) -> dict[tuple[str, int], list[sqlite3.Row]]:
        found: dict[tuple[str, int], list[sqlite3.Row]] = {}
        for row in self.rows("SELECT * FROM history ORDER BY name, life, n"):
            found.setdefault((row["name"], row["life"]), []).append(row)
        return found

    @invariant()
    def a_domain_is_where_its_history_says_and_no_timer_is_forgotten(self) -> None:
        histories = self.histories()
        for name in NAMES:
            domain = self.domain(name)
            if domain is None:
                continue
            assert histories[name, domain.life][-1]["after"] == domain.state
            assert domain.due_at == due_at(domain, RHYTHM), "what the sweep goes by is what the agenda says"
            if domain.state not in (State.REMOVED, State.REMOVING, State.STALLED):
                assert domain.due_at is not None or domain.round, f"{name}: nothing will ever happen in {domain.state}"

    @invariant()
    def no_message_is_there_twice_and_none_is_made_up(self) -> None:
        counts = self.life.slack.counts
        assert not [key for key, n in counts.items() if n > 1], "one message per key"
        assert counts.keys() <= {row["key"] for row in self.rows("SELECT key FROM notices")}

    @invariant()
    def nobody_activates_without_somebody_elses_approval(self) -> None:
        for row in self.rows("SELECT r.*, count(v.user) AS votes, max(v.user = r.asked_by) AS own FROM rounds r"
                             " LEFT JOIN votes v ON v.team = r.team AND v.name = r.name AND v.round = r.id"
                             " GROUP BY r.team, r.name, r.id"):  # fmt: skip
            assert not row["own"], "who asked does not approve"
            assert row["outcome"] != "approved" or row["votes"] >= row["quorum"]
        for key, entries in self.histories().items():
            events = [entry["event"] for entry in entries]
            assert events.count("provisioned") <= events.count("approved"), f"{key}: one passage for one approval"
        opened = self.rows("SELECT name, count(*) AS n FROM rounds WHERE closed_at IS NULL GROUP BY team, name")
        assert all(row["n"] == 1 for row in opened)

    @invariant()
    def the_two_hours_are_never_shortened(self) -> None:
        for (name, life), entries in self.histories().items():
            began: int | None = None
            for entry in entries:
                if entry["after"] == State.WAITING and entry["before"] != State.WAITING:
                    began = entry["at"]
                if entry["event"] == Event.WINDOW_OPENED:
                    assert began is not None
                    assert entry["at"] - began >= TWO_HOURS, f"{name}#{life}: {entry['at'] - began} ms"
        for posted in self.life.slack.journal:
            if f"/{Kind.SENDING_ALLOWED}/1" in posted.key:
                held = self.life.platform.holds.get(posted.key.partition("/")[2].partition("#")[0])
                if held is not None and held.done_at is not None:
                    waited = posted.passed - held.done_at + self.life.clock.ahead
                    assert waited >= TWO_HOURS or held.done_at > posted.passed, f"{posted.key}: {waited} ms"

    @invariant()
    def the_platform_is_asked_to_register_once_a_life(self) -> None:
        lives = {row["name"]: row["life"] for row in self.rows("SELECT name, life FROM domains")}
        gone = {row["name"]: row["n"] for row in self.rows(
            "SELECT name, count(*) AS n FROM history WHERE event IN ('removed', 'gone') GROUP BY name")}  # fmt: skip
        for name, n in self.life.platform.registered.items():
            assert n <= lives[name] + gone.get(name, 0)

    # ---- what holds at rest

    @precondition(lambda self: self.life.lives < 40)
    @rule()
    def everything_comes_to_rest(self) -> None:
        self.rest()

    def teardown(self) -> None:
        try:
            self.rest()
        finally:
            self.do(self.life.stop())
            self.loop.close()
            shutil.rmtree(self.folder)

    def rest(self) -> None:
        """The world is well again: everything due happens and is said, everything begun ends."""
        self.life.slack.moods, self.life.platform.moods = [], []
        for held in self.life.platform.holds.values():
            held.stage = Stage.PROVISIONED if held.stage is Stage.DEPROVISIONED else held.stage
        for _ in range(400):
            for name in NAMES:
                domain = self.domain(name)
                leaving = domain is not None and domain.state in (State.REMOVING, State.REMOVED)
                self.life.dns.stands[name] = (Status.MISSING,) * 2 if leaving else (Status.RIGHT,) * 2
                if (
                    domain is not None
                    and domain.next_look_at is None
                    and domain.state in (State.AWAITING_DNS, State.STALLED)
                ):
                    self.do(self.life.act("check", ALEX, name=name))  # watching had ended: somebody looks
            self.do(self.life.mortal(self.work()))
            if self.at_rest():
                break
            self.do(self.to_the_next(10 * MINUTE))
        states = {name: domain.state for name in NAMES if (domain := self.domain(name))}
        assert set(states.values()) <= _ENDS, f"stuck: {states}"
        self.everything_was_said()

    def at_rest(self) -> bool:
        domains = [domain for name in NAMES if (domain := self.domain(name))]
        now = self.life.clock.now()
        quiet = not self.rows("SELECT 1 FROM notices WHERE state <> 'sent' LIMIT 1") and not self.rows(_STALE)
        return quiet and all(d.state in _ENDS and (d.due_at is None or d.due_at > now) for d in domains)

    def everything_was_said(self) -> None:
        notices = self.rows("SELECT * FROM notices ORDER BY seq")
        assert {n["state"] for n in notices} <= {"sent"}
        public = [n for n in notices if "to" not in json.loads(n["facts"])]
        assert self.life.slack.counts.keys() >= {n["key"] for n in public}, "every key is in the channel, once"
        for name in NAMES:
            due = [n["key"] for n in public if n["name"] == name and n["kind"] not in ("records", "card")]
            there = [p.key for p in self.life.slack.journal if p.key in due]
            assert there == due, "in order, per domain"
        for (name, life), entries in self.histories().items():
            for event, kind in SPOKEN.items():
                happened = sum(e["event"] == event for e in entries)
                said = sum(n["name"] == name and n["life"] == life and n["kind"] == kind for n in notices)
                assert said == happened, f"{name}#{life}: {event} {happened} times, {kind} said {said} times"
        assert not self.rows("SELECT 1 FROM inbox WHERE answered_at IS NULL")
        assert not self.rows(_STALE), "every card shows its domain as it is"


#: Where a domain may be once the world is well: somebody has to decide, or nothing is left to do.
_ENDS = {State.READY, State.AWAITING_APPROVAL, State.OPEN, State.REMOVED}

_STALE = "SELECT 1 FROM posts WHERE stale = 1 AND lost = 0 AND kind IN ('records', 'card', 'approval')"

_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def live(examples: int, steps: int, *phases: Phase) -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=_QUIET,
            derandomize=examples < 100,
            database=None,
            print_blob=False,
            phases=(Phase.generate, *phases),
        ),
    )


def test_whatever_happens() -> None:
    live(16, 25)  # what fails is shown as it was: making it small takes minutes, and is for `make torture`


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_whatever_happens_for_long() -> None:
    """``LIVES=1000 make torture`` lives longer; every run is another."""
    live(int(os.environ.get("LIVES", "300")), 60, Phase.shrink)  # noqa: TID251 - how long to torture is no setting of the bot
