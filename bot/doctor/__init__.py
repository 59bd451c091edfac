"""``emaildomain doctor``: tries out what the bot depends on, and says how to mend what does not work.

One line for each finding. No line contains a token, a secret or the address of a proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp

from bot.config.settings import Settings
from bot.doctor.finding import Level, count
from bot.doctor.machine import database, dns, hold, platform
from bot.doctor.slack import SlackDoctor
from bot.ports import Clock
from bot.runtime.clock import SystemClock
from storage.inspection import belongings, inspect

__all__ = ["examine"]


async def examine(settings: Settings, say: Callable[[str], None], *, clock: Clock | None = None) -> int:
    """Says one line for each finding as it comes; 0 where nothing is a problem (warnings are none), else 1."""
    clock = clock or SystemClock()
    timeout = aiohttp.ClientTimeout(total=settings.slack_timeout)
    problems = warnings = 0
    async with aiohttp.ClientSession(timeout=timeout) as session:
        found = await asyncio.to_thread(inspect, settings.database)  # first: a look leaves files beside it
        known = await asyncio.to_thread(belongings, settings.database)
        slack = SlackDoctor(settings, session, clock, known)
        checks = (
            slack.findings(), database(settings, found), hold(settings, known), dns(settings, clock),
            platform(settings, clock, known),
        )  # fmt: skip
        for check in checks:
            async for finding in check:
                say(str(finding))
                problems += finding.level is Level.PROBLEM
                warnings += finding.level is Level.WARNING
    say(f"{count(problems, 'problem')}, {count(warnings, 'warning')}." if problems or warnings else "All is well.")
    return 1 if problems else 0
