"""A look at DNS as a script and a terminal want it: plain data, plain lines. No markup, nothing that moves a cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.i18n.translator import Translate, written_out
from bot.model.dns_providers import serving
from bot.model.look import Answer, Finding, Look, RecordLook, Status
from bot.model.name_survey import Survey
from bot.views.findings import fix_key, what_key

_VALUE = 300  #: characters of a found value on one line; the whole one is in the JSON
_VALUES = 3  #: found values on one line


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``mood`` is a verdict, a status or a kind of finding, and empty where nothing is judged."""

    text: str
    mood: str = ""


def as_data(look: Look, t: Translate) -> dict[str, Any]:
    """What ``check --json`` prints. Its keys and words are stable: scripts build on them."""
    return {
        "name": look.name,
        "verdict": look.verdict,
        "records": [_record_data(record) for record in look.records],
        "findings": [{"code": f.code, "what": what, "fix": fix} for f in look.findings for what, fix in [_said(f, t)]],
    }


def _record_data(look: RecordLook) -> dict[str, Any]:
    answers = [{"server": a.server, "status": a.status.value, "found": list(a.found)} for a in look.servers]
    return {
        "type": look.record.type.value,
        "host": look.record.host,
        "expected": look.record.value,
        "servers": answers,
    }


def lines(look: Look, t: Translate, survey: Survey | None = None) -> Iterator[Line]:
    """The verdict first, then who serves the zone, each record by server, and what to do."""
    verdict = "surveyed" if survey and survey.checked and look.verdict == "unknown" else look.verdict
    yield Line(t.plain(f"terminal.{verdict}", name=look.name), look.verdict)
    if look.zone and look.nameservers:
        host = served.name if (served := serving(look.nameservers)) else None
        key = "terminal.served_at" if host else "terminal.served"
        yield Line(t.plain(key, zone=look.zone, host=host or "", servers=", ".join(look.nameservers)))
    if survey and survey.checked:
        yield _at_name(survey, t)
    for record in look.records:
        yield Line("")
        yield from _record(record, t)
    for finding in look.findings:
        what, fix = _said(finding, t)
        yield Line("")
        yield Line(f"{finding.code}: {written_out(what)}", finding.kind)
        yield Line(f"  {written_out(fix)}")
    if look.problem and not look.findings:
        yield Line("")
        yield Line(t.plain(f"problem.{look.problem}", name=look.name), "unknown")


def _at_name(survey: Survey, t: Translate) -> Line:
    if survey.cname:
        return Line(written_out(t.plain("terminal.found_cname", target=survey.cname)))
    if survey.types:
        return Line(t.plain("terminal.found_types", types=", ".join(survey.types)))
    return Line(t.plain("terminal.found_nothing"))


def _record(look: RecordLook, t: Translate) -> Iterator[Line]:
    yield Line(written_out(t.plain("terminal.record", type=look.record.type.value, host=look.record.host)), "title")
    yield Line(f"  {t.plain('terminal.expected')}: {written_out(look.record.value)}")
    for answer in (*look.servers, *look.resolvers):
        yield Line(f"  {_answer(answer, t)}", answer.status.value)


def _answer(answer: Answer, t: Translate) -> str:
    who = t.plain("terminal.address", server=answer.server, address=answer.address)
    said = t.plain(f"status.{answer.status.value}")
    if answer.status is Status.UNKNOWN:
        why = f"why.{answer.why}"
        return written_out(f"{who}: {said}, {t.plain(why if t.has(why) else 'why.other')}")
    if answer.status is not Status.WRONG or not answer.found:
        return written_out(f"{who}: {said}")
    shown = [value if len(value) <= _VALUE else f"{value[:_VALUE]}…" for value in answer.found[:_VALUES]]
    if len(answer.found) > _VALUES:
        shown.append(t.plain("terminal.more", n=len(answer.found) - _VALUES))
    return written_out(f"{who}: {said}: {' | '.join(shown)}")


def _said(finding: Finding, t: Translate) -> tuple[str, str]:
    facts = finding.facts
    what, fix = what_key(finding.code, facts, t), fix_key(finding.code, facts, t)
    return t.told(what, **facts), t.told(fix, **facts)
