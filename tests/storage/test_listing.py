"""A page from the index is the page that reading every domain would give."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.people import Seen
from bot.services.listing import _ORDER, PAGE
from storage.sqlite import SqliteStore
from tests.bench import crowd
from tests.clock import HandClock
from tests.contracts.drafts import NOW, TEAM, added, domain

MANY = 230


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    crowd.write(tmp_path / "emaildomain.db", MANY, team=TEAM, channel="C0MAIL", owner="U0ALEX", now=NOW)
    made = SqliteStore(tmp_path / "emaildomain.db", HandClock(NOW), TEAM)
    yield made
    await made.close()


async def by_reading_all(store: SqliteStore, word: str = "") -> list[EmailDomain]:
    found = [
        d for d in await store.domains(TEAM) if d.state is not State.REMOVED and (word in d.name or word in d.state)
    ]
    return sorted(found, key=lambda d: (_ORDER.index(d.turn), d.name))


@pytest.mark.parametrize("word", ["", "7", "open", "nothing-like-this"])
async def test_every_page_is_the_right_one(store: SqliteStore, word: str) -> None:
    expected = await by_reading_all(store, word)
    pages = max(1, -(-len(expected) // PAGE))
    for number in range(-1, pages + 3):
        found, shown, total = await store.page(TEAM, _ORDER, number, PAGE, word.split())
        assert total == len(expected)
        assert shown == min(max(1, number), pages)
        assert list(found) == expected[(shown - 1) * PAGE : shown * PAGE]


async def test_every_word_counts_and_idn_is_found_as_people_write_it(store: SqliteStore) -> None:
    await store.save(added(domain("xn--bcher-kva.xyzcorp.com")))
    for words, expected in ((["bücher"], 1), (["xn--"], 1), (["bücher", "registering"], 1), (["bücher", "open"], 0)):
        found, _, total = await store.page(TEAM, _ORDER, 1, PAGE, words)
        assert (total, [d.name for d in found]) == (expected, ["xn--bcher-kva.xyzcorp.com"] * expected), words


async def test_names_and_what_may_have_been_meant(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.listing._SIMILAR", MANY)
    here = {d.name: d.state for d in await by_reading_all(store)}
    assert dict(await store.names(TEAM)) == here
    removed = {d.name for d in await store.domains(TEAM)} - here.keys()
    few = {*list(here)[:3], *removed, "nobody.xyzcorp.com"}
    assert removed
    assert await store.names(TEAM, few) == {name: here[name] for name in list(here)[:3]}
    assert await store.names(TEAM, ()) == {}
    assert set(await store.similar(TEAM, "d10x.xyzcorp.com")) == set(here), "with few domains, every one"
    assert await store.names("T0OTHER") == {}


async def test_the_likeliest_are_among_few(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.listing._SIMILAR", 40)
    assert "d101.xyzcorp.com" in await store.similar(TEAM, "d10.xyzcorp.com")
    assert len(await store.similar(TEAM, "d10.xyzcorp.com")) == 40


async def test_every_state_has_its_place_in_the_order() -> None:
    assert set(_ORDER) == set(State) - {State.REMOVED}


async def test_only_what_may_be_seen_is_listed(store: SqliteStore) -> None:
    for n, (channel, owner) in enumerate([("C0NEWS", "U0SAM"), ("C0NEWS", "U0ALEX"), ("G0SECRET", "U0SAM")]):
        await store.save(added(domain(f"n{n}.xyzcorp.com").but(channel=channel, owner=owner)))
    assert await store.channels(TEAM) == ["C0MAIL", "C0NEWS", "G0SECRET"]
    assert await store.channels("T2") == []

    async def listed(*channels: str, owner: str = "U0NOBODY", words: tuple[str, ...] = ()) -> tuple[list[str], int]:
        found, _, total = await store.page(TEAM, _ORDER, 1, PAGE, words, Seen(owner, channels))
        return [d.name for d in found], total

    assert await listed() == ([], 0)
    assert await listed("C0NEWS") == (["n0.xyzcorp.com", "n1.xyzcorp.com"], 2)
    assert await listed("C0NEWS", owner="U0SAM") == ([f"n{n}.xyzcorp.com" for n in range(3)], 3)
    assert await listed("C0NEWS", owner="U0SAM", words=("n2",)) == (["n2.xyzcorp.com"], 1)
    assert (await listed("C0MAIL"))[1] == len(await by_reading_all(store)) - 3
    assert await listed("C0NEWS' OR '1'='1") == ([], 0)
