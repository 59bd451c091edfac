"""S25: two hours without sending. Never early, never forgotten, said once; and what is never said."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import PlatformDown
from bot.i18n.translator import LANGUAGES, translator
from bot.model.lifecycle import State
from bot.model.permits import Permit
from bot.model.registration import Registration, Stage, Verification
from bot.tryout.slack.simulated import words
from tests.scenarios.reading import asleep, expect, on_screen, reads
from tests.scenarios.world import ALEX, HOUR, MINUTE, NAME, SAM, SUZUKI, World

NOT_YET = {
    "en": re.compile(r"Do not send (yet|before)"),
    "ja": re.compile(r"まだ送信できません|まで送信しないでください"),
}


@pytest.fixture
async def japanese(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, EMAILDOMAIN_LANGUAGE="ja", EMAILDOMAIN_TIMEZONE="Asia/Tokyo") as made:
        yield made


class Slow:
    """A platform that takes its time: seconds until it answers, has verified both, and has provisioned."""

    def __init__(self, world: World, accepts: int, verifies: int, provisions: int) -> None:
        self._world, self._began = world, world.clock.now()
        self._accepts, self._verifies, self._provisions = accepts, verifies, provisions
        self._real, self._org = world.bot.platform.look, world.bot.platform.organisation

    async def activate(self, permit: Permit) -> Registration:
        return await self.look(permit.name)

    async def look(self, name: str) -> Registration:
        past = (self._world.clock.now() - self._began) / 1000
        if past < self._accepts:
            raise PlatformDown("embedded")
        verified = Verification.VERIFIED if past >= self._verifies else Verification.PENDING
        records = (await self._real(name)).records
        stage = Stage.PROVISIONED if past >= self._provisions else Stage.PENDING
        now = self._world.clock.now()
        return Registration(name, stage, records, {r.type: verified for r in records}, org=await self._org(), date=now)


async def approved(world: World) -> None:
    await world.asked()
    await world.click(SAM, world.said("approval")[0], "approve")


async def until(world: World, instant: int) -> None:
    await world.forward(seconds=(instant - world.clock.now()) / 1000)


@pytest.mark.parametrize(
    ("accepts", "verifies", "provisions"),
    [
        pytest.param(700, 0, 0, id="accepted last"),
        pytest.param(0, 900, 60, id="verified last"),
        pytest.param(0, 60, 900, id="provisioned last"),
    ],
)
async def test_s25_the_clock_starts_at_the_latest_of_three(
    world: World, monkeypatch: pytest.MonkeyPatch, accepts: int, verifies: int, provisions: int
) -> None:
    await world.asked()
    slow = Slow(world, accepts, verifies, provisions)
    for method in ("look", "activate"):
        monkeypatch.setattr(world.bot.platform, method, getattr(slow, method))
    began = world.clock.now()
    await world.click(SAM, world.said("approval")[0], "approve")
    await world.forward(minutes=20)
    domain = await world.domain()
    assert domain.state is State.WAITING
    assert domain.opens_at is not None
    started = domain.observations.started
    assert started is not None and domain.opens_at == started.slack + 2 * HOUR
    true_start = began + max(accepts, verifies, provisions) * 1000
    assert true_start <= domain.opens_at - 2 * HOUR <= true_start + MINUTE, "late by one poll at most, never early"


async def test_s25_never_a_second_early_and_one_ping(world: World) -> None:
    domain = await world.activated()
    assert domain.opens_at is not None
    await until(world, domain.opens_at + 999)
    assert await world.state() is State.WAITING
    assert not world.said("sending_allowed")
    await until(world, domain.opens_at + 1000)
    (said,) = world.said("sending_allowed")
    assert said.broadcast
    assert said.text.count(f"<@{ALEX}>") == 1
    await world.restart()
    await world.forward(hours=5)
    assert len(world.said("sending_allowed")) == 1


async def test_s25_the_end_is_stored_and_said_as_a_time(world: World) -> None:
    await world.activated()
    (activated,) = world.said("activated")
    end = "2026-11-23 03:0"
    expect(activated.text, end, "UTC")
    assert re.search(r"Do not send before <!date\^\d+\^", words(activated)), "and in each reader's own zone"
    before = (await world.domain()).opens_at
    await world.restart()
    await world.command(ALEX, f"check {NAME}")
    await world.command(ALEX, f"activate {NAME}")
    assert end in world.slack.private(ALEX)[-1].text
    assert (await world.domain()).opens_at == before, "nothing moves it"


async def test_s25_asleep_at_the_end_it_is_said_on_waking_with_the_true_time(world: World) -> None:
    domain = await world.activated()
    assert domain.opens_at is not None
    await world.bot.stop()
    world.clock.forward(5 * HOUR)
    await world.start()
    await world.forward(minutes=1)
    (said,) = world.said("sending_allowed")
    expect(said.text, "2026-11-23 03:0", "could not say so before")


async def test_s25_not_yet_stands_in_everything_before_open(world: World) -> None:
    await every_step_says_not_yet(world, "en")


async def test_s25_not_yet_stands_in_everything_before_open_in_japanese(japanese: World) -> None:
    await every_step_says_not_yet(japanese, "ja")


async def every_step_says_not_yet(world: World, language: str) -> None:
    """A life with every detour, and after each step a look at everything on the screens."""
    reader = {"en": ALEX, "ja": SUZUKI}[language]

    def look() -> None:
        shown = [m for m in on_screen(world) if m.metadata or m.private_to == reader]
        for message in shown:
            assert NOT_YET[language].search(message.text), f"a notification does not say it: {message.text}"
            assert NOT_YET[language].search(words(message)), f"the message does not say it: {words(message)}"

    async def ask(what: str) -> None:
        await world.command(reader, f"{what} {NAME}")
        look()

    await ask("add")
    await world.forward(seconds=5)
    domain = await world.domain()
    for what in ("check", "status", "add", "activate"):
        await ask(what)
    world.zone.add(NAME, "CNAME", "elsewhere.example.")
    await world.forward(minutes=2)
    assert world.said("wrong_record")
    look()
    world.zone.remove(NAME, "CNAME")
    await asleep(world, hours=73)
    assert world.said("stalled")
    look()
    await world.click(reader, world.said("stalled")[0], "wait")
    await world.publish()
    await world.forward(minutes=10)
    assert await world.state() is State.READY
    for what in ("check", "status", "activate", "activate", "status"):
        await ask(what)
    await world.click(reader, world.said("approval")[-1], "withdraw")
    look()
    await ask("activate")
    await asleep(world, hours=9)
    assert world.said("reminder")
    look()
    await asleep(world, hours=17)
    assert len(world.said("decided")) == 2
    look()
    await ask("activate")
    await world.click(SAM, world.said("approval")[-1], "approve")
    look()
    await ask("activate")
    await world.forward(minutes=1)
    assert await world.state() is State.WAITING
    for what in ("check", "status", "activate", "add"):
        await ask(what)
    world.zone.remove(domain.records[0].host, "TXT")
    await world.forward(minutes=25)
    await asleep(world, hours=2)
    assert world.said("failed")
    assert await world.state() is State.WAITING
    for what in ("check", "status", "activate"):
        await ask(what)
    await world.publish()
    await world.forward(minutes=21)
    assert await world.state() is State.OPEN
    (allowed,) = world.said("sending_allowed")
    assert not any(NOT_YET[language].search(reads(m)) for m in (allowed, world.card)), "from here on it is over"


async def test_s25_held_up_at_the_end_it_follows_once_when_right(world: World) -> None:
    domain = await world.activated()
    txt = domain.records[0]
    world.zone.remove(txt.host, "TXT")
    await world.forward(hours=2, minutes=5)
    assert world.said("failed")
    assert not world.said("sending_allowed")
    world.zone.publish(txt)
    await world.forward(minutes=11)
    assert len(world.said("sending_allowed")) == 1


@pytest.mark.parametrize(
    ("language", "never"),
    [
        (
            "en",
            (
                r"Genesys[^.]*\bblock|block[^.]*\b(send|mail|Genesys)|will (be delivered|arrive|reach)|guarantee"
                r"|safe to (?!delete)"
            ),
        ),
        ("ja", r"Genesys[^。]*ブロック|ブロックされ|必ず届|届きます|確実に|送信できなくしています|配信を保証"),
    ],
)
def test_s25_nothing_claims_that_sending_is_blocked_or_that_mail_arrives(language: str, never: str) -> None:
    assert language in LANGUAGES
    texts = translator(language).texts
    assert {key: text for key, text in texts.items() if re.search(never, text)} == {}
    assert any(re.search(r"may not be delivered|届かない場合があります", text) for text in texts.values())
