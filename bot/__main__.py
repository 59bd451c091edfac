"""The command line: ``emaildomain run``, ``try``, ``doctor``, ``check``, ``backup``, ``rebind``, ``manifest``, ...

What a command needs is imported when it runs: a look at DNS needs neither Slack nor a database.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import importlib.metadata
import io
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar, overload

import click

from bot.config.settings import ConfigError, DnsSettings, Settings, load, read
from bot.errors import Problem
from bot.i18n.translator import LANGUAGES, translator
from bot.model import names

if TYPE_CHECKING:
    from bot.app import Parts

S = TypeVar("S", bound=DnsSettings)

#: What each of these reads; what is wrong with other settings does not concern it.
_BACKUP = frozenset({"EMAILDOMAIN_DATABASE"})
_REBIND_TEAM = _BACKUP | {"SLACK_BOT_TOKEN", "SLACK_API_URL", "SLACK_TIMEOUT", "HTTPS_PROXY", "NO_PROXY"}
_REBIND_ORG = frozenset(str(field.alias) for name, field in Settings.model_fields.items() if name in {
    "database", "platform", "pace", "https_proxy", "no_proxy", *DnsSettings.model_fields,
} or name.startswith("genesys"))  # fmt: skip

#: Seconds after which a stop that hangs ends the process; what was acknowledged is resumed at the next start.
_STOP_WITHIN = 45


@click.group()
@click.version_option(package_name="emaildomain", message="%(version)s")
def main() -> None:
    """From "add" to "you may send now": the Slack bot for email sending domains on Genesys Cloud."""


@main.command()
@click.option(
    "--hold", is_flag=True, help="Begin on hold: nothing is registered, activated or deleted, and no sending allowed."
)
def run(hold: bool) -> None:
    """Run the bot: Socket Mode when SLACK_APP_TOKEN is set, else HTTP."""
    from bot.runtime import descriptors, logs

    settings = _settings()
    logs.configure(settings.log_format(isatty=sys.stderr.isatty()))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory holds tokens: no dump of it on a disk
    descriptors.raise_limit()
    try:
        asyncio.run(_run(settings, hold=hold))
    except Problem as problem:
        _fail(_words(problem, settings.language))
    finally:
        faulthandler.cancel_dump_traceback_later()


async def _run(settings: Settings, parts: Parts | None = None, *, hold: bool = False) -> None:
    from bot.app import Bot, Parts
    from bot.runtime.tuning import tune_interpreter

    bot = Bot(settings, replace(parts or Parts(), hold=hold))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await bot.start()
        tune_interpreter()
        await stop.wait()
        faulthandler.dump_traceback_later(_STOP_WITHIN, exit=True)  # where every thread stands: a stop goes through
    finally:
        await bot.stop()


@main.command("try")
@click.option("--port", default=8700, show_default=True, help="Where the page is served, on this machine only.")
@click.option(
    "--pace",
    default=60.0,
    show_default=True,
    type=click.FloatRange(1, 720),
    help="How fast time passes at first; the page can change it. 60: two hours take two minutes.",
)
@click.option(
    "--language",
    default="en",
    show_default=True,
    type=click.Choice(LANGUAGES),
    help="What the bot posts in. It answers each person in the language of their Slack.",
)
def try_(port: int, pace: float, language: str) -> None:
    """A Slack of your own in the browser: no account, no network."""
    from bot.runtime import logs
    from bot.tryout.run import serve

    logs.configure("text")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(port, pace, language))


@main.command()
def doctor() -> None:
    """Try out what the bot depends on.

    Settings, tokens, scopes, approvers, database, clock, DNS and Genesys Cloud: what is wrong, and how to mend it. Exit
    status: 0 nothing is a problem, 1 something is, 2 a setting is.
    """
    from bot.doctor import examine
    from bot.runtime import logs

    logs.configure("text", level=logging.WARNING)
    settings, problems = read()
    raise SystemExit(asyncio.run(examine(settings, click.echo, problems)))


@main.command()
@click.argument("name")
@click.option(
    "--txt", metavar="HOST=VALUE", multiple=True, help="The TXT record to look for: its full host name and its value."
)
@click.option("--cname", metavar="TARGET", multiple=True, help="Where the CNAME at NAME has to point.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
def check(name: str, txt: tuple[str, ...], cname: tuple[str, ...], as_json: bool) -> None:
    """Look at the DNS of NAME and say what is wrong with it.

    Needs neither Slack nor a database.

    Exit status: 0 both records are right and visible, 1 they are not, 2 wrong usage, 3 it could not be told.
    """
    from bot import terminal

    settings = _settings(terminal.CheckSettings)
    t = translator(settings.speech)
    try:
        parsed = names.parse(name)
        wanted = terminal.records(parsed, txt, cname, t)
    except terminal.BadUsage as error:
        _fail(str(error))
    except Problem as problem:
        _fail(terminal.refusal(problem, t) or _words(problem, settings.speech))

    def say(text: str, mood: str | None) -> None:
        click.secho(text, fg=terminal.COLOURS.get(mood or ""), bold=mood == "title")

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show Japanese shows the rest
    try:
        status = asyncio.run(terminal.check(settings, parsed, wanted, as_json=as_json, say=say))
        sys.stdout.flush()
    except OSError as error:  # a full disk, a reader that went away: what was seen could not be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python fails once more at its end
        click.echo(t.plain("terminal_usage.not_written", why=error.strerror or str(error)), err=True)
        status = terminal.EXIT["unknown"]
    raise SystemExit(status)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, consistently, while the bot runs."""
    from bot.runtime.clock import SystemClock
    from bot.services import binding, holding
    from storage.database_file import Mark, copy

    source = _settings(only=_BACKUP).database
    if not source.exists():
        _fail(f"There is no database at {source}. Set EMAILDOMAIN_DATABASE to the file the bot uses.")
    try:
        # Whoever starts on the copy has restored it: the bot is on hold until somebody has looked.
        copy(source, file, Mark(binding.KIND, holding.RESTORED, json.dumps({"at": SystemClock().now()})))
    except (OSError, ValueError) as error:
        _fail(f"Cannot copy {source} to {file}: {error}. Name another file, where there is room for a copy.")
    click.echo(f"Copied {source} to {file}.")


@main.command()
@click.option("--org", metavar="ID", help="The id of the org that the database is to belong to.")
@click.option("--team", metavar="ID", help="The id of the Slack workspace that the database is to belong to (T...).")
def rebind(org: str | None, team: str | None) -> None:
    """Give the database to another org or workspace.

    While the bot is stopped. It asks twice before it changes anything.
    """
    from bot import rebinding
    from bot.runtime import logs

    if bool(org) == bool(team):
        _fail("Say which: emaildomain rebind --org ID, or emaildomain rebind --team ID.")
    settings = _settings(only=_REBIND_ORG if org else _REBIND_TEAM)
    logs.configure("text", level=logging.WARNING)
    try:
        asyncio.run(rebinding.to_org(settings, org) if org else rebinding.to_team(settings, team or ""))
    except rebinding.NotDone as reason:
        _fail(str(reason))
    except Problem as problem:
        _fail(f"{_words(problem, settings.language)} Nothing was changed.")


@main.command("manifest")
@click.option("--http", "url", metavar="URL", help="For HTTP mode: the public address Slack is to call.")
def manifest_(url: str | None) -> None:
    """Print the manifest of the Slack app.

    For Socket Mode, or for HTTP with the address Slack is to call.
    """
    from bot.slack import manifest

    try:
        click.echo(manifest.manifest(url), nl=False)
    except ValueError as error:
        _fail(str(error))


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(importlib.metadata.version("emaildomain"))


@overload
def _settings(*, only: Collection[str] | None = None) -> Settings: ...
@overload
def _settings(of: type[S]) -> S: ...
def _settings(of: type[DnsSettings] = Settings, *, only: Collection[str] | None = None) -> DnsSettings:
    try:
        return load(only=only) if of is Settings else load(None, None, of)
    except ConfigError as error:
        _fail(str(error))


def _words(problem: Problem, language: str = "en") -> str:
    """What happened and what to do, for a terminal."""
    from bot.views import replies
    from bot.views.context import Context

    context = Context(translator(language), "UTC", practice=False, org="", admin_url=None, bot_user="")
    return replies.problem(problem, context).text


def _fail(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
