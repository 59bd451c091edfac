"""What ``check`` answers: one sentence first, then per record and server what was found and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from bot.i18n.translator import Markup, escape
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Answer, Look, RecordLook, Status
from bot.model.message import Message
from bot.model.records import RecordType
from bot.views import buttons, findings, kit, publishing, words
from bot.views.card import problem, status
from bot.views.context import Context

_FOUND = 160  #: characters of a found value; the finding says what matters in it
_SENDING = frozenset({State.OPEN, State.DEGRADED})  #: mail may be on its way

_VALUES = 3  #: found values shown of one server


def early(domain: EmailDomain, look: Look, c: Context) -> Message:
    """What the zone's own servers have said so far, while others are still silent."""
    if all(record.published for record in look.records):
        counted = words.servers(look.servers(), c)
        return words.said(domain, c, [c.t("diagnosis.early", name=domain.name, servers=counted)])
    found = () if domain.state is State.REMOVING else look.findings
    blocks = [*findings.paragraphs(found, c), kit.context(c.t("diagnosis.early_rest"))]
    return words.said(domain, c, [_sentence(domain, look, c)], blocks)


def diagnosis(domain: EmailDomain, look: Look, c: Context) -> Message:
    """For the person who asked, readable on a phone: no tables."""
    blocks: list[kit.Block | None] = []
    first = [_sentence(domain, look, c)]
    told = () if domain.state is State.REMOVING else look.findings
    found = [findings.as_lost(f, domain, look.at, c) for f in told if f.kind != "right"]
    harm = findings.effect(found[0] if found else None, c) if look.bad and domain.state in _SENDING else None
    if found and (named := findings.naming(found[0], domain, c)):
        what, fix = named
        first, found = [what], found[1:]
        blocks.append(kit.section(fix) if fix else None)
    if harm:
        blocks.append(kit.section(words.join([harm, c.t("degraded.pause")], c)))
    blocks += findings.paragraphs(found, c)
    for record in () if look.problem else sorted(look.records, key=lambda r: r.record.type is not RecordType.TXT):
        blocks += _record(domain, record, look, c)
    chosen = [buttons.simple("check", domain, c)]
    if domain.state is State.READY and look.good:
        chosen.insert(0, buttons.simple("activate", domain, c, style="primary"))
    if domain.records and look.bad and domain.state is not State.REMOVING:
        chosen += publishing.helpful(_as_seen(domain, look), c)
    blocks.append(kit.actions(*chosen))
    return words.said(domain, c, first, blocks)


def _as_seen(domain: EmailDomain, look: Look) -> EmailDomain:
    """With the servers this look found, which may have changed since the domain was added."""
    return domain.but(zone=look.zone, nameservers=look.nameservers) if look.zone and look.nameservers else domain


def _sentence(domain: EmailDomain, look: Look, c: Context) -> Markup:
    if domain.state is State.REMOVING:
        return _removal(domain, look, c)
    if look.problem:
        return problem(look.problem, domain.name, c)
    counts = {"servers": words.servers(look.servers(), c), "resolvers": words.resolvers(look.resolvers(), c)}
    verdict = look.verdict
    if verdict == "published" and look.visible is None:
        verdict = "published_alone"
    if verdict in ("wrong", "missing", "unknown"):
        touched = [r.record.type.value for r in look.records if r.status.value == verdict]
        which = ("none", "one", "both")[min(len(touched), 2)]
        record = words.record(touched[0] if touched else None, c)
        return c.t(f"diagnosis.{verdict}_{which}", name=domain.name, record=record)
    return c.t(f"diagnosis.{verdict}", name=domain.name, **counts)


def _removal(domain: EmailDomain, look: Look, c: Context) -> Markup:
    """While a domain is removed, a record that is gone is good news."""
    cname = next((r for r in look.records if r.record.type is RecordType.CNAME), None)
    if look.problem or cname is None or cname.status is Status.UNKNOWN:
        return problem(look.problem or "other", domain.name, c)
    left = cname.count(Status.RIGHT)
    key = "still" if left else "gone"
    return c.t(f"diagnosis.cname_{key}", name=domain.name, servers=words.servers((left, len(cname.servers)), c))


def _record(domain: EmailDomain, record: RecordLook, look: Look, c: Context) -> Iterator[kit.Block]:
    title = c.t("diagnosis.title", record=words.record(record.record.type.value, c), status=status(domain, record, c))
    yield kit.section(title)
    if all(a.status is Status.RIGHT for a in (*record.servers, *record.resolvers)):
        return
    another = any(f.code in words.OTHER_NAME for f in look.findings) and record.record.type is RecordType.CNAME
    if record.status is not Status.RIGHT and domain.state is not State.REMOVING and not another:
        yield kit.section(c.t("diagnosis.expected"))
        yield kit.copyable(*words.to_copy(record.record, _as_seen(domain, look), c))
    asked = [*_answers("servers", record.servers, c), *_answers("resolvers", record.resolvers, c)]
    if asked:
        yield kit.context(*asked)


def _answers(who: str, answers: tuple[Answer, ...], c: Context) -> list[str]:
    """One line for all servers that say the same."""
    if not answers:
        return []
    groups: dict[tuple[Status, tuple[str, ...], str | None], list[str]] = {}
    for a in answers:
        names = groups.setdefault((a.status, a.found if a.status is Status.WRONG else (), a.why), [])
        if a.server not in names:
            names.append(a.server)
    lines = [_line(*what, names, c) for what, names in groups.items()]
    return [c.t("diagnosis.answers", who=c.t(f"diagnosis.{who}"), lines=Markup("\n".join(lines)))]


def _line(status: Status, found: tuple[str, ...], why: str | None, names: list[str], c: Context) -> Markup:
    servers = words.codes(names[:4], c)
    if len(names) > 4:
        servers = Markup(f"{servers} {c.t('more', n=len(names) - 4)}")
    said = c.t(f"status.{status.value}")
    if status is Status.UNKNOWN:
        reason = c.t(f"why.{why}" if why and c.t.has(f"why.{why}") else "why.other")
        return c.t("diagnosis.line_unknown", servers=servers, status=said, why=reason)
    if found:
        return c.t("diagnosis.line_found", servers=servers, status=said, found=_values(found))
    return c.t("diagnosis.line", servers=servers, status=said)


def _values(found: tuple[str, ...]) -> Markup:
    shown = [kit.cut(value, _FOUND) for value in found[:_VALUES]]
    rest = ["…"] if len(found) > _VALUES else []
    return Markup(", ".join([*(f"`{escape(value, code=True)}`" for value in shown), *rest]))
