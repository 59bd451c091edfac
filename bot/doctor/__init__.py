"""``emaildomain doctor``: tries out what the bot depends on, and says how to mend what does not work.

One line for each finding. No line contains a token, a secret or the address of a proxy.
"""

from __future__ import annotations

from collections.abc import Callable

import aiohttp

from bot.app import SystemClock
from bot.config import Settings
from bot.doctor.finding import Level, count
from bot.doctor.machine import database, dns, platform
from bot.doctor.slack import SlackDoctor
from bot.ports import Clock

__all__ = ["examine"]


async def examine(settings: Settings, say: Callable[[str], None], *, clock: Clock | None = None) -> int:
    """Says one line for each finding as it comes; 0 where nothing is a problem (warnings are none), else 1."""
    clock = clock or SystemClock()
    timeout = aiohttp.ClientTimeout(total=settings.slack_timeout)
    problems = warnings = 0
    async with aiohttp.ClientSession(timeout=timeout) as session:
        slack = SlackDoctor(settings, session, clock)
        for check in (slack.findings(), database(settings), dns(settings, clock), platform(settings, clock)):
            async for finding in check:
                say(str(finding))
                problems += finding.level is Level.PROBLEM
                warnings += finding.level is Level.WARNING
    say(f"{count(problems, 'problem')}, {count(warnings, 'warning')}." if problems or warnings else "All is well.")
    return 1 if problems else 0
