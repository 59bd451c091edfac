"""Too many at once from one person: a word in their language, nothing stored, and nobody else notices."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import Bot, Parts
from bot.config import settings
from bot.slack.listeners import BURST
from bot.slack.rate_limits import PerUserLimiter
from bot.tryout.slack.simulated import words
from tests.scenarios.reading import expect, kept
from tests.scenarios.world import ALEX, CHANNEL, NAME, SAM, SUZUKI, World


class Patience:
    """Seconds that pass by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Slow(World):
    """A world whose rate limits go by a clock that stands still."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.patience = Patience()

    async def start(self) -> None:
        self._bot = Bot(settings.load(self.environ, None), Parts(clock=self.clock, pacing=self.patience))
        await self.bot.start()
        self.slack.request_url = f"http://127.0.0.1:{self.bot.front.port}/slack/events"
        async with asyncio.timeout(10):
            while self.bot.ports.identity() is None:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.005)
        await self.settle()


def wishes(world: World) -> int:
    with closing(sqlite3.connect(world.path / "emaildomain.db")) as db:
        count: int = db.execute("SELECT count(*) FROM inbox").fetchone()[0]
        return count


async def test_too_many_commands_are_refused_by_word_and_nothing_is_stored(tmp_path: Path) -> None:
    world = Slow(tmp_path)
    async with world:
        for n in range(BURST):
            delivery = await world.slack.command(ALEX, CHANNEL, f"status n{n}.xyzcorp.com")
            assert not delivery.body, "taken"
        await world.settle()
        before = kept(world), wishes(world)
        delivery = await world.slack.command(ALEX, CHANNEL, f"add {NAME}")
        expect(str(delivery.body), "too many at once. Try again in 1 second.")
        delivery = await world.slack.command(ALEX, CHANNEL, "help")
        expect(str(delivery.body), "too many at once")
        await world.settle()
        assert (kept(world), wishes(world)) == before
        assert 'emaildomain_refused_total{reason="too_fast"} 2.0' in await scraped(world)
        delivery = await world.slack.command(SAM, CHANNEL, f"add {NAME}")
        assert not delivery.body, "nobody else notices"
        world.patience.now += 1
        delivery = await world.slack.command(ALEX, CHANNEL, f"status {NAME}")
        assert not delivery.body, "after a second, one more"
        await world.settle()


async def scraped(world: World) -> str:
    from prometheus_client import generate_latest

    await world.bot.metrics.measure()
    return generate_latest(world.bot.front._registry).decode()


async def test_in_japanese(tmp_path: Path) -> None:
    world = Slow(tmp_path)
    async with world:
        for _ in range(BURST):
            await world.command(SUZUKI, "ヘルプ")
        delivery = await world.slack.command(SUZUKI, CHANNEL, f"追加 {NAME}")
        expect(str(delivery.body), "受け付けできませんでした", "1秒ほど待ってから")


async def test_clicks_that_come_too_fast_are_told_once_and_count_nothing(tmp_path: Path) -> None:
    world = Slow(tmp_path)
    async with world:
        await world.asked()
        world.patience.now += 100
        request = world.said("approval")[0]
        for _ in range(BURST):
            await world.command(SAM, "help")
        told, before = len(world.slack.private(SAM)), kept(world)
        for _ in range(5):
            delivery = await world.click(SAM, request, "approve")
            assert (delivery.status, delivery.body) == (200, None) or not delivery.body
        (answer,) = world.slack.private(SAM)[told:]
        expect(words(answer), "too many at once")
        assert kept(world) == before
        world.patience.now += 1
        await world.click(SAM, request, "approve")
        assert kept(world)["votes"] != before["votes"]


async def test_a_form_keeps_what_was_typed(tmp_path: Path) -> None:
    world = Slow(tmp_path)
    async with world:
        await world.command(ALEX, "add")
        for _ in range(BURST):
            await world.command(ALEX, "help")
        form = world.slack.view(ALEX)
        assert form is not None
        delivery = await world.slack.submit(ALEX, form, {"name": NAME})
        expect(str(delivery.body), "errors", "too many at once")
        assert await world.bot.store.domain("T0XYZCORP", NAME) is None


def test_the_turnstile_forgets_who_has_been_away() -> None:
    """Ids come from outside: however many there are, memory stays."""
    seconds = Patience()
    gate = PerUserLimiter(1.0, 2, seconds, many=50)
    for n in range(50):
        assert gate.try_acquire(f"U{n}") == 0
    assert gate.try_acquire("U0") == 0
    assert gate.try_acquire("U0") == pytest.approx(1.0)
    seconds.now += 1
    for n in range(1000):
        gate.try_acquire(f"V{n}")
        seconds.now += 0.1
    assert len(gate) < 60
    assert gate.try_acquire("U0") == 0


def test_a_turnstile_lets_one_pass_a_second() -> None:
    gate = PerUserLimiter(1.0, BURST, time.monotonic)
    assert [gate.try_acquire("U0") for _ in range(BURST)] == [0] * BURST
    assert 0 < gate.try_acquire("U0") <= 1
