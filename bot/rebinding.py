"""``emaildomain rebind`` at a terminal: says what will happen, asks twice, does it in one transaction."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import click
import structlog

import bot.dns.look
from bot import platforms
from bot.config.settings import Settings
from bot.errors import DatabaseUnusable
from bot.model.people import Identity
from bot.model.schedule import Rhythm
from bot.runtime.clock import SystemClock
from bot.services import binding, rebinding
from bot.slack.client import Messenger
from storage.inspection import inspect
from storage.rebinding import bind_org, bind_team
from storage.sqlite import SqliteStore

log = structlog.get_logger(__name__)

_UNTOUCHED = "Nothing was changed."


class NotDone(Exception):
    """Why nothing was changed, and what to do, in words."""


def at_a_terminal() -> bool:
    """Whether somebody is there who can be asked."""
    return sys.stdin.isatty()


async def to_org(settings: Settings, id: str) -> None:
    """The database belongs to the org ``id``, which the settings have to lead to. Raises :class:`NotDone`."""
    async with _store(settings) as store:
        clock, rhythm = SystemClock(), Rhythm.at(settings.pace)
        dns = bot.dns.look.build(
            recursor=settings.recursor,
            resolvers=settings.resolvers,
            dns_port=settings.dns_port,
            private=settings.dns_private,
            clock=clock,
        )
        there = platforms.build(settings, store=store, dns=dns, clock=clock, rhythm=rhythm)
        try:
            org = await there.organisation()
            if org.id != id:
                raise NotDone(
                    f"You are connected to {org.name} ({org.id}), not to {id}. {_UNTOUCHED} Check the settings of the"
                    f" platform (GENESYSCLOUD_REGION, GENESYSCLOUD_OAUTHCLIENT_ID), or, if that org is meant, type:"
                    f" emaildomain rebind --org {org.id}"
                )
            found = await store.document(binding.KIND, binding.ORG)
            own = binding.org_of(found) if found else None
            plan = await rebinding.plan(there, org, own, await store.domains(store.team))
        finally:
            await there.close()
            await dns.close()
        if plan.nothing:
            click.echo(f"The database belongs to {org.name} ({org.id}) already: nothing to do.")
            return
        _ask(rebinding.lines(plan), f"the org ({org.name or org.id})", org.name or org.id)
        changes = rebinding.changes(plan, rhythm, clock.now())
        await store.rebind(bind_org(store.team, binding.as_body(org), changes))
    log.warning(
        "database given to another org",
        before=f"{own.platform} {own.id}" if own else "", now=f"{org.platform} {org.id}",
        go_on=[one.domain.name for one in plan.go_on], left_behind=[domain.name for domain in plan.left],
    )  # fmt: skip
    click.echo(f"Done: the database belongs to {org.name} ({org.id}). Start the bot again.")


async def to_team(settings: Settings, id: str) -> None:
    """The database belongs to the workspace ``id``, which the token has to be of. Raises :class:`NotDone`."""
    async with _store(settings) as store:
        identity, old = await _identity(settings), store.team
        if identity.team != id:
            raise NotDone(
                f"The token is of the workspace {identity.name} ({identity.team}), not of {id}. {_UNTOUCHED} Check"
                f" SLACK_BOT_TOKEN, or, if that workspace is meant, type: emaildomain rebind --team {identity.team}"
            )
        if old == id:
            click.echo(f"The database belongs to the workspace {identity.name} ({id}) already: nothing to do.")
            return
        said = [
            f"The token is of the workspace {identity.name} ({id}).",
            f"The database belongs to the workspace {old}.",
            "",
            f"Every domain, with its history, goes on in {identity.name}.",
            f"What the bot has posted in {old} stays there and is no longer kept up to date.",
            "Channels, owners and approvers are still those of the old workspace. Before you start the bot,",
            "name approvers of the new one in EMAILDOMAIN_APPROVERS. Then, for each domain, one of them types",
            "/emaildomain add with its name, and presses Choose a channel.",
        ]
        clock, rhythm = SystemClock(), Rhythm.at(settings.pace)
        ends = rebinding.ended(await store.domains(old), rhythm, clock.now())
        if ends:
            said += ["Requests that end, since those who decide are people of the old workspace:"]
            said += [f"  {change.after.name}" for change in ends]
        _ask(said, f"the workspace ({identity.name})", identity.name or id)
        try:
            count = await store.rebind(bind_team(old, identity, ends, clock.now()))
        except ValueError as error:
            raise NotDone(
                f"That cannot be joined: {error}. {_UNTOUCHED} Use one database for each workspace."
            ) from None
    log.warning("database given to another workspace", before=old, now=id, domains=count)
    click.echo(f"Done: the database belongs to the workspace {identity.name} ({id}). Start the bot again.")


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[SqliteStore]:
    """The database, which nobody else may use meanwhile."""
    path = settings.database
    if not at_a_terminal():
        raise NotDone("Type this at a terminal: it asks twice before it changes anything.")
    if not path.exists():
        raise NotDone(f"There is no database at {path}. Set EMAILDOMAIN_DATABASE to the file the bot uses.")
    late = inspect(path).pending
    try:
        store = SqliteStore(path, SystemClock())
    except DatabaseUnusable as error:
        if error.why != "running":
            raise
        raise NotDone(f"The bot is running on {path}. {_UNTOUCHED} Stop it, then type this again.") from None
    try:
        if late:
            click.echo("The database was brought up to date for this version; a copy of what it was lies beside it.")
        team = await store.bound_team()
        if team is None:
            raise NotDone(
                "The database belongs to nobody yet: start the bot, and it belongs to what it is connected to."
            )
        store.team = team
        yield store
    finally:
        await store.close()


async def _identity(settings: Settings) -> Identity:
    timeout = aiohttp.ClientTimeout(total=settings.slack_timeout)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        answer = await Messenger(settings, session, SystemClock().monotonic, lambda _: None).call("auth.test")
    return Identity(
        answer["team_id"], answer["user_id"], answer.get("bot_id", ""), answer.get("url", ""), answer.get("team", "")
    )


def _ask(said: list[str], what: str, name: str) -> None:
    """Twice: whoever only types ahead does not get through."""
    for line in said:
        click.echo(line)
    click.echo("")
    try:
        sure = click.confirm("Continue?", default=False)
        typed = click.prompt(f"Type the name of {what} to confirm", default="", show_default=False) if sure else ""
    except click.Abort:
        typed = ""
        click.echo("")
    if typed.strip() != name:
        raise NotDone(_UNTOUCHED)
