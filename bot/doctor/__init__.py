"""``emaildomain doctor``: tries out what the bot depends on, and says how to mend what does not work.

One line for each finding. No line contains a token, a secret or the address of a proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import aiohttp

from bot.config.settings import BadSetting, Settings
from bot.doctor.finding import Finding, Findings, Level, count
from bot.doctor.genesys import VARIABLES as GENESYS
from bot.doctor.machine import database, dns, hold, platform
from bot.doctor.slack import SlackDoctor
from bot.ports import Clock
from bot.runtime.clock import SystemClock
from storage.inspection import belongings, inspect

__all__ = ["examine"]


async def examine(
    settings: Settings, say: Callable[[str], None], unusable: Sequence[BadSetting] = (), *, clock: Clock | None = None
) -> int:
    """Says one line for each finding as it comes; 0 where nothing is a problem (warnings are none), else 1; 2 where a
    setting cannot be used. What does not need it is examined all the same: ``unusable`` has something in its place.
    """
    clock = clock or SystemClock()
    bad = frozenset(one.variable for one in unusable)
    timeout = aiohttp.ClientTimeout(total=settings.slack_timeout)
    problems = warnings = 0
    async with aiohttp.ClientSession(timeout=timeout) as session:
        found = await asyncio.to_thread(inspect, settings.database)  # first: a look leaves files beside it
        known = await asyncio.to_thread(belongings, settings.database)
        slack = SlackDoctor(settings, session, clock, known, bad)
        checks = (
            (_of_settings(unusable), ()), (slack.findings(), ()),
            (database(settings, found), ("EMAILDOMAIN_DATABASE",)), (hold(settings, known), ("EMAILDOMAIN_DATABASE",)),
            (dns(settings, clock), ("EMAILDOMAIN_RECURSOR", "EMAILDOMAIN_RESOLVERS", "EMAILDOMAIN_DNS_PORT")),
            (platform(settings, clock, known), ("EMAILDOMAIN_PLATFORM", *GENESYS)),
        )  # fmt: skip
        for check, needs in checks:
            if bad.intersection(needs):
                await check.aclose()
                continue
            async for finding in check:
                say(str(finding))
                problems += finding.level is Level.PROBLEM
                warnings += finding.level is Level.WARNING
    say(f"{count(problems, 'problem')}, {count(warnings, 'warning')}." if problems or warnings else "All is well.")
    if unusable:
        return 2
    return 1 if problems else 0


async def _of_settings(unusable: Sequence[BadSetting]) -> Findings:
    for one in unusable:
        yield Finding(Level.PROBLEM, "Settings", str(one).rstrip("."))
