"""Private questions and interim answers are used up: what follows takes their place."""

from __future__ import annotations

import pytest

from bot.runtime import task_pool
from bot.tryout.slack.simulated import words
from tests.scenarios.reading import buttons
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, World

FOUR = "a.xyzcorp.com b.xyzcorp.com c.xyzcorp.com d.xyzcorp.com"


def private(world: World, person: str = ALEX) -> list[str]:
    return [words(m) for m in world.slack.private(person) if not m.tombstone]


async def test_the_question_about_many_names(world: World) -> None:
    await world.command(ALEX, f"add {FOUR}")
    question = world.slack.private(ALEX)[-1]
    assert [b["action_id"] for b in buttons(question)] == ["add_all"]
    await world.click(ALEX, question, "add_all")
    (answer,) = private(world)
    assert "a.xyzcorp.com" in answer
    assert "Add these" not in answer


async def test_the_question_about_what_stands_there(world: World) -> None:
    world.zone.add(NAME, "MX", "10 mail.xyzcorp.com.")
    await world.command(ALEX, f"add {NAME}")
    await world.click(ALEX, world.slack.private(ALEX)[-1], "add_anyway")
    (answer,) = private(world)
    assert "being prepared" in answer


async def test_a_question_whose_answer_is_refused_stays(world: World) -> None:
    await world.command(ALEX, f"add {FOUR}")
    question = world.slack.private(ALEX)[-1]
    world.slack.workspace.people[ALEX].is_restricted = True
    world.clock.forward(120_000)
    await world.click(ALEX, question, "add_all")
    assert len(private(world)) == 1 or "Add these" in private(world)[0]


async def test_what_is_known_so_far_is_replaced_by_what_is_known(world: World) -> None:
    await world.ready()
    world.zone.servers[1].silence()
    before = len(private(world))
    await world.command(ALEX, f"check {NAME}")
    said = private(world)[before:]
    assert len(said) == 1
    assert "So far" not in said[0]


async def test_a_click_on_a_card_is_answered_once_and_the_card_stays(world: World) -> None:
    await world.ready()
    world.zone.servers[1].silence()
    card, before = words(world.card), len(private(world))
    await world.click(ALEX, world.card, "check")
    assert len(private(world)) == before + 1
    assert words(world.card).splitlines()[0] == card.splitlines()[0]


async def test_a_name_that_is_known_says_so_since_when_and_by_whom(world: World) -> None:
    await world.ready()
    await world.command(SAM, f"add {NAME}")
    assert f"`{NAME}` was already added by <@{ALEX}>" in world.last(SAM).replace("&lt;", "<")
    assert "DNS for" in world.last(SAM)
    await world.command(SAM, f"status {NAME}")
    assert "Added by" in world.last(SAM)


async def test_a_list_of_a_thousand_words(world: World) -> None:
    await world.added()
    await world.command(ALEX, "list " + "sales " * 1200)
    assert NAME in world.last(ALEX)
    await world.command(ALEX, "list " + "nowhere " * 1200)
    assert NAME not in world.last(ALEX)
    assert "database" not in world.last(ALEX)


async def test_words_for_refused_clicks_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.ready()
    pool = world.bot.background
    monkeypatch.setattr(type(pool), "full", property(lambda _: True))
    monkeypatch.setattr(task_pool, "WORDS", -(10**9))
    people = [f"U0P{n:04}" for n in range(30)]
    for person in people:
        world.slack.workspace.add_person(person, person.lower(), real_name=person)
    world.slack.workspace.channels[CHANNEL].members.extend(people)
    for person in people:
        await world.slack.click(person, world.card, "check")
    assert len(pool) == 0
    assert dict(world.bot.slack.refused)[("untold",)] > 20
