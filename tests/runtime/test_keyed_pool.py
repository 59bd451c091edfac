"""Named work side by side: nobody waits for the slowest, nobody is there twice, and a failure cuts nobody off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from functools import partial

import pytest

from bot.runtime.keyed_pool import KeyedPool, Work


class Town:
    """Channels with letters to be brought, one after another; each channel has a gate that must be opened."""

    def __init__(self, **letters: int) -> None:
        self.letters = letters
        self.gates = {channel: asyncio.Event() for channel in letters}
        self.log: list[str] = []
        self.pool = KeyedPool()
        self.chores: dict[str, Work] = {"chore": self._chore}

    async def more(self, busy: Collection[str]) -> Mapping[str, Work]:
        assert "chore" not in busy, "only channels"
        return {
            channel: partial(self._bring, channel) for channel, n in self.letters.items() if n and channel not in busy
        }

    async def _bring(self, channel: str) -> None:
        self.log.append(f"+{channel}")
        await self.gates.setdefault(channel, asyncio.Event()).wait()
        self.letters[channel] -= 1
        self.log.append(f"-{channel}")

    async def _chore(self) -> None:
        self.log.append("chore")

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(2):
            while not met():  # noqa: ASYNC110 - a moment of the loop
                await asyncio.sleep(0)


async def test_a_slow_channel_keeps_no_other_waiting() -> None:
    town = Town(slow=1, quick=3)
    town.gates["quick"].set()
    work = asyncio.create_task(town.pool.run(town.more, town.chores))
    await town.until(lambda: town.letters["quick"] == 0)
    assert town.letters["slow"] == 1
    town.gates["slow"].set()
    await work
    assert town.log.count("+slow") == 1, "one sender a channel"


async def test_what_is_new_begins_when_the_bell_rings_although_somebody_is_slow() -> None:
    town = Town(slow=1)
    work = asyncio.create_task(town.pool.run(town.more, town.chores))
    await town.until(lambda: "+slow" in town.log)
    town.letters["new"] = 1
    town.gates["new"] = asyncio.Event()
    town.gates["new"].set()
    town.pool.notify()
    await town.until(lambda: town.letters["new"] == 0)
    assert not work.done()
    town.gates["slow"].set()
    await work


async def test_chores_come_again_after_work_and_then_rest() -> None:
    town = Town(one=1)
    town.gates["one"].set()
    await asyncio.wait_for(town.pool.run(town.more, town.chores), 2)
    assert sorted(town.log) == ["+one", "-one", "chore", "chore"]
    assert town.log[-1] == "chore", "what work has changed is looked at afterwards"


async def test_a_failure_is_raised_after_everybody_has_ended() -> None:
    town = Town(slow=1, other=0)

    async def fails() -> None:
        raise LookupError("no such channel")

    town.chores["fails"] = fails
    work = asyncio.create_task(town.pool.run(town.more, town.chores))
    await town.until(lambda: town.pool.failed is not None)
    town.letters["other"] = 1
    town.pool.notify()
    for _ in range(20):
        await asyncio.sleep(0)
    assert "+other" not in town.log, "nothing new is begun"
    town.gates["slow"].set()
    with pytest.raises(LookupError):
        await work
    assert town.letters["slow"] == 0, "and nobody was cut off"
    del town.chores["fails"]
    town.gates["other"].set()
    await town.pool.run(town.more, town.chores)
    assert town.letters["other"] == 0


async def test_whoever_is_cancelled_takes_everybody_along() -> None:
    town = Town(slow=1)
    work = asyncio.create_task(town.pool.run(town.more, town.chores))
    await town.until(lambda: "+slow" in town.log)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert len(asyncio.all_tasks()) == 1
