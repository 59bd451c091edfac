"""What nobody thought of: the person reads a number, the log has the same one, and everything else goes on."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.model.outbox import Intent
from bot.slack.dispatcher import Dispatcher
from bot.slack.listeners import SlackIn
from bot.views import replies
from tests.scenarios.reading import kept
from tests.scenarios.world import ALEX, CHANNEL, NAME, TEAM, World


def reference(text: str) -> str:
    found = re.search(r"[0-9a-f]{8}", text)
    assert found is not None, text
    return found[0]


def logged(caplog: pytest.LogCaptureFixture, number: str) -> bool:
    return any(number in record.getMessage() and "Traceback" in record.getMessage() for record in caplog.records)


async def fails(*_: object, **__: object) -> None:
    raise LookupError("nobody thought of this")


async def test_before_the_command_is_carried_out(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Asking who somebody is goes wrong: the wish is answered with a number and not tried at every start."""
    with monkeypatch.context() as patch:
        patch.setattr(Dispatcher, "_meet", fails)
        await world.command(ALEX, f"add {NAME}")
    assert logged(caplog, reference(world.last(ALEX)))
    assert await world.bot.store.unfinished() == []
    await world.command(ALEX, f"add {NAME}")
    await world.forward(seconds=5)
    assert world.kinds() == ["records"]


async def test_while_its_answer_is_worded(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(replies, "problem", broken)
    await world.command(ALEX, "add xyzcorp.com")
    assert logged(caplog, reference(world.last(ALEX)))


async def test_on_the_way_to_the_acknowledgement_of_a_command(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(SlackIn, "_store", fails)
    delivery = await world.command(ALEX, f"add {NAME}")
    assert delivery.status == 200
    assert logged(caplog, reference(str(delivery.body)))
    assert not kept(world)["domains"]


async def test_on_the_way_to_the_acknowledgement_of_a_click(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await world.added()
    told = len(world.slack.private(ALEX))
    monkeypatch.setattr(SlackIn, "_store", fails)
    delivery = await world.click(ALEX, world.card, "check")
    assert delivery.status == 200
    assert len(world.slack.private(ALEX)) == told + 1
    assert logged(caplog, reference(world.last(ALEX)))


async def test_even_where_the_apology_goes_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can be told; the log has both, the wish is over, and the next one is answered."""
    with monkeypatch.context() as patch:
        patch.setattr(Dispatcher, "_meet", fails)
        patch.setattr(Dispatcher, "tell", fails)
        await world.command(ALEX, f"add {NAME}")
    assert len([r for r in caplog.records if "Traceback" in r.getMessage()]) == 2
    assert await world.bot.store.unfinished() == []
    await world.command(ALEX, "list")
    assert world.last(ALEX)


async def test_after_a_restart(world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What was carried out and could not be answered is answered with a number, once, and not at every start."""
    intent = Intent(
        "k", TEAM, {"name": "add", "text": NAME, "user": ALEX, "team": TEAM, "channel": CHANNEL, "key": "k"}, 0
    )
    await world.added()
    await world.bot.store.take(intent)
    monkeypatch.setattr(Dispatcher, "_as_it_stands", fails)
    await world.bot.answerer.resume(replace(intent, done=True, received_at=world.clock.now()))
    assert logged(caplog, reference(world.last(ALEX)))
    assert await world.bot.store.unfinished() == []
