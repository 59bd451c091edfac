"""The sweep is a pipeline: what waits for silent servers holds up nobody else."""

from __future__ import annotations

import asyncio
import time

from tests.scenarios.world import ALEX, MINUTE, NAME, World

SLOW = "sales.slow.com"


async def looked_at(world: World, name: str) -> int | None:
    domain = await world.domain(name)
    return domain.look.at if domain.look else None


async def next_look(world: World, last: int | None) -> int | None:
    while (at := await looked_at(world, NAME)) == last:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.01)
    return at


async def test_a_domain_whose_servers_are_silent_holds_up_no_other(world: World) -> None:
    slow = world.lab.zone("slow.com")
    for name in (SLOW, NAME):
        await world.command(ALEX, f"add {name}")
    await world.forward(minutes=1)
    for server in slow.servers:
        server.silence()
    world.clock.forward(MINUTE)  # both are due now; the slow one waits for its servers for a second
    was = {name: await looked_at(world, name) for name in (SLOW, NAME)}
    world.bot.jobs.wake()
    began = time.monotonic()
    first = await next_look(world, was[NAME])
    world.clock.forward(MINUTE)  # due again, while the other is still under way
    world.bot.jobs.wake()
    await next_look(world, first)
    assert await looked_at(world, SLOW) == was[SLOW]
    assert time.monotonic() - began < 1
    await world.settle()
    assert await looked_at(world, SLOW) != was[SLOW]


async def test_a_sweep_ends_when_the_bot_stops_whatever_happens_in_that_moment(world: World) -> None:
    """Cancelled in the very moment in which there is room again: had it gone on, the stop would wait for ever."""
    await world.command(ALEX, f"add {NAME}")
    await world.forward(minutes=1)
    for server in world.zone.servers:
        server.silence()
    world.clock.forward(MINUTE)
    sweeper = world.bot.sweeper
    sweep = asyncio.create_task(sweeper.sweep())
    while not sweeper._flying:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    sweeper._room.set()
    sweep.cancel()
    await asyncio.wait([sweep], timeout=5)
    assert sweep.cancelled()
    assert not sweeper._flying


async def test_a_look_that_found_nothing_new_updates_no_card_and_asks_no_resolver(world: World) -> None:
    await world.opened(NAME)
    await world.forward(hours=1)
    before = await world.domain(NAME)
    world.slack.calls.clear()
    world.lab.questions.clear()
    await world.forward(hours=3)
    after = await world.domain(NAME)
    assert after.look is not None
    assert after.look.repeats(before.look)
    assert [call.method for call in world.slack.calls if call.method.startswith("chat.")] == []
    assert {q.server for q in world.lab.questions}.isdisjoint({resolver.name for resolver in world.lab.resolvers})


async def test_now_and_then_an_open_domain_is_looked_at_thoroughly(world: World) -> None:
    await world.opened(NAME)
    await world.forward(hours=1)
    world.lab.questions.clear()
    await world.forward(hours=6)
    assert {resolver.name for resolver in world.lab.resolvers} <= {q.server for q in world.lab.questions}
