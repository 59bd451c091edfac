"""What a Store promises. Every adapter of the port is held to this."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import AlreadyDone, Superseded
from bot.model.approval import Outcome, Purpose, Round
from bot.model.change import Draft
from bot.model.domain import EmailDomain
from bot.model.lifecycle import Event, Kind, State
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.people import Identity, Person
from bot.model.permits import Step
from bot.model.records import DnsRecord, RecordType
from bot.ports import Store
from storage.sqlite import SqliteStore
from tests import permits
from tests.clock import HandClock
from tests.contracts.drafts import NAME, NOW, RHYTHM, TEAM, added, domain, prepared, saying, stored, wish


@pytest.fixture(params=["sqlite"])
async def store(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    made = SqliteStore(tmp_path / "emaildomain.db", HandClock(NOW), TEAM)
    yield made
    await made.close()


# ---- changes


async def test_what_was_saved_is_what_is_read(store: Store) -> None:
    saved = await stored(store)
    assert saved.version == 1
    assert await store.domain(TEAM, NAME) == saved
    assert [e.event for e in await store.history(saved, 10)] == ["added"]


async def test_the_faster_one_wins_and_the_other_is_told(store: Store) -> None:
    """Compare and set on the version: nothing of the slower change is written."""
    before = await stored(store)
    results = await asyncio.gather(*(store.save(prepared(before)) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(r, Superseded) for r in results) == 4
    after = await store.domain(TEAM, NAME)
    assert after is not None
    assert after.version == 2
    assert [e.event for e in await store.history(after, 10)] == ["records_known", "added"]
    assert len(await store.waiting(after)) == 1


async def test_a_look_that_found_nothing_changed_is_kept_like_any_other(store: Store) -> None:
    before = await seen_once(store)
    assert before.look is not None
    change = Draft(before, NOW + 2).set(look=before.look.again(NOW + 2), next_look_at=NOW + 60_000).change(RHYTHM)
    assert change.again
    assert not change.loud
    after = await store.save(change)
    assert await store.domain(*before.id) == after
    assert (after.look, after.next_look_at) == (before.look.again(NOW + 2), NOW + 60_000)
    with pytest.raises(Superseded):
        await store.save(change)


async def test_looks_of_one_moment_that_found_nothing_changed_are_kept_each_by_itself(store: Store) -> None:
    seen = [await seen_once(store, name) for name in ("a.xyzcorp.com", "b.xyzcorp.com", "c.xyzcorp.com")]
    changes = [
        Draft(one, NOW + 2).set(look=one.look.again(NOW + 2), next_look_at=NOW + n).change(RHYTHM)
        for n, one in enumerate(seen, 60_000)
        if one.look is not None
    ]
    faster = await store.save(Draft(seen[1], NOW + 1).set(owner="U0SAM").change(RHYTHM))
    first, second, third = await asyncio.gather(*map(store.save, changes), return_exceptions=True)
    assert isinstance(second, Superseded)
    assert [await store.domain(*one.id) for one in seen] == [first, faster, third]
    assert isinstance(first, EmailDomain)
    assert (first.version, first.next_look_at) == (seen[0].version + 1, NOW + 60_000)
    again = await asyncio.gather(store.save(changes[0]), store.save(changes[2]), return_exceptions=True)
    assert [type(each) for each in again] == [Superseded, Superseded]


async def test_what_anybody_could_see_is_told_from_what_only_times_changed(store: Store) -> None:
    before = await seen_once(store)
    assert before.look is not None
    silent: list[dict[str, Any]] = [
        {"next_look_at": 5},
        {"next_platform_at": 5, "platform_tries": 3},
        {"owner": before.owner},
    ]
    heard: list[dict[str, Any]] = [
        {"owner": "U2"},
        {"look": None},
        {"bad_since": NOW},
        {"look": replace(before.look, problem="egress")},
    ]
    assert [Draft(before, NOW).set(**c).change(RHYTHM).loud for c in silent] == [False] * len(silent)
    assert [Draft(before, NOW).set(**c).change(RHYTHM).loud for c in heard] == [True] * len(heard)
    assert not any(Draft(before, NOW).set(**c).change(RHYTHM).again for c in (*silent[1:], *heard))


async def seen_once(store: Store, name: str = NAME) -> EmailDomain:
    """A domain whose records were looked at."""
    record = DnsRecord(RecordType.CNAME, name, "sparkpostmail.com")
    answers = (Answer("ns1.xyzcorp.com", "192.0.2.1", Status.RIGHT, (record.value,)),)
    look = Look(name, NOW, (RecordLook(record, answers),), thorough_at=NOW)
    changes: dict[str, Any] = {"records": (record,), "look": look, "next_look_at": NOW}
    return await store.save(Draft(await stored(store, name), NOW).set(**changes).change(RHYTHM))


async def test_a_name_is_added_once(store: Store) -> None:
    results = await asyncio.gather(*(store.save(added(domain())) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(r, Superseded) for r in results) == 2


async def test_one_failing_change_does_not_lose_the_others(store: Store) -> None:
    """They wait together and share a commit; only the one that is too late fails."""
    stale = await stored(store, "old.xyzcorp.com")
    await store.save(prepared(stale))
    names = [f"n{n}.xyzcorp.com" for n in range(20)]
    results = await asyncio.gather(
        *(store.save(added(domain(name))) for name in names[:10]),
        store.save(prepared(stale)),
        *(store.save(added(domain(name))) for name in names[10:]),
        return_exceptions=True,
    )
    assert isinstance(results[10], Superseded)
    assert sum(isinstance(r, BaseException) for r in results) == 1
    assert len(await store.domains(TEAM)) == 21


async def test_teams_do_not_see_each_other(store: Store) -> None:
    """The same name in two workspaces is two domains, with messages and histories of their own."""
    ours, theirs = await stored(store), await stored(store, team="T0OTHER")
    await store.save(prepared(theirs))
    assert await store.domain(TEAM, NAME) == ours
    assert [d.team for d in await store.domains(TEAM)] == [TEAM]
    assert await store.waiting(ours) == []
    assert await store.take(wish(team=TEAM))
    assert await store.take(wish(team="T0OTHER")), "the same key of another workspace is another wish"
    await store.remember(Person("U0ALEX", TEAM, language="ja"))
    assert await store.people("T0OTHER") == []


# ---- intentions


async def test_a_wish_is_taken_once(store: Store) -> None:
    assert await asyncio.gather(*(store.take(wish()) for _ in range(5))) == [True, *[False] * 4]
    assert [i.key for i in await store.unfinished()] == ["command 1"]
    assert not (await store.unfinished())[0].done


async def test_a_wish_is_carried_out_once(store: Store) -> None:
    """Done in the transaction that saves its first effect; the second time nothing is saved."""
    await store.take(wish())
    saved = await store.save(added(domain(), "command 1"))
    assert (await store.unfinished())[0].done
    with pytest.raises(AlreadyDone):
        await store.save(prepared(saved, "command 1"))
    assert await store.domain(TEAM, NAME) == saved
    await store.finish("command 1")
    assert await store.unfinished() == []
    assert not await store.take(wish()), "delivered again later, it is still known"


async def test_a_change_that_fails_leaves_its_wish_open(store: Store) -> None:
    await stored(store)
    await store.take(wish())
    with pytest.raises(Superseded):
        await store.save(added(domain(), "command 1"))
    assert not (await store.unfinished())[0].done


# ---- the first few of many


async def test_somebodys_domains_by_state_in_the_order_asked_for(store: Store) -> None:
    for name in ("b.xyzcorp.com", "a.xyzcorp.com", "c.xyzcorp.com"):
        await store.save(prepared(await stored(store, name)))
    await stored(store, "d.xyzcorp.com")
    await store.save(added(domain("e.xyzcorp.com").but(owner="U0SAM")))
    await stored(store, "theirs.xyzcorp.com", team="T0OTHER")
    gone = await stored(store, "gone.xyzcorp.com")
    await store.save(
        Draft(gone, NOW).move(Event.REFUSED, by="platform", permit=permits.of(gone, Step.REFUSE)).change(RHYTHM)
    )

    async def names(owner: str, *states: State, most: int = 10) -> list[str]:
        return [d.name[0] for d in await store.owned(TEAM, owner, states, most)]

    assert await names("U0ALEX", State.REGISTERING, State.AWAITING_DNS) == ["d", "a", "b", "c"]
    assert await names("U0ALEX", State.AWAITING_DNS, State.REGISTERING, most=2) == ["a", "b"]
    assert await names("U0SAM", State.REGISTERING, State.AWAITING_DNS) == ["e"]
    assert await names("U0ALEX", State.OPEN) == []


async def test_open_rounds_are_found_soonest_over_first(store: Store) -> None:
    for name, hours in (("late.xyzcorp.com", 3), ("soon.xyzcorp.com", 1), ("over.xyzcorp.com", 2)):
        asked = Round(1, Purpose.REMOVAL, "U0ALEX", NOW, "digest", 1, NOW + hours * 3_600_000)
        saved = await store.save(Draft(await stored(store, name), NOW).open_round(asked).change(RHYTHM))
        if name.startswith("over"):
            draft = Draft(saved, NOW)
            draft.close_round(Outcome.WITHDRAWN, by="U0ALEX")
            await store.save(draft.change(RHYTHM))
    found = await store.asked(TEAM, 10)
    assert [(d.name, d.round is not None) for d in found] == [("soon.xyzcorp.com", True), ("late.xyzcorp.com", True)]
    assert [d.name for d in await store.asked(TEAM, 1)] == ["soon.xyzcorp.com"]
    assert await store.asked("T0OTHER", 10) == []


# ---- messages


async def test_messages_are_numbered_per_kind_and_life(store: Store) -> None:
    first = await store.save(saying(await stored(store), Kind.REMINDER, Kind.FAILED, Kind.REMINDER))
    await store.save(saying(first.but(life=2), Kind.REMINDER))
    keys = [n.key for n in await store.waiting(first)]
    prefix = f"{TEAM}/{NAME}"
    assert keys == [
        f"{prefix}#1/reminder/1", f"{prefix}#1/failed/1", f"{prefix}#1/reminder/2", f"{prefix}#2/reminder/1",
    ]  # fmt: skip


async def test_of_each_domain_only_the_first_unsent_message_may_go(store: Store) -> None:
    one = await store.save(saying(await stored(store), Kind.RECORDS, Kind.READY))
    await store.save(saying(await stored(store, "other.xyzcorp.com"), Kind.RECORDS))
    assert [(n.name, n.kind) for n in await store.sendable(NOW, 10)] == [
        (NAME, Kind.RECORDS), ("other.xyzcorp.com", Kind.RECORDS),
    ]  # fmt: skip
    begun = await store.begin_sending((await store.sendable(NOW, 10))[0], "life", NOW, "C0MAIL", None)
    assert begun is not None
    assert [n.name for n in await store.sendable(NOW, 10)] == ["other.xyzcorp.com"], "unclear ones hold the rest back"
    assert [n.key for n in await store.ambiguous(10)] == [begun.key]
    await store.sent(begun, "C0MAIL", "1.000001", "hash", 1)
    assert [n.kind for n in await store.sendable(NOW, 10) if n.name == NAME] == [Kind.READY]
    card = await store.card(one)
    assert card is not None
    assert card.ts == "1.000001"


async def test_what_a_person_is_told_in_private_has_an_order_of_its_own(store: Store) -> None:
    draft = Draft(await stored(store), NOW).say(Kind.REMINDER, {"to": "U0ALEX"}).say(Kind.READY)
    await store.save(draft.say(Kind.FAILED, {"to": "U0ALEX"}).change(RHYTHM))
    first, second = await store.sendable(NOW, 10)
    assert (first.kind, second.kind) == (Kind.REMINDER, Kind.READY)
    await store.put_back(first, NOW + 3_600_000)
    assert [n.kind for n in await store.sendable(NOW, 10)] == [Kind.READY], "neither it nor what comes after it"


async def test_only_one_attempt_begins(store: Store) -> None:
    await store.save(saying(await stored(store), Kind.RECORDS))
    (notice,) = await store.sendable(NOW, 10)
    begun = await asyncio.gather(*(store.begin_sending(notice, "life", NOW, "C0MAIL", None) for _ in range(4)))
    assert sum(b is not None for b in begun) == 1


async def test_an_old_attempt_cannot_settle_a_new_one(store: Store) -> None:
    """Compared with the attempt: what a slow answer of the first try says counts no more after the second began."""
    await store.save(saying(await stored(store), Kind.RECORDS))
    (notice,) = await store.sendable(NOW, 10)
    first = await store.begin_sending(notice, "a", NOW, "C0MAIL", "1.5")
    assert first is not None
    assert first.thread == "1.5"
    await store.put_back(first, 0)
    second = await store.begin_sending(first, "b", NOW + 5, "C0MAIL", None)
    assert second is not None
    assert (second.attempt, second.anchor) == (2, NOW), "looked for from the first try on"
    await store.sent(first, "C0MAIL", "1.000001", "hash", 1)
    await store.put_back(first, 0)
    assert [n.attempt for n in await store.ambiguous(10)] == [2]


async def test_the_next_moment_is_that_of_a_message_whose_turn_it_is(store: Store) -> None:
    """One that waits behind another does not count, nor one that may go already."""
    await store.save(saying(await stored(store), Kind.RECORDS, Kind.READY))
    assert await store.next_sendable(NOW) is None
    (notice,) = await store.sendable(NOW, 10)
    await store.put_back(notice, NOW + 9_000, "not_in")
    assert await store.next_sendable(NOW) == NOW + 9_000
    assert await store.sendable(NOW + 8_999, 10) == []
    assert len(await store.sendable(NOW + 9_000, 10)) == 1


async def test_a_card_that_changed_while_it_was_updated_stays_stale(store: Store) -> None:
    saved = await store.save(saying(await stored(store), Kind.RECORDS))
    (notice,) = await store.sendable(NOW, 10)
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.sent(begun, "C0MAIL", "1.000001", "hash", saved.version)
    ((post, _),) = await store.stale_posts(NOW, 10, [Kind.RECORDS])
    await store.save(saying(saved))
    await store.shown(post, "new hash", saved.version)
    assert len(await store.stale_posts(NOW, 10, [Kind.RECORDS])) == 1
    await store.shown(post, "newer hash", saved.version + 1)
    assert await store.stale_posts(NOW, 10, [Kind.RECORDS]) == []


async def test_a_card_is_compared_again_only_after_what_it_could_show(store: Store) -> None:
    seen = await seen_once(store)
    assert seen.look is not None
    saved = await store.save(saying(seen, Kind.RECORDS))
    (notice,) = await store.sendable(NOW, 10)
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.sent(begun, "C0MAIL", "1.000001", "hash", saved.version)
    ((post, _),) = await store.stale_posts(NOW, 10, [Kind.RECORDS])
    await store.shown(post, "hash", saved.version)
    quiet = Draft(saved, NOW + 2).set(look=seen.look.again(NOW + 2), next_look_at=NOW + 60_000, platform_tries=1)
    saved = await store.save(quiet.change(RHYTHM))
    assert await store.stale_posts(NOW, 10, [Kind.RECORDS]) == []
    await store.save(Draft(saved, NOW + 3).set(owner="U0SAM").change(RHYTHM))
    assert len(await store.stale_posts(NOW, 10, [Kind.RECORDS])) == 1


async def test_a_deleted_card_is_owed_once(store: Store) -> None:
    saved = await store.save(saying(await stored(store), Kind.RECORDS))
    (notice,) = await store.sendable(NOW, 10)
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.sent(begun, "C0MAIL", "1.000001", "hash", 1)
    ((post, _),) = await store.stale_posts(NOW, 10, [Kind.RECORDS])
    assert await asyncio.gather(*(store.lost_post(post, saved) for _ in range(3))) == [True, False, False]
    assert [n.kind for n in await store.waiting(saved)] == [Kind.CARD]
    assert await store.card(saved) is None


# ---- the rest


async def test_what_is_due_comes_earliest_first(store: Store) -> None:
    for n, name in enumerate(["b.xyzcorp.com", "a.xyzcorp.com", "c.xyzcorp.com"]):
        await store.save(added(domain(name).but(next_platform_at=NOW - 10 * n)))
    due = await store.due(NOW, 2, set())
    assert [d.name for d in due] == ["c.xyzcorp.com", "a.xyzcorp.com"]
    assert [d.name for d in await store.due(NOW, 2, {d.id for d in due})] == ["b.xyzcorp.com"]
    assert await store.due(NOW - 1000, 10, set()) == []
    assert await store.next_due() == NOW - 20


async def test_who_we_are_and_documents_are_kept(store: Store) -> None:
    identity = Identity(team=TEAM, user="U0BOT", bot="B0BOT", url="", name="xyzcorp")
    await store.set_identity(identity)
    assert await store.identity() == identity
    await store.put_document("embedded", NAME, {"records": []})
    assert await store.document("embedded", NAME) == {"records": []}
    assert await store.document("other", NAME) is None
    await store.put_document("embedded", NAME, None)
    assert await store.document("embedded", NAME) is None


async def test_answered_wishes_are_forgotten_in_the_end_open_ones_never(store: Store) -> None:
    await store.take(wish("command 1"))
    await store.take(wish("command 2"))
    await store.finish("command 1")
    await store.tidy(NOW + 1, NOW + 1)
    assert await store.take(wish("command 1")), "forgotten"
    assert [i.key for i in await store.unfinished()] == ["command 1", "command 2"]
    assert (await store.domain(TEAM, "nobody.xyzcorp.com")) is None
    assert State.REGISTERING not in [d.state for d in await store.domains(TEAM)]
    assert await store.check() == "ok"
