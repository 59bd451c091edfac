"""``emaildomain check``: one look at DNS, told to a terminal or a script. Needs neither Slack nor a database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from bot.config.settings import DnsSettings, setting
from bot.dns.look import Dns, build
from bot.errors import BadName, Problem
from bot.i18n.translator import Translate, translator
from bot.model import names
from bot.model.diagnosis.case import Context
from bot.model.diagnosis.table import diagnose
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.name_survey import Survey
from bot.model.records import DnsRecord, RecordType
from bot.runtime.clock import SystemClock
from bot.views import report

#: Exit status by verdict; 2 is for wrong usage.
EXIT = {"visible": 0, "unknown": 3}
_ELSE = 1

#: Mood of a line -> colour.
COLOURS = {
    "visible": "green", "right": "green", "published": "yellow", "missing": "yellow", "note": "yellow", "wrong": "red",
    "unknown": "magenta",
}  # fmt: skip

Say = Callable[[str, str | None], None]


class CheckSettings(DnsSettings):
    """All that ``emaildomain check`` reads: DNS, and the language, chosen or of the terminal."""

    language: str = setting("EMAILDOMAIN_LANGUAGE", "", "The language, `en` or `ja`.", "ja")
    locale: str = setting("LANG", "en", "The language of the terminal.", "ja_JP.UTF-8")

    @property
    def speech(self) -> str:
        return self.language or self.locale.partition("_")[0]


class BadUsage(Exception):
    """What was typed cannot be meant; the text says what can."""


def refusal(problem: Problem, t: Translate) -> str | None:
    """Why a name cannot be looked at, in words for somebody at a terminal, where there are such."""
    key = f"terminal_refusal.{problem.code}"
    facts = {**problem.facts}
    if isinstance(problem, BadName):
        facts["reason"] = t.plain(f"name.{problem.reason}")
    return t.plain(key, **facts) if t.has(key) else None


def records(name: str, txt: str | None, cname: str | None, t: Translate) -> tuple[DnsRecord, ...]:
    """The records to look for, from the options as typed. Raises BadUsage."""
    found: list[DnsRecord] = []
    if txt is not None:
        host, sign, value = txt.partition("=")
        host, value = host.strip().rstrip(".").lower(), _unquoted(value.strip())
        if not (sign and host and value) or re.search(r"[\s;\"]", host):
            raise BadUsage(t.plain("terminal_usage.txt_form"))
        zone = names.registrable(name) or name
        if not host.endswith(f".{zone}"):
            raise BadUsage(t.plain("terminal_usage.host_full", host=host, zone=zone))
        found.append(DnsRecord(RecordType.TXT, host, value))
    if cname is not None:
        target = cname.strip().rstrip(".").lower()
        if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", target):
            raise BadUsage(t.plain("terminal_usage.target_form"))
        found.append(DnsRecord(RecordType.CNAME, name, target))
    return tuple(found)


def _unquoted(value: str) -> str:
    """A value copied from a zone file: quoted strings are one text."""
    parts = re.findall(r'"([^"]*)"', value)
    return "".join(parts) if parts and re.fullmatch(r'("[^"]*"\s*)+', value) else value


async def check(settings: CheckSettings, name: str, wanted: tuple[DnsRecord, ...], *, as_json: bool, say: Say) -> int:
    """One look, said; the exit status."""
    t = translator(settings.speech)
    dns = build(
        recursor=settings.recursor,
        resolvers=settings.resolvers,
        dns_port=settings.dns_port,
        clock=SystemClock(),
    )
    try:
        survey = None if wanted else await dns.survey(name)
        look = surveyed(name, survey, t) if survey else await _look(dns, name, wanted)
    finally:
        await dns.close()
    if as_json:
        say(json.dumps(report.as_data(look, t), indent=2), None)
    else:
        for line in report.lines(look, t, survey):
            say(line.text, line.mood)
    return EXIT.get(look.verdict, _ELSE)


async def _look(dns: Dns, name: str, wanted: tuple[DnsRecord, ...]) -> Look:
    return await dns.look(name, wanted, confirm=True, fresh=True)


def surveyed(name: str, survey: Survey, t: Translate) -> Look:
    """What can be said without expected values: nothing is right, but some things are wrong already."""
    problem = survey.problem if survey.problem != "silent" else None
    target = RecordLook(
        DnsRecord(RecordType.CNAME, name, t.plain("terminal.target")),
        (Answer("", "", Status.MISSING, why="nodata"),),
    )
    context = Context(
        zone=survey.zone,
        nameservers=survey.nameservers,
        others=dict.fromkeys(survey.types, ()),
        problem=problem,
    )
    found = diagnose(name, (target,) if survey.types and not survey.cname else (), context)
    return Look(name, 0, (), survey.zone, survey.nameservers, found, problem)
