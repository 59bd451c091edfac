"""Phrases that several views share: people, places, counts, findings, what stands in the way of sending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.i18n.translator import Markup, escape
from bot.model import dns_providers
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.look import Finding, Look, Status
from bot.model.message import Message
from bot.model.names import relative
from bot.model.observations import CnameAnswer
from bot.model.records import DnsRecord, RecordType
from bot.model.registration import INBOUND
from bot.views import kit
from bot.views.context import Context

#: Before the first *sending allowed*: every message says that sending is not allowed yet.
BEFORE_OPEN = frozenset(State) - {State.OPEN, State.DEGRADED, State.REMOVING, State.REMOVED}

#: With these another sending name is wanted: nothing is offered to be pasted at this one.
OTHER_NAME = frozenset({"EXISTING_RECORDS_CONFLICT", "DELEGATED_SUBDOMAIN"})

_CAMPAIGNS = 10
_LEFT = 4  #: servers that a sentence names
FACT = 255  #: longest value inside a sentence; no name is longer


def who(by: str | None, c: Context) -> Markup:
    """A person (with the courtesy of the language), or what else did it."""
    if by and kit.is_person(by):
        return c.t("person", who=kit.mention(by))
    return c.t(f"by.{by}") if by and c.t.has(f"by.{by}") else escape(by or "—")


def people(ids: Iterable[str], c: Context) -> Markup:
    found = [who(one, c) for one in dict.fromkeys(ids)]
    return Markup(c.t("separator").join(found)) if found else c.t("nobody")


def call(mentions: Iterable[str], sentence: str, c: Context) -> Markup:
    """``sentence`` that begins with those who should act: only a mention notifies in a thread."""
    names = [c.t("call.one", who=kit.mention(one)) for one in dict.fromkeys(mentions)]
    if not names:
        return Markup(sentence)
    return join([c.t("call.between").join(names), sentence], c)


def join(sentences: Iterable[str], c: Context) -> Markup:
    """Sentences in a row: with spaces where the language has them, and around marks where Slack needs them."""
    text = ""
    for sentence in filter(None, sentences):
        gap = "" if not text or (not c.t("call.after") and _closed(text, sentence)) else " "
        text = f"{text}{gap}{sentence}"
    return Markup(text)


def _closed(text: str, sentence: str) -> bool:
    """In Japanese: whether punctuation keeps them apart, so that there is no space, and no mark needs one."""
    apart = text.endswith(("。", "、", "）", "」")) or sentence.startswith("（")
    return apart and not _marked(text[-1]) and not _marked(sentence[0])


def _marked(character: str) -> bool:
    return character in "`*<>"


def not_yet(domain: EmailDomain, c: Context) -> Markup:
    """Empty once sending was allowed; else the sentence that it is not, with the time where it is known."""
    if domain.state not in BEFORE_OPEN:
        return Markup("")
    if domain.state is State.WAITING and domain.opens_at is not None and not held(domain):
        return c.t("not_before", at=c.at(domain.opens_at))
    return c.t("not_yet")


def held(domain: EmailDomain) -> bool:
    """The two hours are over, but something stands in the way."""
    return domain.held


def state(domain: EmailDomain) -> str:
    """The key of the state's name: *held* and *released* have one of their own."""
    return "held" if domain.held else "released" if domain.released else domain.state.value


def hosting(domain: EmailDomain, c: Context, *, short: bool = False) -> Markup:
    return c.t(f"hosting{'_short' if short else ''}.{domain.hosting or 'unknown'}")


def where(domain: EmailDomain, c: Context) -> Markup:
    """Where the records have to be entered, as far as DNS tells."""
    host = dns_providers.serving(domain.nameservers)
    if host:
        return c.t("where.known", host=host.name)
    if domain.zone and domain.nameservers:
        return c.t("where.servers", zone=domain.zone, servers=codes(domain.nameservers[:2], c))
    return c.t("where.unknown")


def still_on(domain: EmailDomain) -> list[str]:
    """Names of the first servers that gave our CNAME when they were last asked."""
    return saying(domain, CnameAnswer.OURS)


def saying(domain: EmailDomain, answer: CnameAnswer) -> list[str]:
    """Names of the first servers that gave this answer when they were last asked."""
    poll = domain.observations.last
    return poll.saying(answer)[:_LEFT] if poll else []


def usage(command: str, otherwise: str, c: Context) -> str:
    """How a command is typed, in the words of the language."""
    key = f"command.{command}.usage"
    return c.t.plain(key) if c.t.has(key) else otherwise


def codes(values: Iterable[str], c: Context) -> Markup:
    return Markup(", ".join(f"`{escape(kit.cut(value, FACT), code=True)}`" for value in values))


def quoted(values: Iterable[str], c: Context) -> Markup:
    """Names that other people gave, in quotation marks."""
    return Markup(c.t("separator").join(c.t("quote", words=kit.cut(value, FACT)) for value in values))


def servers(tally: Sequence[int], c: Context) -> Markup:
    return c.t("count.servers", right=tally[0], asked=tally[1])


def resolvers(tally: Sequence[int], c: Context) -> Markup:
    return c.t("count.resolvers", right=tally[0], asked=tally[1])


def evidence(seen: Mapping[str, Any], c: Context) -> Markup:
    """When DNS was looked at, and how many saw both records right."""
    at, counted = c.at(seen.get("at")), servers(seen["servers"], c)
    if not seen.get("resolvers"):
        return c.t("approval.evidence_silent", at=at, servers=counted)
    return c.t("approval.evidence", at=at, servers=counted, resolvers=resolvers(seen["resolvers"], c))


def campaigns(found: Sequence[Mapping[str, Any]], c: Context) -> list[Markup]:
    """A line for each campaign: its name, and whether it is on or when it starts."""
    lines = []
    for one in found[:_CAMPAIGNS]:
        key = "on" if one.get("live") else "off" if one.get("starts") is None else "starts"
        lines.append(c.t(f"campaign.{key}", name=kit.cut(str(one.get("name")), FACT), at=c.at(one.get("starts"))))
    return [*lines, c.t("more", n=len(found) - _CAMPAIGNS)] if len(found) > _CAMPAIGNS else lines


def record(type: str | None, c: Context) -> Markup:
    return c.t(f"record.{type}" if type in set(RecordType) else "record.none")


def conflicts(domain: EmailDomain, c: Context) -> Markup:
    """What stood at the name when it was added; empty where nothing did."""
    if "unchecked" in domain.conflicts:
        return c.t("card.unchecked")
    lines = [c.t("card.inbound")] if INBOUND in domain.conflicts else []
    types = [one for one in domain.conflicts if one not in ("imported", INBOUND)]
    lines += [c.t("card.conflicts", types=codes(types, c))] if types else []
    return join(lines, c) if lines else Markup("")


def unread(domain: EmailDomain, c: Context) -> Markup:
    """What could not be read from the platform, on one grey line; empty where everything was."""
    parts = [one.partition("/") for one in domain.unread]
    said = [c.t(f"unread.{why}", what=c.t(f"unread.{what}")) for what, _, why in parts if c.t.has(f"unread.{what}")]
    return c.t("card.unread", what=Markup(c.t("separator").join(said))) if said else Markup("")


# ---- records


def paste(domain: EmailDomain, found: Sequence[Finding | Mapping[str, Any]], c: Context) -> list[kit.Block]:
    """The records that findings speak of, each value alone."""
    touched = {f.record if isinstance(f, Finding) else f.get("record") for f in found} - {None}
    wanted = [r for r in ordered(domain.records) if not touched or r.type.value in touched]
    if any((f.code if isinstance(f, Finding) else f.get("code")) in OTHER_NAME for f in found):
        wanted = [record for record in wanted if record.type is not RecordType.CNAME]
    if not (found and wanted):
        return []
    return [kit.section(c.t("paste")), *(kit.copyable(*to_copy(r, domain, c)) for r in wanted)]


def to_copy(record: DnsRecord, domain: EmailDomain, c: Context) -> list[tuple[str, str]]:
    """What goes into a DNS console, each value alone, as the company that serves the zone wants it.

    Where the company is not known: the short host first, the whole name below it.
    """
    zone, host = domain.zone, dns_providers.serving(domain.nameservers)
    if host and zone:
        key = "full" if host.full else "relative"
        label = c.t.plain(f"card.host_{key}_at", host=host.name, zone=zone)
        form = "_quoted" if record.type is RecordType.TXT and host.quoted else ""
        value = c.t.plain(f"card.value_{record.type.value}{form}")
        return [(label, host.host(record, zone)), (value, host.value(record))]
    rows = []
    if zone and (short := relative(record.host, zone)) != record.host:
        rows.append((c.t.plain("card.host_relative", zone=zone), short))
    rows.append((c.t.plain("card.host_full"), record.host))
    rows.append((c.t.plain(f"card.value_{record.type.value}"), record.value))
    return rows


def traps(domain: EmailDomain, c: Context) -> list[Markup]:
    """What goes wrong easily in the console of the company that serves the zone."""
    host = dns_providers.serving(domain.nameservers)
    if host is None:
        return []
    length = max((len(r.value) for r in domain.records if r.type is RecordType.TXT), default=0)
    label = next((r.host.partition(".")[2] for r in domain.records if r.type is RecordType.TXT), domain.name)
    facts = {"host": host.name, "zone": domain.zone or "", "length": length, "longest": host.longest, "label": label}
    return [c.t(f"trap.{key}", **facts) for key in host.warnings(domain.records)]


def ordered(records: Iterable[DnsRecord]) -> list[DnsRecord]:
    """TXT first, as the platform shows them."""
    return sorted(records, key=lambda r: r.type is not RecordType.TXT)


def statuses(look: Look | None) -> dict[str, Status]:
    return {r.record.type.value: r.status for r in look.records} if look else {}


def listed(names: Sequence[str], c: Context, most: int = 20) -> Markup:
    """Names of domains, and how many more there are."""
    more = c.t("more", n=len(names) - most) if len(names) > most else ""
    return join([codes(list(names[:most]), c), more], c)


# ---- the whole message


def refused(reason: object, c: Context) -> list[Markup]:
    """What the platform refused and what helps, for a reason that has words; empty for others."""
    if not reason or not c.t.has(f"refused.{reason}.what"):
        return []
    return [c.t(f"refused.{reason}.{part}", platform=c.t("by.platform")) for part in ("what", "fix")]


def asked(domain: EmailDomain, lead: Markup, c: Context, *, yet: bool = False) -> Message:
    """To the person who has just asked for approval of something: what, how many votes it takes, and until when."""
    sentences = [lead]
    if domain.round:
        sentences.append(c.t("asked.until", n=domain.round.missing, at=c.at(domain.round.expires_at)))
    return said(domain, c, [*sentences, c.t("asked.own")], yet=yet)


def said(
    domain: EmailDomain,
    c: Context,
    sentences: Iterable[str],
    blocks: Iterable[kit.Block | None] = (),
    *,
    to: Iterable[str] = (),
    practice: bool = False,
    yet: bool = True,
) -> Message:
    """A message about a domain: practice mode, who should act, what happened, that sending is not allowed yet."""
    lead = join([*sentences, not_yet(domain, c) if yet else ""], c)
    lead = call(to, lead, c)
    first = c.t("practice") if practice and c.practice else None
    return kit.message([first or "", lead], [kit.context(first) if first else None, kit.section(lead), *blocks])
