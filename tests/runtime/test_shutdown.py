"""Every part is stopped, in the reverse order, whatever one of them raises; the first error is still reported."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.runtime import shutdown as stopping
from bot.runtime.shutdown import Shutdown
from tests.scenarios.world import World


class Part:
    """One that notes when it is stopped, and may fail at it."""

    def __init__(self, name: str, stopped: list[str], error: BaseException | None = None) -> None:
        self._name, self._stopped, self._error = name, stopped, error

    async def stop(self) -> None:
        self._stopped.append(self._name)
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("broken", ["a", "b", "c"])
async def test_one_that_raises_keeps_no_other_from_being_stopped(broken: str) -> None:
    stopped: list[str] = []
    shutdown = Shutdown()
    for name in "abc":
        shutdown.add(name, Part(name, stopped, OSError(name) if name == broken else None).stop)
    with pytest.raises(OSError, match=broken):
        await shutdown.run()
    assert stopped == ["c", "b", "a"]


async def test_of_several_errors_the_first_is_raised_and_all_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    stopped: list[str] = []
    shutdown = Shutdown()
    for name in "abc":
        shutdown.add(name, Part(name, stopped, OSError(f"{name} failed")).stop)
    with pytest.raises(OSError, match="c failed"):
        await shutdown.run()
    assert stopped == ["c", "b", "a"]
    assert len([r for r in caplog.records if "part not stopped" in r.getMessage()]) == 3
    await shutdown.run()
    assert stopped == ["c", "b", "a"], "a second run finds nothing left"


async def test_a_cancelled_stop_keeps_no_other_from_being_stopped() -> None:
    stopped: list[str] = []
    shutdown = Shutdown()
    shutdown.add("a", Part("a", stopped).stop)
    shutdown.add("b", Part("b", stopped, asyncio.CancelledError()).stop)
    with pytest.raises(asyncio.CancelledError):
        await shutdown.run()
    assert stopped == ["b", "a"]


async def test_one_that_hangs_keeps_no_other_from_being_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not it listens when it is cancelled: nobody waits for it any more."""
    monkeypatch.setattr(stopping, "PART_TIMEOUT", 0.1)
    stopped: list[str] = []

    async def deaf() -> None:
        for _ in range(20):
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue

    shutdown = Shutdown()
    shutdown.add("a", Part("a", stopped).stop)
    shutdown.add("hangs", asyncio.Event().wait)
    shutdown.add("deaf", deaf)
    shutdown.add("c", Part("c", stopped).stop)
    with pytest.raises(TimeoutError, match="deaf did not stop"):
        await asyncio.wait_for(shutdown.run(), 5)
    assert stopped == ["c", "a"]


#: The parts of a bot, by how its shutdown calls them, in the order in which they are stopped.
PARTS = ["identity", "HTTP server", "tasks", "scheduler", "DNS", "platform", "connections to Slack", "database"]


@pytest.mark.parametrize("broken", PARTS)
async def test_whichever_part_of_a_bot_fails_the_others_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    stopped: list[str] = []
    add = Shutdown.add

    def noting(self: Shutdown, part: str, stop: Callable[[], Awaitable[object]]) -> None:
        async def noted() -> None:
            stopped.append(part)
            await stop()
            if part == broken:
                raise OSError(f"{part} failed")

        add(self, part, noted)

    monkeypatch.setattr(Shutdown, "add", noting)
    async with World(tmp_path) as world:
        with pytest.raises(OSError, match=broken):
            await world.bot.stop()
        assert stopped == PARTS
