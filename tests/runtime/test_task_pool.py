"""Work behind acknowledgements: it lets them go first, it is bounded, and none is forgotten."""

from __future__ import annotations

import asyncio

from bot.runtime.task_pool import MAX_DELAY, QUIET_PERIOD, TaskPool


async def test_work_begins_when_nothing_new_comes_in() -> None:
    background, loop = TaskPool(), asyncio.get_running_loop()
    began: list[float] = []

    async def work() -> None:
        began.append(loop.time())

    for _ in range(3):
        background.start(work())
        await asyncio.sleep(0)
    newest = loop.time()
    await background.idle()
    assert len(began) == 3
    assert min(began) - newest > QUIET_PERIOD / 2, "acknowledgements that came meanwhile went first"


async def test_work_waits_while_something_is_being_stored() -> None:
    background, loop = TaskPool(), asyncio.get_running_loop()
    began: list[float] = []

    async def work() -> None:
        began.append(loop.time())

    background.start(work())
    with background.arriving():
        await asyncio.sleep(10 * QUIET_PERIOD)
        stored = loop.time()
    await background.idle()
    assert began[0] >= stored


async def test_an_unbroken_stream_does_not_keep_work_from_beginning() -> None:
    background, loop = TaskPool(waiting=100_000), asyncio.get_running_loop()
    began: list[float] = []

    async def work() -> None:
        began.append(loop.time())

    start = loop.time()
    while not began and loop.time() - start < 20:
        background.start(work())
        await asyncio.sleep(0)
    assert began[0] - start >= MAX_DELAY / 2
    await background.idle()


async def test_more_than_it_can_hold_is_said() -> None:
    background = TaskPool(at_once=1, waiting=1)
    let_go = asyncio.Event()

    async def work() -> None:
        await let_go.wait()

    full = []
    for _ in range(2):
        background.start(work())
        full.append(background.full)
    let_go.set()
    await background.idle()
    full.append(background.full)
    assert full == [False, True, False]


async def test_what_did_not_begin_is_put_down_without_a_complaint() -> None:
    background = TaskPool(at_once=1)
    begun: list[int] = []

    async def work(n: int) -> None:
        begun.append(n)
        await asyncio.sleep(3600)

    background.start(work(1))
    background.start(work(2))
    assert await background.drain(0.1) == 2  # warnings are errors: a coroutine never awaited would fail here
    assert begun == [1]
