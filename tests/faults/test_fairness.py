"""A channel with much to read keeps no other waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.model.lifecycle import Kind, State
from storage.sqlite import SqliteStore
from tests.clock import HandClock
from tests.contracts.drafts import NOW, TEAM, domain, saying
from tests.contracts.drafts import added as drafted
from tests.scenarios.world import ALEX, CHANNEL, NAME, World

QUIET = "C0QUIET"


async def test_a_backlog_of_one_channel_does_not_fill_the_batch(tmp_path: Path) -> None:
    """The oldest hundred messages may all be for one channel; what is skipped makes room for the others."""
    store = SqliteStore(tmp_path / "emaildomain.db", HandClock(NOW), TEAM)
    for n in range(30):
        saved = await store.save(drafted(domain(f"n{n}.xyzcorp.com")))
        await store.save(saying(saved, Kind.FAILED))
    late = await store.save(drafted(domain("late.xyzcorp.com").but(channel=QUIET)))
    await store.save(saying(late, Kind.FAILED))
    assert QUIET not in {n.name for n in await store.sendable(NOW, 10)}
    assert [n.name for n in await store.sendable(NOW, 10, ["C0MAIL"])] == ["late.xyzcorp.com"]
    assert [n.name for n in await store.sendable(NOW, 10, ["C0MAIL", QUIET])] == []
    await store.close()


async def test_a_channel_that_hangs_holds_up_nobody_elses_messages(tmp_path: Path) -> None:
    async with World(tmp_path, SLACK_TIMEOUT="30") as world:
        world.slack.workspace.add_channel(QUIET, "quiet", members=[ALEX], bot_in=True)
        hangs = world.slack.faults.add("chat.postMessage", "hang", act=True)
        await _prepared(world, CHANNEL, NAME)
        await _until(lambda: hangs.hits == 1)
        await _prepared(world, QUIET, "news.xyzcorp.com")
        await _until(lambda: world.kinds(QUIET) == ["records"])
        assert world.kinds() == ["records"], "Slack has it; the answer is still on its way"
        assert (await world.bot.store.ambiguous(10))[0].name == NAME
        world.slack.faults.release()


async def _prepared(world: World, channel: str, name: str) -> None:
    """Added there, and its records known; the delivery of what is owed is not waited for."""
    await world.slack.command(ALEX, channel, f"add {name}")
    await world.bot.background.idle()
    sweep = world.bot.jobs._runners[0]
    while await world.state(name) is not State.AWAITING_DNS:
        world.clock.forward(1_000)
        sweep.trigger()
        await sweep.idle()


async def _until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - happens in the bot's own tasks
            await asyncio.sleep(0.01)
