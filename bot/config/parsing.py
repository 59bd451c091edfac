"""From a setting's text to its value: each function says in words what is wrong, and never repeats the text.

A message is the rest of a sentence that begins with the variable's name: ``PORT`` "is not a whole number ...".
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.model import calendar, regions
from bot.model.approval import ANYONE
from bot.model.regions import Region


class BadSetting(NamedTuple):
    """One setting that cannot stay as it is: ``variable`` ``what``, and what a right one looks like, where that helps.

    ``unknown``: no command reads a setting of this name.
    """

    variable: str
    what: str
    example: str = ""
    unknown: bool = False

    def __str__(self) -> str:
        said = f"{self.variable} {self.what}".rstrip(".")
        end = "" if said.endswith("?") else "."
        return f"{said}{end} For example: {self.example}" if self.example else f"{said}{end}"


class ConfigError(Exception):
    """The settings are not usable. Its text is for the person who starts the bot: one line for each problem."""

    def __init__(self, problems: tuple[BadSetting, ...]) -> None:
        self.problems = problems
        super().__init__(problems)

    def __str__(self) -> str:
        return "\n".join(["These settings cannot be used:", *(f"  {problem}" for problem in self.problems)])


class Endpoint(NamedTuple):
    """Where a DNS server listens."""

    address: str
    port: int


class Resolver(NamedTuple):
    """A public resolver: the name people read, and where it listens."""

    name: str
    address: str
    port: int


class Approvers(NamedTuple):
    """Who has a role: ids of people and of user groups. Both empty: its default; of approvers and requesters, any full
    member of the channel."""

    users: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def default(self) -> bool:
        return not (self.users or self.groups)

    @property
    def listed(self) -> tuple[str, ...]:
        """As a round keeps it."""
        return (*self.users, *self.groups) or (ANYONE,)

    @classmethod
    def of(cls, ids: Iterable[str]) -> Approvers:
        """The other way round."""
        named = tuple(one for one in dict.fromkeys(ids) if one != ANYONE)
        return cls(tuple(i for i in named if i[0] != "S"), tuple(i for i in named if i[0] == "S"))


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """Leaves text that matches ``pattern`` as it is; otherwise says ``what``."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(what)
        return text

    return check


def one_of(*words: str) -> Callable[[str], str]:
    """One of ``words``, as it is."""
    return matching("|".join(map(re.escape, words)), f"is not {' or '.join(words)}")


def yes_or_no(text: str) -> bool:
    """``yes`` or ``no``, and nothing else that somebody may have meant by it."""
    return one_of("yes", "no")(text) == "yes"


word = matching(r"\S+", "has a space in it")
bot_token = matching(r"(xoxe\.)?xoxb-\S+", "is not a bot token, which begins with xoxb-")
app_token = matching(r"xapp-\S+", "is not an app-level token, which begins with xapp-")
channel = matching(
    r"[CGD][A-Z0-9]+",
    "is not the id of a channel (C...), which stands at the end of the channel's details; names change",
)


def url(text: str) -> str:
    """An http or https address without its last slash. Nobody's password stands in it: addresses are logged.

    Tokens are sent there, so http leads to this machine only.
    """
    if "@" in urlsplit(proxy(text)).netloc:
        raise ValueError("has a user name or password in it")
    if urlsplit(text).scheme == "http" and not is_loopback(text):
        raise ValueError("is http to another machine, which everybody on the way can read; use https")
    return text.rstrip("/")


def folder_url(text: str) -> str:
    """The same with exactly one slash at its end, as Slack's client wants it."""
    return f"{url(text)}/"


def proxy(text: str) -> str:
    """An http or https address, with a user name and password where the proxy wants them."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", text):
        raise ValueError("is not an http or https address")
    return text


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number between both ends, these included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"is not a whole number from {low} to {high}")
        return int(text)

    return parse


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ValueError("is not a number above 0")
    return number


def timezone(text: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    found = calendar.zone(text)
    if found is None:
        raise ValueError("is not the name of a time zone in the IANA database")
    return found


def database(text: str) -> Path:
    """The path of the SQLite file."""
    if re.match(r"postgres(ql)?(\+\w+)?://", text):
        raise ValueError(
            "names a PostgreSQL database, which is not in this version yet; give the path of a SQLite file"
        )
    if "://" in text or text == ":memory:":
        raise ValueError("is not the path of a file")
    return Path(text)


def endpoint(text: str) -> Endpoint:
    """``address[:port]``; an IPv6 address with a port stands in brackets."""
    found = re.fullmatch(r"\[(?P<v6>[^\]]+)\](?::(?P<port6>\d+))?|(?P<v4>[^:]+)(?::(?P<port4>\d+))?|(?P<bare>.+)", text)
    try:
        if found is None:
            raise ValueError
        address = ipaddress.ip_address(found["v6"] or found["v4"] or found["bare"])
        return Endpoint(str(address), whole(1, 65535)(found["port6"] or found["port4"] or "53"))
    except ValueError:
        raise ValueError("is not an IP address, or an IP address and a port") from None


def resolvers(text: str) -> tuple[Resolver, ...]:
    """``name=address[:port]``, comma separated, each name once."""
    found: dict[str, Resolver] = {}
    for entry in entries(text):
        name, _, where = entry.partition("=")
        try:
            server = endpoint(where.strip())
        except ValueError:
            raise ValueError("has an entry that is not name=address or name=address:port") from None
        if not re.fullmatch(r"[A-Za-z0-9._-]+", name.strip()):
            raise ValueError("has an entry without a name of letters, digits, dots, dashes and underscores")
        if name.strip() in found:
            raise ValueError("has the same name twice")
        found[name.strip()] = Resolver(name.strip(), *server)
    if not found:
        raise ValueError("has no entry")
    return tuple(found.values())


def approvers(text: str) -> Approvers:
    """The same, or the one word for any full member of the channel."""
    ids = entries(text)
    if not ids:
        raise ValueError("has no entry")
    if ANYONE in ids and len(ids) > 1:
        raise ValueError(f"has {ANYONE}, which is everybody in the channel, beside others")
    return Approvers.of(ids) if ids == (ANYONE,) else people(text)


def people(text: str) -> Approvers:
    """Ids of people and user groups, comma separated."""
    ids = tuple(dict.fromkeys(entries(text)))
    if any(not re.fullmatch(r"[UWS][A-Z0-9]+", one) for one in ids):
        raise ValueError(
            "has an entry that is neither a user id (U... or W...) nor a user group id (S...); names do not work here"
        )
    return Approvers.of(ids)


def region(text: str) -> Region:
    """A region by its code or its host."""
    found = regions.find(text)
    if found is None:
        raise ValueError(f"is none of {', '.join(regions.REGIONS)}, or their hosts")
    return found


def entries(text: str) -> tuple[str, ...]:
    """What stands between the commas."""
    return tuple(entry.strip() for entry in text.split(",") if entry.strip())


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_slack(url: str) -> bool:
    """Whether this is the real Slack (its own, or the one for governments)."""
    return any(_host(url) == host or _host(url).endswith(f".{host}") for host in ("slack.com", "slack-gov.com"))


def is_loopback(url: str) -> bool:
    """Whether the host of ``url`` is this machine."""
    try:
        return ipaddress.ip_address(_host(url)).is_loopback
    except ValueError:
        return _host(url) == "localhost"


def bypasses_proxy(url: str, no_proxy: tuple[str, ...]) -> bool:
    """Whether ``NO_PROXY`` names the host of ``url``: ``*``, a host, or a domain and what is below it."""
    host = _host(url)
    names = [entry.lower().removeprefix("*").removeprefix(".") for entry in no_proxy]
    return "*" in no_proxy or any(name and (host == name or host.endswith(f".{name}")) for name in names)
