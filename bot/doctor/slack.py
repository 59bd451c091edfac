"""What Slack has to say of the settings: who we are, what we may, who approves, where posts go, what time it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import aiohttp

from bot.config.parsing import Approvers
from bot.config.settings import Settings
from bot.doctor.finding import Finding, Findings, Level, count
from bot.errors import Problem, SlackBusy, SlackRefused, Trouble
from bot.model.people import Identity, Person
from bot.ports import Clock, Store
from bot.slack.client import Messenger
from bot.slack.manifest import SCOPES
from bot.slack.users import Directory
from storage.inspection import Belongings

#: A clock further from Slack's than this is worth a word (s); Slack itself refuses requests older than five minutes.
CLOCK = 120

_REFUSED_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_BARRED = {
    "bot": "is a bot",
    "deactivated": "is deactivated",
    "guest": "is a guest",
    "stranger": "is not in this workspace",
}


class SlackDoctor:
    """Everything Slack has to say: who we are, what we may, who approves, where posts go, what time it is."""

    def __init__(
        self, settings: Settings, session: aiohttp.ClientSession, clock: Clock, known: Belongings,
        unusable: Collection[str] = (),
    ) -> None:  # fmt: skip
        """``unusable``: settings that have something in their place, and are not tried."""
        self._settings, self._clock, self._known = settings, clock, known
        self._unusable = frozenset(unusable)
        self._ahead: int | None = None  #: Slack's clock minus ours (ms)
        self._slack = Messenger(settings, session, clock.monotonic, self._heard)
        self._identity: Identity | None = None
        store = cast(Store, _Forgetful())
        self._directory = Directory(self._slack.call, store, lambda: self._identity, clock.monotonic)

    def _heard(self, instant: int) -> None:
        if self._ahead is None:
            self._ahead = instant + 500 - self._clock.now()

    async def findings(self) -> Findings:
        """Where Slack does not answer at all, that is said once."""
        if "SLACK_API_URL" in self._unusable:
            return
        if "SLACK_BOT_TOKEN" not in self._unusable:
            yield await self._token()
        elif (silent := await self._anybody()) is not None:
            yield silent
        if self._ahead is None:
            return
        if self._identity is not None:
            yield self._scopes()
            if self._known.team not in (None, self._identity.team):
                yield self._other_team(self._identity, self._known.team)
        if not self._unusable & {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}:
            yield await self._way_in()
        if self._identity is not None:
            for check in (self._approvers, self._requesters, self._operators, self._channel):
                if f"EMAILDOMAIN{check.__name__.upper()}" in self._unusable:
                    continue
                try:
                    async for finding in check():
                        yield finding
                except Problem as problem:
                    yield _silent("Slack", problem, self._settings)
        yield self._time(self._ahead)

    async def _anybody(self) -> Finding | None:
        """Without a token: whether Slack is there, and what time it is there. None where it answers."""
        try:
            await self._slack.call("api.test")
        except SlackRefused:  # an answer, too
            return None
        except Trouble as trouble:
            return _silent("Slack", trouble, self._settings)
        return None

    async def _token(self) -> Finding:
        try:
            answer = await self._slack.call("auth.test")
        except SlackRefused as refused:
            what = f"Slack refuses the token ({refused.error})"
            mend = "Copy the Bot User OAuth Token (xoxb-...) from OAuth & Permissions of your app into SLACK_BOT_TOKEN."
            return Finding(Level.PROBLEM, "Bot token", what, mend)
        except Trouble as trouble:
            return _silent("Bot token", trouble, self._settings)
        self._identity = Identity(
            answer["team_id"],
            answer["user_id"],
            answer.get("bot_id", ""),
            answer.get("url", ""),
            answer.get("team", ""),
        )
        name, user = answer.get("team", ""), answer.get("user", "")
        return Finding(Level.OK, "Bot token", f"workspace {name} ({answer['team_id']}), bot user @{user}")

    def _scopes(self) -> Finding:
        granted = self._slack.scopes
        missing = [scope for scope in SCOPES if scope not in granted]
        if not granted:
            return Finding(Level.WARNING, "Scopes", "this Slack does not say which ones the token has")
        if missing:
            mend = "Add them under OAuth & Permissions, Bot Token Scopes, and reinstall the app."
            return Finding(Level.PROBLEM, "Scopes", f"missing: {', '.join(missing)}", mend)
        return Finding(Level.OK, "Scopes", f"all {len(SCOPES)} are there")

    async def _way_in(self) -> Finding:
        token = self._settings.slack_app_token
        if token is None:
            what = "HTTP; Slack has to reach /slack/events of this bot, which cannot be tried from here"
            return Finding(Level.OK, "Requests", what)
        try:
            await self._slack.call("apps.connections.open", app_token=token.get_secret_value())
        except SlackRefused as refused:
            bad = refused.error in _REFUSED_TOKEN | {"not_allowed_token_type", "missing_scope"}
            mend = "Switch Socket Mode on in the app's settings."
            if bad:
                mend = "Make an app-level token with connections:write under Basic Information for SLACK_APP_TOKEN."
            return Finding(Level.PROBLEM, "Socket Mode", f"Slack refuses a connection ({refused.error})", mend)
        except Trouble as trouble:
            return _silent("Socket Mode", trouble, self._settings)
        if self._known.ghosts:
            what = f"clicks vanish: Slack counts connections that the bot does not read ({self._known.ghosts})"
            mend = "Stop whatever else runs with this SLACK_APP_TOKEN, or use HTTP (README, Over HTTP instead)."
            return Finding(Level.WARNING, "Socket Mode", what, mend)
        return Finding(Level.OK, "Socket Mode", "Slack gives connections")

    async def _approvers(self) -> Findings:
        configured, needed = self._settings.approvers, self._settings.approvals
        if configured.default:
            what = f"any full member of the channel; {count(needed, 'approval')} needed"
            mend = "Set EMAILDOMAIN_APPROVERS to name them." if needed == 1 else ""
            yield Finding(Level.OK, "Approvers", what, mend)
            return
        able, found = await self._full_members(
            "Approvers", configured, Level.PROBLEM, "Only full members approve: take"
        )
        for one in found:
            yield one
        yield _quorum(len(able), needed)

    async def _requesters(self) -> Findings:
        """Said only where they are named: then those who may do nothing all the same."""
        configured = self._settings.requesters
        if configured.default:
            return
        mend = "Name somebody in EMAILDOMAIN_REQUESTERS, or channel."
        nobody = Finding(Level.PROBLEM, "Requesters", "nobody can add a domain or ask for approval", mend)
        async for one in self._named("Requesters", configured, nobody):
            yield one

    @staticmethod
    def _other_team(identity: Identity, own: str | None) -> Finding:
        what = f"the token is of {identity.name} ({identity.team}), but the database belongs to {own}"
        mend = (
            "Nothing is posted or changed until that is mended. Check SLACK_BOT_TOKEN; if the change is on purpose,"
            f" stop the bot and type: emaildomain rebind --team {identity.team}"
        )
        return Finding(Level.PROBLEM, "Workspace", what, mend)

    async def _operators(self) -> Findings:
        """Who reads what concerns the bot itself."""
        configured = self._settings.operators
        if configured.default:
            if self._known.admins:
                what = f"the workspace's admins; the bot has met {', '.join(self._known.admins)}"
                yield Finding(Level.OK, "Operators", what)
                return
            what = "the workspace's admins, of whom the bot has met none: nobody is told what concerns the bot itself"
            mend = "Set EMAILDOMAIN_OPERATORS, or have an admin type /emaildomain help."
            yield Finding(Level.WARNING, "Operators", what, mend)
            return
        what, mend = "nobody: nobody is told what concerns the bot itself", "Name somebody in EMAILDOMAIN_OPERATORS."
        async for one in self._named("Operators", configured, Finding(Level.WARNING, "Operators", what, mend)):
            yield one

    async def _named(self, part: str, who: Approvers, nobody: Finding) -> Findings:
        """Those of a list who can do what it is for; ``nobody`` where none of them can."""
        able, found = await self._full_members(part, who, Level.WARNING, "Take")
        for one in found:
            yield one
        yield Finding(Level.OK, part, ", ".join(able)) if able else nobody

    async def _full_members(
        self, part: str, who: Approvers, level: Level, take: str
    ) -> tuple[list[str], list[Finding]]:
        """Those of ``who`` that are full members of the workspace, and what is amiss with the rest."""
        setting, found = f"EMAILDOMAIN_{part.upper()}", []
        named = set(who.users)
        for group in who.groups:
            members = await self._directory.group(group)
            if not members:
                mend = f"Correct {setting}, or add people to the group in Slack."
                found.append(Finding(level, part, f"group {group} has no members or does not exist", mend))
            named |= members
        able = []
        for user in sorted(named):
            barred = (await self._directory.person(user)).barred
            if barred:
                mend = f"{take} the id out of {setting} or of its group."
                found.append(Finding(level, part, f"{user} {_BARRED.get(barred, barred)}", mend))
            else:
                able.append(user)
        return able, found

    async def _channel(self) -> Findings:
        channel = self._settings.channel
        if channel is None:
            yield Finding(Level.OK, "Channel", "posts go where a domain was added")
            return
        try:
            found = (await self._slack.call("conversations.info", channel=channel)).get("channel", {})
        except SlackRefused as refused:
            mend = "Check EMAILDOMAIN_CHANNEL; if the channel is private, type /invite @emaildomain in it."
            yield Finding(Level.PROBLEM, "Channel", f"{channel} cannot be seen ({refused.error})", mend)
            return
        name = f"#{found.get('name', channel)}"
        if found.get("is_archived"):
            mend = "Unarchive it, or set EMAILDOMAIN_CHANNEL to another one."
            yield Finding(Level.PROBLEM, "Channel", f"{name} is archived", mend)
        elif found.get("is_member"):
            yield Finding(Level.OK, "Channel", f"the bot is in {name}")
        elif found.get("is_private"):
            mend = "Type /invite @emaildomain in it."
            yield Finding(Level.PROBLEM, "Channel", f"the bot is not in {name}, which is private", mend)
        else:
            yield Finding(Level.OK, "Channel", f"{name} is public; the bot joins it before its first post")

    def _time(self, ahead: int) -> Finding:
        seconds = round(abs(ahead) / 1000)
        if seconds <= CLOCK:
            return Finding(Level.OK, "Clock", "agrees with Slack's")
        what = f"{seconds} s {'behind' if ahead > 0 else 'ahead of'} Slack's"
        mend = "Switch on time synchronisation (NTP) on this machine; until then the bot goes by Slack's clock."
        return Finding(Level.WARNING, "Clock", what, mend)


class _Forgetful:
    """Stands in for the store: what is learnt of people here is not kept."""

    async def remember(self, person: Person) -> None:
        """Nothing is written while examining."""


def _quorum(able: int, needed: int) -> Finding:
    people = f"{able} full {'member' if able == 1 else 'members'} may approve, {count(needed, 'approval')} needed"
    if able < needed:
        return Finding(Level.PROBLEM, "Approvers", people, "Add approvers, or lower EMAILDOMAIN_APPROVALS.")
    if able == needed:
        mend = "Nobody approves what they asked for, so none of them can ask; add one more to change that."
        return Finding(Level.WARNING, "Approvers", people, mend)
    return Finding(Level.OK, "Approvers", people)


def _silent(about: str, problem: Problem, settings: Settings) -> Finding:
    if isinstance(problem, SlackRefused):
        what = f"Slack refuses {problem.method} ({problem.error})"
        return Finding(Level.PROBLEM, about, what, "Add the scope that is missing, and install the app again.")
    if isinstance(problem, SlackBusy):
        what = "Slack could not be reached, or asks to wait"
    else:
        what = f"Slack gave no clear answer within {settings.slack_timeout:g} s"
    mend = "Check that this machine reaches SLACK_API_URL over https (HTTPS_PROXY, firewall), and try again."
    return Finding(Level.PROBLEM, about, what, mend)
