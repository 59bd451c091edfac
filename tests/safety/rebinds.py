"""``emaildomain rebind`` as somebody types it, with the settings of a world's bot."""

from __future__ import annotations

import asyncio

import pytest
from click.testing import CliRunner, Result

from bot import rebinding
from bot.__main__ import main
from tests.scenarios.world import World


async def typed(world: World, *arguments: str, answers: str = "", stop: bool = True) -> Result:
    """The command, with the settings of the bot, which is stopped for it."""
    if stop:
        await world.bot.stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebinding, "SystemClock", lambda: world.clock)
        invoke = CliRunner().invoke
        environ: dict[str, str | None] = dict(world.environ)
        result = await asyncio.to_thread(invoke, main, ["rebind", *arguments], input=answers, env=environ)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result
