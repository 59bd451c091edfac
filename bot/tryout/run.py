"""``emaildomain try``: the real bot beside a Slack, a DNS and a mail platform of its own, all on this machine."""

from __future__ import annotations

import asyncio
import errno
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import click

from bot.app import Bot, Parts
from bot.config import settings
from bot.platforms.embedded import INBOUND
from bot.runtime.clock import SystemClock
from bot.slack import manifest
from bot.tryout.clock import MovableClock
from bot.tryout.desk import DnsDesk
from bot.tryout.dns.openlab import OpenLab
from bot.tryout.orgdesk import OrgDesk
from bot.tryout.page import Page, settle
from bot.tryout.slack.simulated import SimulatedSlack
from bot.tryout.switchboard import Switchboard
from bot.tryout.timing import Timing

#: What the page proposes to type, and what it shows.
TRIES: Mapping[str, str] = MappingProxyType(
    {
        "add sales.xyzcorp.com": "a whole life",
        "add xyzcorp.com": "a root domain is refused",
        "add mail.xyzcorp.com": "a name that already has mail",
        f"add {INBOUND[0]}": "the contact centre's own domain",
        "add live.xyzcorp.com": "as Alex: it exists already",
        "import": "as Sam, an admin: all that exists already",
        "help": "everything there is",
    }
)

_HOST = "127.0.0.1"


async def serve(port: int, pace: float, language: str) -> None:
    """Runs until SIGINT or SIGTERM. Everything it stores goes with it."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(port, pace, language) as slack:
        click.echo(
            f"\n  Open {slack.url}/ in a browser: a Slack of your own, with three people and a DNS desk.\n"
            f"  Two hours take {duration(7200 / pace)} here, or less: the page has a clock you can move.\n"
            "  Nothing leaves this machine. Stop with Ctrl-C.\n"
        )
        await stop.wait()


@asynccontextmanager
async def running(port: int, pace: float, language: str = "en") -> AsyncIterator[SimulatedSlack]:
    """The try-out from its first to its last moment; its clock begins at ``pace``, the bot posts in ``language``.

    The bot, the simulated Slack and what resolvers remember go by that one clock, so nothing has to be divided. A port
    that is taken ends it with a sentence.
    """
    clock = MovableClock(SystemClock(), pace)
    lab = OpenLab(now=clock.now)
    slack = SimulatedSlack(clock=clock, scopes=manifest.SCOPES, commands=["/emaildomain"], rate_limits=False)
    settle(slack.workspace)
    page = Page(slack, tries=TRIES)
    try:
        await slack.start(port, _HOST, page.routes())
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise click.ClickException(
            f"Port {port} of this machine is in use, perhaps by another try-out. "
            f"Choose another one: emaildomain try --port {port + 1}"
        ) from None
    await lab.start()
    with tempfile.TemporaryDirectory(prefix="emaildomain-try-") as folder:
        board = Switchboard()
        bot = Bot(
            settings.load(environ(slack, lab, Path(folder), language), None), Parts(clock=clock, platform=board.build)
        )
        desk = DnsDesk(bot, lab, slack.workspace)
        page.panels |= {"clock": Timing(bot, clock), "desk": desk, "org": OrgDesk(board)}
        try:
            await bot.start()
            await slack.socket.opened(1)
            await bot.identity.known()
            desk.stand(await board.furnish())
            yield slack
        finally:
            await bot.stop()
            await slack.stop()
            await lab.stop()


def environ(slack: SimulatedSlack, lab: OpenLab, folder: Path, language: str) -> dict[str, str]:
    """The settings of the bot; nothing is taken from this process's own environment."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "HOST": _HOST,
        "PORT": "0",
        "EMAILDOMAIN_DATABASE": str(folder / "emaildomain.db"),
        "EMAILDOMAIN_PLATFORM": "embedded",
        "EMAILDOMAIN_LANGUAGE": language,
        **lab.settings,
    }


def duration(seconds: float) -> str:
    """In words, for people: ``10 seconds``, ``2 hours``."""
    for size, word in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size or word == "second":
            number = round(seconds / size, 1)
            return f"{number:g} {word}{'' if number == 1 else 's'}"
    raise AssertionError("seconds are the last word")
