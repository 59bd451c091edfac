"""What version 0.1 really wrote, in every state, is read: each domain, each open question, each message owed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from bot.model.approval import Purpose
from bot.model.change import Draft
from bot.model.lifecycle import Kind as KindOfMessage
from bot.model.lifecycle import State
from bot.model.observations import Approval, Observations, Org, Wish
from bot.model.records import public_key
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.contracts.drafts import RHYTHM
from tests.scenarios.world import ALEX, CHANNEL, SAM, TEAM
from tests.storage.test_upgrade import STEPS
from tests.storage.written import BEGAN_AT, KINDS, STATES, WRITTEN_AT, Kind, WrittenBefore, full

#: (purpose, quorum, who has approved)
ROUNDS = {
    full("asked"): (Purpose.ACTIVATION, 1, ()),
    full("voted"): (Purpose.ACTIVATION, 2, (SAM,)),
    full("leaving"): (Purpose.REMOVAL, 1, ()),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def store(kind: Kind, written_before: WrittenBefore) -> AsyncIterator[SqliteStore]:
    """The file of 0.1, opened by this version."""
    opened = SqliteStore(written_before(kind), HandClock(WRITTEN_AT), TEAM)
    yield opened
    await opened.close()


def test_it_is_a_file_of_that_version(kind: Kind, written_before: WrittenBefore) -> None:
    with closing(sqlite3.connect(written_before(kind))) as db:
        made = [row[0] for row in db.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
        assert made == STEPS[: STEPS.index("m006_whose_key") + 1]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_every_domain_comes_back_in_its_state(kind: Kind, store: SqliteStore) -> None:
    found = {d.name: d for d in await store.domains(TEAM)}
    assert {name: d.state for name, d in found.items()} == STATES[kind]
    assert set(STATES[kind].values()) == set(State), "every state there is in 0.1"
    assert await store.names(TEAM) == {n: s for n, s in STATES[kind].items() if s is not State.REMOVED}
    assert await store.check() == "ok"
    for name, domain in found.items():
        assert await store.domain(TEAM, name) == domain
        assert domain.owner == domain.added_by == ALEX
        assert BEGAN_AT <= domain.added_at <= domain.since <= WRITTEN_AT
        history = await store.history(domain, 1000)
        assert history
        key = public_key(domain.records)
        never = name in {full("registering"), full("preparing"), full("refused")}
        assert (key is None, domain.look is None, len(domain.records)) == (never, never, 0 if never else 2)
        if key:
            assert await store.holder(key) == (None if domain.state is State.REMOVED else name)


async def test_open_rounds_come_back_with_their_votes(store: SqliteStore) -> None:
    rounds = {d.name: d.round for d in await store.domains(TEAM) if d.round is not None}
    assert {name: (r.purpose, r.quorum, r.voters) for name, r in rounds.items()} == ROUNDS
    assert {d.name for d in await store.asked(TEAM, 10)} == ROUNDS.keys()
    for name, asked in rounds.items():
        assert asked == await store.round(TEAM, name, asked.id)
        domain = await store.domain(TEAM, name)
        assert domain is not None
        assert asked.open and asked.asked_by == ALEX and asked.digest == domain.digest
        assert domain.turn is State.AWAITING_APPROVAL
    for number, purpose in ((1, Purpose.ACTIVATION), (2, Purpose.REMOVAL)):
        past = await store.round(TEAM, full("removed"), number)
        assert past is not None
        assert (past.purpose, past.outcome, past.voters) == (purpose, "approved", (SAM,))


async def test_what_sets_each_apart_is_there(kind: Kind, store: SqliteStore) -> None:
    of = {d.name.partition(".")[0]: d for d in await store.domains(TEAM)}
    assert {label for label, d in of.items() if d.life == 2} == {"again"}
    assert not any(d.deleting for d in of.values()), "looked at afresh"
    assert {label for label, d in of.items() if d.held} == {"held"}
    assert of["held"].held_by == "dns" and of["held"].turn is State.DEGRADED
    assert of["waiting"].opens_at is not None and of["waiting"].opens_at > WRITTEN_AT
    assert bool(of["waiting"].guarded) == (kind == "genesys")
    assert of["activating"].asked_verify_at == WRITTEN_AT and of["activating"].opens_at is None
    assert of["degraded"].trouble == "dns"
    assert of["awaiting"].said and of["awaiting"].said[0].startswith("WRONG_TARGET")
    assert {d.org for d in of.values()} == {"XYZ Corp" if kind == "genesys" else "Practice"}
    assert {label for label, d in of.items() if d.conflicts} == (
        {"adopted", "imported"} if kind == "genesys" else set()
    )


async def test_what_was_not_done_yet_is_still_owed(store: SqliteStore) -> None:
    assert [n.key for n in await store.ambiguous(10)] == [f"{TEAM}/{full('activating')}#1/decided/1"]
    owed = {d.name: [n.kind.value for n in notices] for d in await store.domains(TEAM)
            if (notices := await store.waiting(d))}  # fmt: skip
    assert owed == {full("activating"): ["decided"], full("untold"): ["records", "ready"]}
    (wish,) = await store.unfinished()
    assert (wish.body["name"], wish.body["text"], wish.done) == ("add", full("wished"), False)
    assert await store.next_due() is not None


# ---- what the upgrade makes of it


async def observed(store: SqliteStore) -> dict[str, Observations]:
    return {d.name.partition(".")[0]: d.observations for d in await store.domains(TEAM)}


#: Domains of which nothing says that we created them: another org has the name, or it was there before.
NOT_OURS = {"refused", "adopted", "imported"}

#: The platform was asked to delete them, and with that 0.1 forgot what it had asked for before.
FORGOTTEN = {"deleting", "removed"}

#: No record of them was ever seen in DNS.
UNPUBLISHED = {"registering", "preparing", "again", "stalled", "refused"}


async def test_our_own_creates_are_on_record(kind: Kind, store: SqliteStore) -> None:
    found = await observed(store)
    never_asked = {"registering"} if kind == "embedded" else set()  # practice: what was not made was not asked for
    not_ours = (NOT_OURS & found.keys()) | FORGOTTEN | never_asked
    assert {label for label, seen in found.items() if seen.created is None} == not_ours
    domains = {d.name.partition(".")[0]: d for d in await store.domains(TEAM)}
    for label, seen in found.items():
        made = seen.created
        if made is None:
            continue
        assert made.org == Org("", "", ""), "in which org, nobody wrote down"
        if label == "registering":
            assert (made.at, made.answered_at, made.lost) == (domains[label].added_at, None, True)
            continue
        assert not made.lost and made.answered_at is not None
        assert domains[label].added_at == made.at <= made.answered_at <= WRITTEN_AT
        if label == "preparing":
            continue
        (known,) = [e for e in await store.history(domains[label], 1000) if e.event == "records_known"]
        assert made.answered_at == known.at, label


async def test_what_was_imported_is_known_as_that(kind: Kind, store: SqliteStore) -> None:
    domains = {d.name.partition(".")[0]: d for d in await store.domains(TEAM)}
    found = {label: seen.approvals for label, seen in (await observed(store)).items() if seen.approvals}
    (activation,) = found.pop("activating")
    assert (activation.purpose, activation.org, activation.digest) == (Purpose.ACTIVATION, "", ""), "as it was decided"
    assert found == (
        {label: (Approval(domains[label].added_at, 0, Purpose.IMPORT, ""),) for label in ("adopted", "imported")}
        if kind == "genesys"
        else {}
    )


async def test_what_may_have_been_published(store: SqliteStore) -> None:
    found = await observed(store)
    assert {label for label, seen in found.items() if seen.published_at is None} == UNPUBLISHED & found.keys()
    domains = {d.name.partition(".")[0]: d for d in await store.domains(TEAM)}
    assert {d.since for label, d in domains.items() if label not in UNPUBLISHED} == {
        seen.published_at for seen in found.values() if seen.published_at is not None
    }


async def test_removals_go_on_from_their_wish(store: SqliteStore) -> None:
    domains = {d.name.partition(".")[0]: d for d in await store.domains(TEAM)}
    assert {label for label, d in domains.items() if d.observations.wish} == {"removing", "deleting"}
    for label, before in (("removing", State.READY), ("deleting", State.AWAITING_DNS)):
        domain = domains[label]
        assert domain.observations.wish == Wish(domain.since, ALEX)
        assert domain.removing_from is before
        assert domain.observations.deleted is None and domain.observations.last is None, "looked at afresh"
        assert domain.due_at == domain.next_look_at == domain.since


async def test_in_which_org_they_are_is_not_known_yet(kind: Kind, store: SqliteStore) -> None:
    assert {(d.platform, d.org_id) for d in await store.domains(TEAM)} == {("", "")}
    assert await store.documents("genesys") == {}, "the platform remembers nothing any more"
    assert bool(await store.documents("embedded")) == (kind == "embedded")


async def test_what_was_decided_is_frozen(kind: Kind, written_before: WrittenBefore) -> None:
    path = written_before(kind)
    await SqliteStore(path, HandClock(WRITTEN_AT), TEAM).close()
    with closing(sqlite3.connect(path)) as db:
        posts = "SELECT p.name, p.frozen_at, r.closed_at FROM posts p JOIN notices n USING (team, key)"
        found = db.execute(
            f"{posts} JOIN rounds r ON r.name = p.name AND r.id = json_extract(n.facts, '$.round')"
            " WHERE p.kind = 'approval'"
        ).fetchall()
        assert len(found) >= 8
        decisions = db.execute("SELECT count(*) FROM posts WHERE kind = 'decided'").fetchone()
        assert all(frozen == closed for _, frozen, closed in found), "the request of a round that goes on is not"
        assert (
            db.execute("SELECT count(*) FROM posts WHERE kind <> 'approval' AND frozen_at > 0").fetchone() == decisions
        )
        rounds = db.execute("SELECT name, org_id, channel FROM rounds WHERE closed_at IS NULL").fetchall()
        assert sorted(rounds) == sorted((name, "", CHANNEL) for name in ROUNDS)


async def test_what_is_frozen_is_not_rendered_again(store: SqliteStore) -> None:
    await store.mark_all_stale(list(KindOfMessage))
    stale = await store.stale_posts(WRITTEN_AT, 1000, list(KindOfMessage))
    asked = {(post.name, notice.facts["round"]) for post, notice in stale if post.kind is KindOfMessage.APPROVAL}
    assert asked == {(full("asked"), 1), (full("voted"), 1), (full("leaving"), 2)}
    for post, _ in stale:
        await store.shown(post, "hash", 10**6)
    domain = await store.domain(TEAM, full("activating"))
    assert domain is not None
    draft = Draft(domain, WRITTEN_AT)
    draft.note("checked", by="dns").say(KindOfMessage.FAILED)
    await store.save(draft.change(RHYTHM))
    kinds = {post.kind for post, _ in await store.stale_posts(WRITTEN_AT, 1000, list(KindOfMessage))}
    assert KindOfMessage.APPROVAL not in kinds and KindOfMessage.RECORDS in kinds
