"""``emaildomain check``: one look at DNS, told to a terminal or a script. Needs neither Slack nor a database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

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


def records(name: str, txts: Sequence[str], cnames: Sequence[str], t: Translate) -> tuple[DnsRecord, ...]:
    """The records to look for, from the options as typed. Raises BadUsage."""
    found: list[DnsRecord] = []
    for option, typed in (("--txt", txts), ("--cname", cnames)):
        if len(typed) > 1:
            raise BadUsage(t.plain("terminal_usage.twice", option=option))
    for txt in txts:
        host, sign, value = txt.partition("=")
        host, value = host.strip().rstrip(".").lower(), _unquoted(value.strip())
        if not (sign and host and value) or re.search(r"[\s;\"]", host):
            raise BadUsage(t.plain("terminal_usage.txt_form"))
        zone = names.registrable(name) or name
        if not host.endswith(f".{zone}"):
            key = "host_full" if f"{host}.{zone}".endswith(f".{name}") else "host_foreign"
            raise BadUsage(t.plain(f"terminal_usage.{key}", host=host, zone=zone))
        found.append(DnsRecord(RecordType.TXT, host, value))
    for cname in cnames:
        target = cname.strip().rstrip(".").lower()
        if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", target):
            raise BadUsage(t.plain("terminal_usage.target_form"))
        found.append(DnsRecord(RecordType.CNAME, name, target))
    return tuple(found)


def _unquoted(value: str) -> str:
    """A value copied from a zone file or from dig: quoted strings are one text, escaped characters are themselves."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    whole = "".join(parts) if parts and re.fullmatch(r'("(?:[^"\\]|\\.)*"\s*)+', value) else value
    return re.sub(r"\\(\d{3}|.)", lambda m: chr(int(m[1]) % 256) if len(m[1]) == 3 else m[1], whole)


async def check(settings: CheckSettings, name: str, wanted: tuple[DnsRecord, ...], *, as_json: bool, say: Say) -> int:
    """One look, said; the exit status."""
    t = translator(settings.speech)
    dns = build(
        recursor=settings.recursor,
        resolvers=settings.resolvers,
        dns_port=settings.dns_port,
        private=settings.dns_private,
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
