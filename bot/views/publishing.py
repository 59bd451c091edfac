"""Help for whoever edits DNS: the way through the console, every form of the records, the text for the DNS team."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model import dns_providers
from bot.model.domain import EmailDomain
from bot.model.lifecycle import State
from bot.model.message import Message
from bot.model.names import relative
from bot.model.records import DnsRecord, RecordType, quoted, zone_line
from bot.views import buttons, kit, words
from bot.views.context import Context

#: Buttons that help whoever enters the records, wherever the zone is served.
HELP = ("format", "letter")

_SERVERS = 4  #: NS names in the text for the DNS team


def helpful(domain: EmailDomain, c: Context) -> list[kit.Block]:
    """The buttons that help to publish; *How at ...* only where the company is known."""
    host = dns_providers.serving(domain.nameservers)
    how = [kit.button(c.t.plain("button.how", host=host.name), "how", buttons.carried(domain))] if host else []
    return [*how, *(buttons.simple(action, domain, c) for action in HELP)]


def how(domain: EmailDomain, c: Context) -> Message:
    """The steps in the console of the company that serves the zone; every form where it is not known."""
    host = dns_providers.serving(domain.nameservers)
    if host is None:
        return _forms(domain, "how.unknown", c)
    key = "lead_remove" if domain.state is State.REMOVING else "lead"
    traps = [c.t("how.trap", trap=trap) for trap in words.traps(domain, c)]
    blocks: list[kit.Block | None] = [
        kit.section(c.t(f"host.{host.id}", zone=domain.zone or domain.name)),
        None if host.verified else kit.context(c.t("how.unverified")),
        kit.section(c.t("how.traps"), *traps) if traps else None,
    ]
    for record in words.ordered(domain.records):
        blocks.append(kit.section(c.t("strong", words=words.record(record.type, c))))
        blocks.append(kit.copyable(*words.to_copy(record, domain, c)))
    row = [buttons.simple(action, domain, c) for action in HELP]
    return words.said(domain, c, [c.t(f"how.{key}", name=domain.name, host=host.name)], [*blocks, kit.actions(*row)])


def formats(domain: EmailDomain, c: Context) -> Message:
    """Every form a console may want, each value alone, and both records as a zone file has them."""
    return _forms(domain, "formats.lead", c)


def _forms(domain: EmailDomain, key: str, c: Context) -> Message:
    blocks: list[kit.Block] = []
    records = words.ordered(domain.records)
    for record in records:
        blocks.append(kit.section(c.t("strong", words=words.record(record.type, c))))
        blocks.append(kit.copyable(*_every(record, domain.zone, c)))
    lines = "\n".join(zone_line(record) for record in records)
    blocks += [kit.section(c.t("formats.zone")), kit.copyable((c.t.plain("formats.zone_label"), lines))]
    return words.said(domain, c, [c.t(key, name=domain.name)], blocks)


def _every(record: DnsRecord, zone: str | None, c: Context) -> Iterator[tuple[str, str]]:
    if zone and (short := relative(record.host, zone)) != record.host:
        yield c.t.plain("formats.relative", zone=zone), short
    yield c.t.plain("formats.full"), record.host
    yield c.t.plain("formats.full_dot"), f"{record.host}."
    yield c.t.plain(f"formats.{record.type.value}"), record.value
    if record.type is RecordType.TXT:
        yield c.t.plain("formats.TXT_quoted"), quoted(record.value)
    else:
        yield c.t.plain("formats.CNAME_dot"), f"{record.value.rstrip('.')}."


def letter(domain: EmailDomain, c: Context) -> Message:
    """A plain text in one block, to be pasted into a mail or a ticket."""
    lead = c.t("letter.lead", name=domain.name)
    text = kit.copyable((c.t.plain("letter.label"), "\n".join(_letter(domain, c))))
    return words.said(domain, c, [lead], [text])


def _letter(domain: EmailDomain, c: Context) -> Iterator[str]:
    zone = domain.zone
    yield c.t.plain("letter.subject", name=domain.name)
    yield ""
    yield c.t.plain("letter.delete" if domain.state is State.REMOVING else "letter.add")
    if zone and domain.nameservers:
        yield c.t.plain("letter.at", zone=zone, servers=", ".join(domain.nameservers[:_SERVERS]))
    length = 0
    for n, record in enumerate(words.ordered(domain.records), 1):
        yield ""
        yield c.t.plain("letter.record", n=n, type=record.type.value, host=record.host)
        if zone:
            yield c.t.plain("letter.relative", relative=relative(record.host, zone))
        yield c.t.plain("letter.value", value=record.value)
        if record.type is RecordType.TXT:
            length = len(record.value)
    yield ""
    if domain.state is not State.REMOVING:
        yield c.t.plain("letter.mind", length=length)
    yield c.t.plain("letter.only")
