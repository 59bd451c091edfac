"""How soon a person who types ``check`` reads something useful, and everything, while one server is dead."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

import pytest

from tests.scenarios.world import ALEX, NAME, World

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 15


async def shown(world: World, more_than: int) -> None:
    while len(world.slack.private(ALEX)) <= more_than:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.002)


@pytest.mark.parametrize("dead", ["name server", "resolver"])
async def test_check_with_one_server_dead(tmp_path: Path, dead: str) -> None:
    """Two name servers and three resolvers, one of them dead; packets over loopback, answers through the whole bot."""
    async with World(tmp_path) as world:
        await world.ready()
        (world.zone.servers[1] if dead == "name server" else world.lab.resolvers[0]).silence()
        useful, whole = list[float](), list[float]()
        for _ in range(ROUNDS):
            before = len(world.slack.private(ALEX))
            began = time.perf_counter()
            await world.slack.command(ALEX, world.card.channel, f"check {NAME}")
            await shown(world, before)
            useful.append(time.perf_counter() - began)
            await shown(world, before + 1)
            whole.append(time.perf_counter() - began)
            await world.settle()
    sys.stdout.write(
        f"\n{dead} dead: useful after {statistics.median(useful) * 1000:.0f} ms (slowest {max(useful) * 1000:.0f}), "
        f"whole after {statistics.median(whole):.2f} s (slowest {max(whole):.2f})\n"
    )
    assert statistics.median(useful) <= 0.15
    assert max(whole) <= 2.4
