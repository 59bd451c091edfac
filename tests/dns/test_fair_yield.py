"""Those that have come equally far go on a few at a time, in the order in which they came."""

from __future__ import annotations

import asyncio
import itertools

from bot.dns.fair_yield import _FEW, FairYield


async def test_the_loop_has_its_turn_in_between() -> None:
    turns = FairYield()
    gone: list[int] = []

    async def one(number: int) -> None:
        await turns.wait()
        gone.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(100)]
    seen = [0]
    while len(gone) < 100:
        await asyncio.sleep(0)
        seen.append(len(gone))
    await asyncio.gather(*tasks)
    assert gone == list(range(100))
    assert max(after - before for before, after in itertools.pairwise(seen)) <= _FEW


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    turns = FairYield()
    tasks = [asyncio.create_task(turns.wait()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[:19]:
        task.cancel()
    await asyncio.wait_for(tasks[19], 1)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelled() for task in tasks] == [True] * 19 + [False]
    await turns.wait()
