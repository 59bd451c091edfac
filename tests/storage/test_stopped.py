"""A row that this version cannot read stops itself, and nothing else."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Unreadable
from bot.model.change import Draft
from bot.model.lifecycle import Kind
from bot.model.people import Identity, Person
from bot.model.schedule import soonest
from storage import codec
from storage.domains import PAST
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.contracts.drafts import NAME, NOW, RHYTHM, TEAM, domain, saying, stored, wish

OTHER = "news.xyzcorp.com"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "emaildomain.db", HandClock(NOW), TEAM)
    yield made
    await made.close()


def change(store: SqliteStore, sql: str, *values: Any) -> None:
    """What a newer version, or a mishap, did to the file."""
    with contextlib.closing(sqlite3.connect(store.path)) as db, db:
        db.execute(sql, values)


STRANGE_DOMAINS = [
    pytest.param("UPDATE domains SET state = 'parked' WHERE name = ?", id="a state"),
    pytest.param("UPDATE domains SET body = '{' WHERE name = ?", id="no JSON"),
    pytest.param("UPDATE domains SET body = '[]' WHERE name = ?", id="another shape"),
    pytest.param("UPDATE domains SET body = '{\"records\": []}' WHERE name = ?", id="a field that is gone"),
    pytest.param(
        "UPDATE domains SET body = json_set(body, '$.records[0]', json_object('type', 'MX', 'host', '', 'value', ''))"
        " WHERE name = ?",
        id="a type of record",
    ),
]


@pytest.mark.parametrize("strange", STRANGE_DOMAINS)
async def test_a_strange_domain_stops_no_other(store: SqliteStore, strange: str) -> None:
    await stored(store)
    other = await stored(store, OTHER)
    change(store, strange, NAME)
    with pytest.raises(Unreadable, match=NAME):
        await store.domain(TEAM, NAME)
    assert await store.domains(TEAM) == [other]
    assert await store.owned(TEAM, other.owner, [other.state], 10) == [other]
    assert list((await store.page(TEAM, [other.state], 1, 10))[0]) == [other]
    assert await store.due(NOW, 10, ()) == [other]
    assert await store.names(TEAM)
    assert store.stopped.counts == {"domain": 1}


async def test_many_strange_domains_leave_room_for_the_others(store: SqliteStore) -> None:
    for n in range(40):
        await stored(store, f"n{n}.xyzcorp.com")
    change(store, "UPDATE domains SET state = 'parked', due_at = 1")
    other = await stored(store, OTHER)
    assert await store.due(NOW, 32, ()) == [other]
    assert await store.next_due() == other.due_at, "nothing is due of those that cannot be read"


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param("UPDATE notices SET kind = 'handed_over' WHERE kind = 'ready'", id="a kind"),
        pytest.param("UPDATE notices SET facts = '{' WHERE kind = 'ready'", id="facts that are no JSON"),
        pytest.param("UPDATE notices SET facts = '[]' WHERE kind = 'ready'", id="facts of another shape"),
    ],
)
async def test_a_strange_message_stops_no_other(store: SqliteStore, strange: str) -> None:
    await store.save(saying(await stored(store), Kind.READY, Kind.APPROVAL))
    other = await store.save(saying(await stored(store, OTHER), Kind.READY))
    await store.save(saying(other, Kind.READY))
    change(store, f"{strange} AND name = ?", NAME)
    assert {(n.name, n.kind) for n in await store.sendable(NOW, 1)} | {
        (n.name, n.kind) for n in await store.sendable(NOW, 10)
    } >= {(OTHER, Kind.READY)}
    change(store, "UPDATE notices SET state = 'sending'")
    assert {n.name for n in await store.ambiguous(10)} >= {OTHER}
    assert await store.waiting(other)


async def test_what_a_newer_version_would_say_holds_up_nothing_of_that_domain(store: SqliteStore) -> None:
    await store.save(saying(await stored(store), Kind.READY, Kind.APPROVAL))
    change(store, "UPDATE notices SET kind = 'handed_over' WHERE kind = 'ready'")
    assert [n.kind for n in await store.sendable(NOW, 10)] == [Kind.APPROVAL]


async def test_people_and_wishes_of_a_newer_version_stop_no_start(store: SqliteStore) -> None:
    await store.remember(Person("U0ALEX", TEAM))
    await store.remember(Person("U0SAM", TEAM))
    await store.take(wish("command 1"))
    await store.take(wish("command 2"))
    await store.set_identity(Identity(TEAM, "U0BOT", "B0BOT"))
    change(store, "UPDATE people SET body = json_set(body, '$.pronouns', 'they') WHERE id = 'U0ALEX'")
    change(store, "UPDATE people SET body = '5' WHERE id = 'U0SAM'")
    change(store, "UPDATE inbox SET body = '5' WHERE key = 'command 1'")
    change(store, "UPDATE identity SET body = json_set(body, '$.enterprise', 'E1')")
    assert [p.id for p in await store.people(TEAM)] == ["U0ALEX"]
    assert [w.key for w in await store.unfinished()] == ["command 2"]
    found = await store.identity()
    assert found is not None
    assert found.user == "U0BOT"


async def test_one_strange_document_hides_no_other(store: SqliteStore) -> None:
    await store.put_document("kind", "good", {"a": 1})
    change(store, "INSERT INTO documents (team, kind, key, body) VALUES (?, 'kind', 'bad', '[')", TEAM)
    assert await store.documents("kind") == {"good": {"a": 1}}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**15) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "at", "records", "x"]), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted(codec._BODY))


@given(st.dictionaries(FIELDS, ANY_JSON, max_size=4), st.sampled_from(["registering", "open", "waiting", "parked"]))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_row_decodes_or_is_said_to_be_unreadable(changes: dict[str, Any], state: str) -> None:
    """Whatever a body holds: nothing but ``Unreadable`` comes out of the codec. What decodes and is no good all the
    same stops its own domain's steps (see ``tests/safety/test_no_poison.py``)."""
    row = codec.domain_row(domain())
    body = json.loads(row["body"]) | changes
    with contextlib.suppress(Unreadable):
        assert codec.domain({**row, "state": state, "body": json.dumps(body)}).name == NAME


def test_an_agenda_without_one_of_its_entries() -> None:
    first = soonest(domain(), RHYTHM)
    assert first is not None
    second = soonest(domain(), RHYTHM, {first.entry})
    assert second is not None
    assert second.entry != first.entry
    assert second.at >= first.at


async def test_an_ended_life_is_kept_while_something_of_it_is_unsaid(store: SqliteStore) -> None:
    first = await store.save(saying(await stored(store), Kind.REMOVED))
    again = Draft(first, NOW)
    again.domain = first.but(life=2, owner="U0SAM")
    await store.save(again.change(RHYTHM))
    was = await store.past(TEAM, NAME, 1)
    assert was is not None
    assert was.owner == "U0ALEX"
    (notice,) = await store.sendable(NOW, 10)
    begun = await store.begin_sending(notice, "life", NOW, "C0MAIL", None)
    assert begun is not None
    await store.end(begun, "past")
    await store.tidy(0, 0)
    assert await store.documents(PAST) == {}
