"""What is wrong with a domain's records, in words of the catalogue: one row per code, the likeliest cause first.

A new mistake is a row here, its texts in ``bot/i18n/findings.*.toml`` and a zone in a test. A row looks at one thing
and says with which values it saw it; rows do not know of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.model import symptoms
from bot.model.look import Finding, RecordLook
from bot.model.names import registrable, relative
from bot.model.records import RecordType


@dataclass(frozen=True, slots=True)
class Context:
    """What was seen beside the answers about the records themselves.

    ``zone`` holds the sending name; ``zones`` the zone of each record; ``nameservers`` those of ``zone`` and ``lost``
    those of them without a usable address; ``others`` the types at the sending name where the CNAME is missing,
    ``beside`` those beside a CNAME; ``aliases`` the CNAMEs between the TXT's host and the TXT; ``bogus`` resolvers
    for which DNSSEC is broken; ``problem`` as in :class:`bot.model.look.Look`.
    """

    zone: str | None = None
    zones: Mapping[RecordType, str] = field(default_factory=dict)
    nameservers: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    bogus: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a row may look at."""

    name: str
    records: Mapping[RecordType, RecordLook]
    context: Context
    now: int

    @property
    def txt(self) -> RecordLook | None:
        return self.records.get(RecordType.TXT)

    @property
    def cname(self) -> RecordLook | None:
        return self.records.get(RecordType.CNAME)

    @property
    def zone(self) -> str:
        return self.context.zone or registrable(self.name) or self.name

    def about(self, look: RecordLook | None) -> dict[str, str]:
        """Facts every text may use; those of the record where the finding concerns one."""
        facts = {"name": self.name, "zone": self.zone, "nameservers": symptoms.listed(self.context.nameservers)}
        if look is not None:
            zone = self.context.zones.get(look.record.type, self.zone)
            facts |= {
                "type": look.record.type.value,
                "host": look.record.host,
                "relative": relative(look.record.host, zone),
                "value": look.record.value,
                "zone": zone,
            }
        return facts


#: What a row saw: the record concerned (None: the name as a whole), and the values its texts need beside those of
#: :meth:`Case.about`.
Sight = tuple[RecordLook | None, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One mistake of the catalogue. ``kind`` is ``missing``, ``wrong``, ``unknown``, ``note`` or ``right``."""

    code: str
    kind: str
    see: Callable[[Case], Iterable[Sight]]


#: The order is the order in which findings are shown.
TABLE: tuple[Row, ...] = (
    Row("DOMAIN_NOT_REGISTERED", "missing", symptoms.not_registered),
    Row("DELEGATED_SUBDOMAIN", "wrong", symptoms.own_zone),
    Row("EXISTING_RECORDS_CONFLICT", "wrong", symptoms.conflict),
    Row("MISSING_BOTH", "missing", symptoms.both_missing),
    Row("MISSING_DKIM", "missing", symptoms.dkim_missing("nxdomain")),
    Row("MISSING_DKIM_NODATA", "missing", symptoms.dkim_missing("nodata")),
    Row("MISSING_CNAME", "missing", symptoms.cname_missing),
    Row("KEY_MISMATCH", "wrong", symptoms.single_key(symptoms.other_key)),
    Row("WRONG_TARGET", "wrong", symptoms.wrong_target),
    Row("OTHER_TXT_ONLY", "wrong", symptoms.no_key),
    Row("DKIM_IS_CNAME", "wrong", symptoms.swapped),
    Row("CNAME_CHAIN_BROKEN", "wrong", symptoms.chain_broken),
    Row("NS_INCONSISTENT", "wrong", symptoms.inconsistent),
    Row("MISSING_P", "wrong", symptoms.single_key(symptoms.no_p)),
    Row("MULTIPLE_KEYS", "wrong", symptoms.several_keys),
    Row("KEY_REVOKED", "wrong", symptoms.single_key(symptoms.revoked)),
    Row("V_NOT_FIRST", "wrong", symptoms.single_key(symptoms.v_not_first)),
    Row("BAD_V_TAG", "wrong", symptoms.single_key(symptoms.bad_tag("v"))),
    Row("BAD_K_TAG", "wrong", symptoms.single_key(symptoms.bad_tag("k"))),
    Row("BAD_H_TAG", "wrong", symptoms.single_key(symptoms.bad_tag("h"))),
    Row("CNAME_AND_OTHER_DATA", "wrong", symptoms.beside),
    Row("NS_UNREACHABLE", "unknown", symptoms.unusable(symptoms.SILENT, everywhere=True)),
    Row("LAME_DELEGATION", "unknown", symptoms.unusable(symptoms.LAME, everywhere=True)),
    Row("TCP_BLOCKED", "unknown", symptoms.unusable(symptoms.CUT, everywhere=True)),
    Row("NS_NAME_DOES_NOT_RESOLVE", "unknown", symptoms.no_address),
    Row("DNSSEC_BOGUS", "unknown", symptoms.bogus),
    Row("NEGATIVE_CACHE", "note", symptoms.remembered),
    Row("RESOLVER_DISAGREES", "note", symptoms.disagrees),
    Row("LAME_PARTIAL", "note", symptoms.unusable(symptoms.LAME, everywhere=False)),
    Row("NS_UNREACHABLE_PARTIAL", "note", symptoms.unusable(symptoms.SILENT, everywhere=False)),
    Row("NS_NAME_PARTIAL", "note", symptoms.some_without_address),
    Row("OK_DKIM_CNAME", "right", symptoms.through_alias),
    Row("OK_EXTRA_TXT", "right", symptoms.extra_txt),
)


def diagnose(name: str, records: tuple[RecordLook, ...], context: Context, *, now: int = 0) -> tuple[Finding, ...]:
    """Every mistake seen, the likeliest cause first. ``now`` (UTC ms) dates what resolvers remember."""
    case = Case(name, {look.record.type: look for look in records}, context, now)
    found: dict[str, Finding] = {}
    for finding in _findings(case):
        found.setdefault(finding.identity, finding)
    return tuple(found.values())


def _findings(case: Case) -> Iterator[Finding]:
    for row in TABLE:
        for look, facts in row.see(case):
            record = look.record.type.value if look else None
            yield Finding(row.code, row.kind, record, case.about(look) | facts)
