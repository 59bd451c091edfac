"""Turns are given in order, and whoever gives up leaves the turn to the next."""

from __future__ import annotations

import asyncio
import time

from bot.slack.rate_limits import Bucket


async def test_who_gives_up_before_the_turn_has_not_taken_it() -> None:
    """Otherwise a silent Slack and a crowd would leave a debt that grows faster than it is paid."""
    bucket = Bucket(10, 1, time.monotonic)
    await bucket.take()
    waiting = [asyncio.create_task(bucket.take()) for _ in range(50)]
    await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(2):
        await bucket.take()
