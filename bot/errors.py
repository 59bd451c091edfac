"""Everything that can go wrong and that a person is told about.

::

    Problem                    carries facts; the catalogue has *what* and *fix* for each class in every language
    ├── UserError              the person can do something about it
    └── Trouble                the world is not as it should be

Errors carry facts, never sentences. ``bot/i18n/*.toml`` holds ``[error.<ClassName>]`` with ``what`` and ``fix``;
a test checks that both exist for every class in this tree.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

#: Why a database cannot be opened: a bot runs on it, a newer version wrote it, another program holds it, ...
UNUSABLE = ("running", "newer", "locked", "denied", "disk", "damaged", "copy", "other")


@dataclass(eq=False)
class Problem(Exception):
    """Base of the tree. ``code`` is the key of its texts; ``facts`` fill them."""

    @property
    def code(self) -> str:
        return type(self).__name__

    @property
    def facts(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"


@dataclass(eq=False)
class UserError(Problem):
    """Something the person who asked can put right."""


@dataclass(eq=False)
class Trouble(Problem):
    """Something around us is broken; trying again later may help."""


@dataclass(eq=False)
class Usage(UserError):
    """The command was typed without what it needs."""

    command: str
    usage: str


@dataclass(eq=False)
class UnknownCommand(UserError):
    """No such command; ``suggestion`` is the nearest one or empty."""

    typed: str
    suggestion: str = ""


@dataclass(eq=False)
class NotInThisVersion(UserError):
    """A command of the documented product that this version does not have yet."""

    typed: str


@dataclass(eq=False)
class BadName(UserError):
    """The text is no domain name: ``reason`` is one of ``NAME_REASONS`` in :mod:`bot.model.names`."""

    name: str
    reason: str = "shape"


@dataclass(eq=False)
class RootDomain(UserError):
    """The name is a registrable domain; campaign domains are always subdomains (S11)."""

    name: str


@dataclass(eq=False)
class NotYours(UserError):
    """A public suffix, a free-mail name or a vendor's name: nobody can prove to own it (S7)."""

    name: str


@dataclass(eq=False)
class InboundDomain(UserError):
    """The name is the contact centre's own email domain (S8)."""

    name: str


@dataclass(eq=False)
class AlreadyThere(UserError):
    """The platform has the name already, so it is imported rather than registered. ``stage``: ``done`` (provisioned and
    verified), ``verified`` or ``there``."""

    name: str
    stage: str = "there"
    version: str = ""  #: of what the platform holds; a button carries it


@dataclass(eq=False)
class OnHold(UserError):
    """The operators have put the bot on hold: steps that cannot be taken back wait."""

    name: str


@dataclass(eq=False)
class NotFoundThere(UserError):
    """The platform did not find the name at the last reading; it is looked for again before anything else is done."""

    name: str


@dataclass(eq=False)
class RoundOpen(UserError):
    """Another request about this domain is open: of ``purpose``, a key of :class:`bot.model.approval.Purpose`."""

    name: str
    purpose: str


@dataclass(eq=False)
class TooEarly(UserError):
    """A removal cannot be finished anyway yet, or not be stopped any more. ``why``: ``seven_days`` or ``deleting``."""

    name: str
    why: str


@dataclass(eq=False)
class OtherLife(UserError):
    """The button or form was made for an earlier life of the name, or by a version that did not say for which."""

    name: str


@dataclass(eq=False)
class ZoneApex(UserError):
    """The name is a zone of its own, where no CNAME can stand (S9)."""

    name: str
    nameservers: str = ""


# ---- life


@dataclass(eq=False)
class NotFound(UserError):
    """This workspace has no such domain. ``suggestion`` is the nearest registered name or empty."""

    name: str
    suggestion: str = ""


@dataclass(eq=False)
class NotAllowed(UserError):
    """``step`` cannot happen while the domain is in ``state``."""

    name: str
    step: str
    state: str


@dataclass(eq=False)
class Stale(UserError):
    """The button belongs to a round that is over, or what it would approve has changed."""

    name: str


@dataclass(eq=False)
class AlreadyDecided(UserError):
    """The round was decided before this click: ``who`` was first, with ``outcome``."""

    name: str
    who: str
    outcome: str


@dataclass(eq=False)
class CoolDown(UserError):
    """*Check now* was pressed a moment ago; ``seconds`` until it may be pressed again."""

    name: str
    seconds: int


@dataclass(eq=False)
class ChannelClosed(UserError):
    """The bot cannot post to the channel that was chosen."""

    name: str
    channel: str


# ---- people


@dataclass(eq=False)
class Forbidden(UserError):
    """This person may not do this. ``action`` and ``who_may`` are keys of texts."""

    action: str
    who_may: str


@dataclass(eq=False)
class NotAPerson(UserError):
    """Guests, bots, deactivated people and people of other workspaces may do nothing."""

    why: str


@dataclass(eq=False)
class OwnRound(UserError):
    """Who asked cannot approve what they asked for."""

    name: str


@dataclass(eq=False)
class AlreadyVoted(UserError):
    """This person's approval is counted already; ``missing`` more are wanted."""

    name: str
    missing: int


@dataclass(eq=False)
class TooFewApprovers(UserError):
    """Fewer people could approve than approvals are needed, so asking would lead nowhere."""

    name: str
    needed: int
    possible: int


@dataclass(eq=False)
class NotInChannel(UserError):
    """The bot is not in the domain's channel, so nobody there would read what is asked."""

    name: str
    channel: str


@dataclass(eq=False)
class CannotSee(UserError):
    """The bot is not in the channel whose members may do it, so it cannot see who they are."""

    name: str
    channel: str


@dataclass(eq=False)
class NotCounted(UserError):
    """Slack did not say within ``minutes`` who somebody is: their vote is given up, and may be cast again."""

    name: str
    minutes: int


@dataclass(eq=False)
class Superseded(Problem):
    """Somebody else changed the domain first; read it again and decide anew. Never shown to people."""

    name: str


@dataclass(eq=False)
class AlreadyDone(Problem):
    """This very intention was carried out before (a duplicate, or a restart). Never shown to people."""

    intent: str


# ---- the world


@dataclass(eq=False)
class PlatformDown(Trouble):
    """The mail platform did not answer clearly; nothing may be concluded from it."""

    platform: str
    why: str = ""


@dataclass(eq=False)
class PlatformUnclear(PlatformDown):
    """The mail platform was asked for something, and may have carried it out: look before asking again."""


@dataclass(eq=False)
class PlatformRefused(Trouble):
    """The mail platform refused for good. ``reason`` is a key of texts, ``said`` the platform's own words."""

    platform: str
    reason: str
    said: str = ""
    name: str = ""  #: adding it was refused, and may be tried again


@dataclass(eq=False)
class StorageBusy(Trouble):
    """The database did not take an intention in time, or the disk is full: nothing was changed."""

    why: str = ""


@dataclass(eq=False)
class Unreadable(Trouble):
    """What is stored of a name cannot be read by this version; most often a newer one wrote it. ``why`` is for the
    log."""

    name: str
    why: str = ""


@dataclass(eq=False)
class Busy(Trouble):
    """More work is waiting than this process takes on."""


@dataclass(eq=False)
class SlackRefused(Trouble):
    """Slack refused a call for good; ``error`` is Slack's own name for it."""

    method: str
    error: str


@dataclass(eq=False)
class SlackTokenRefused(SlackRefused):
    """Slack does not accept our token any more; nothing may be concluded about what was asked."""


@dataclass(eq=False)
class SlackUnclear(Trouble):
    """A call to Slack whose fate is not known: time-out, dropped connection, 5xx, ``fatal_error``."""

    method: str
    why: str


@dataclass(eq=False)
class SlackBusy(Trouble):
    """Slack said 429, or the connection was never made: surely nothing happened. Try after ``seconds``."""

    method: str
    seconds: float


@dataclass(eq=False)
class StandingUnknown(Trouble):
    """Slack does not say now whether somebody may vote: their vote is kept until ``until`` (UTC ms)."""

    name: str
    until: int


@dataclass(eq=False)
class TimeUnknown(Trouble):
    """The bot was just started, and only one witness has said what time it is: what cannot be taken back waits.

    A ``vote`` is kept meanwhile; anything else is to be asked for again.
    """

    name: str
    vote: bool = False


@dataclass(eq=False)
class DatabaseUnusable(Trouble):
    """The database cannot be opened. ``why``: one of :data:`UNUSABLE`; ``said``: SQLite's or the system's own words."""

    path: str
    why: str
    said: str = ""


@dataclass(eq=False)
class CannotListen(Trouble):
    """The address the bot is to be reached at is taken, or not this machine's."""

    address: str
    said: str = ""
