"""What is wrong with a domain's records, in words of the catalogue: one row per code, the likeliest cause first.

A new mistake is a row here, its texts in ``bot/i18n/findings.*.toml``, and how it is made in
``bot/tryout/dns/catalogue.py``. A row looks at one thing and says with which values it saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.model.diagnosis import missing, servers, wrong
from bot.model.diagnosis.case import Case, Context, Sight
from bot.model.look import Finding, RecordLook


@dataclass(frozen=True, slots=True)
class Row:
    """One mistake of the catalogue. ``kind`` is ``missing``, ``wrong``, ``unknown``, ``note`` or ``right``.

    ``how`` says for the documentation how it is recognised: D is the TXT's host, B the sending name, Z its zone.
    """

    code: str
    kind: str
    how: str
    see: Callable[[Case], Iterable[Sight]]


def _place(code: str, how: str) -> Row:
    return Row(code, "wrong", how, missing.misplaced(code))


def _key(code: str, how: str) -> Row:
    return Row(code, "wrong", how, wrong.key_fault(code))


def _target(code: str, how: str) -> Row:
    return Row(code, "wrong", how, wrong.target_fault(code))


def _picky(code: str, kind: str, how: str) -> Row:
    return Row(code, kind, how, servers.picky(code))


#: The order is the order in which findings are shown. A code has two rows where its place depends on what else is seen.
TABLE: tuple[Row, ...] = (
    # What makes all else moot.
    Row("DOMAIN_NOT_REGISTERED", "missing", "The zone above Z says that Z does not exist", missing.not_registered),
    Row("EGRESS_BLOCKED", "note", "Neither a DNS server nor a root server answers, or the recursor is silent",
        servers.cut_off),
    Row("RECURSOR_DENIES", "unknown", "The recursor says that Z, or the zone above it, does not exist, and nobody who"
        " must know says so", servers.denying),
    Row("NS_IPV6_ONLY", "unknown", "The servers of Z have IPv6 addresses only, and there is no IPv6 here",
        servers.out_of_reach),
    Row("DELEGATED_SUBDOMAIN", "wrong", "B is the top of a zone of its own", missing.own_zone),
    # The record is not where it belongs: put elsewhere, hidden, in the way.
    Row("FLAPPING", "wrong", "One server answers the same question in different ways", servers.flapping),
    Row("NS_INCONSISTENT", "wrong", "Servers of Z give different answers; SOA serials are compared", servers.stale),
    Row("DKIM_IS_CNAME", "wrong", "D is a CNAME to the target of B", wrong.swapped),
    _place("DUPLICATED_ZONE", "The record stands at D.Z or B.Z"),
    Row("RECORDS_AT_OTHER_PROVIDER", "wrong", "Servers that only Z itself lists have the records; those of the parent's"
        " list do not", missing.elsewhere),
    Row("PROXIED_CLOUDFLARE", "wrong", "No CNAME at B, its addresses are Cloudflare's, and so are the servers of Z",
        missing.proxied),
    _key("KEY_MISMATCH", "One key at D, and its p= is another"),
    _key("KEY_TRUNCATED", "One key at D, and the right one begins with its p="),
    _place("MISSING_SUB", "Our key stands at the selector below Z"),
    _place("DUPLICATED_SUB", "The record stands below the sub-domain twice"),
    _place("DUPLICATED_NAME", "The record stands at D.B or B.B"),
    _key("WHOLE_RECORD_PASTED", "The value begins as a line of a zone file, or has its brackets"),
    _key("LITERAL_QUOTES", "Quotation marks inside the value"),
    Row("EXISTING_RECORDS_CONFLICT", "wrong", "No CNAME at B, but A, AAAA, MX or TXT", missing.conflict),
    _target("TARGET_GOT_ZONE_APPENDED", "The target is the right one with Z or B behind it"),
    _target("WRONG_REGION", "The target is the carrier's other service"),
    Row("CNAME_PUBLISHED_AS_TXT", "wrong", "No CNAME at B, but a TXT with the target", missing.cname_as_txt),
    _place("MISSING_UNDERSCORE", "A key stands at `domainkey` without the underscore"),
    _place("MISSING_DOMAINKEY_LABEL", "A key stands at the selector right below B"),
    _place("MISPLACED_UNDERSCORE", "A key stands at `<selector>_domainkey`"),
    _place("MISSING_SELECTOR", "A key stands at `_domainkey`, without the selector"),
    _target("MULTIPLE_CNAMES", "More than one CNAME at B"),
    _target("WRONG_TARGET", "The CNAME's first hop is another name, and its chain does not reach the right one"),
    Row("ALIAS_FLATTENED", "wrong", "No CNAME at B, but an address of the target", missing.flattened),
    Row("WILDCARD_MASKS", "wrong", "A random name beside the record's has the same CNAME",
        missing.masked("WILDCARD_MASKS", frozenset({"CNAME"}))),
    Row("WILDCARD_MASKS_TXT", "wrong", "A random name beside D has the same TXT",
        missing.masked("WILDCARD_MASKS_TXT", frozenset({"TXT"}))),
    Row("WILDCARD_MASKS_A", "wrong", "No CNAME at B, and a random name beside it has the same addresses",
        missing.masked("WILDCARD_MASKS_A", frozenset({"A", "AAAA"}))),
    _place("DKIM_AT_SUB", "A key stands at B"),
    _place("DKIM_AT_APEX", "A key stands at Z"),
    Row("OTHER_TXT_ONLY", "wrong", "A TXT at D that is no key", wrong.no_key),
    _key("MISSING_P", "The value at D has no p="),
    _key("LITERAL_BACKSLASH", "A backslash inside the value"),
    Row("SPLIT_INTO_RECORDS", "wrong", "Several TXT at D which together are the value", wrong.halves),
    Row("MULTIPLE_KEYS", "wrong", "More than one key at D", wrong.several_keys),
    _place("OTHER_SELECTOR", "A key stands at an earlier selector of the platform (`scph<MMYY>`)"),
    Row("DELEGATED_DOMAINKEY", "wrong", "A zone below B should hold D and does not", missing.own_key_zone),
    _key("MISSING_TAGS", "The value at D is the bare key"),
    _key("KEY_ENCODED", "Our key, percent-encoded, with HTML entities, quoted-printable or in the alphabet for URLs"),
    _key("KEY_LOWERCASED", "The key is equal but for upper and lower case"),
    _key("PLUS_TO_SPACE", "The key is equal but for its plus signs"),
    _key("NON_ASCII", "A character beyond ASCII inside the value"),
    _key("CONTROL_CHARS", "A control character inside the value that is no folding"),
    _key("PEM_IN_KEY", "Lines of a PEM file inside the value"),
    _target("TARGET_IS_URL", "`https:` or a slash inside the target"),
    _target("TARGET_HAS_QUOTES", "A quotation mark inside the target"),
    _place("SUB_SELECTOR_SWAPPED", "A key stands where selector and sub-domain are exchanged"),
    _key("KEY_REVOKED", "p= is empty"),
    _key("V_NOT_FIRST", "v= stands behind another tag"),
    _key("BAD_V_TAG", "The right key with a v= other than wanted, or none"),
    _key("BAD_K_TAG", "The right key with a k= other than rsa"),
    _key("BAD_H_TAG", "The right key with an h= without sha256"),
    _key("BAD_S_TAG", "The right key with an s= that has neither email nor *"),
    _key("KEY_SPOILT", "The right key, and something else is wrong around it: separators, letters, a tag twice"),
    Row("CNAME_LOOP", "wrong", "The CNAMEs from the record on come back to where they were", wrong.endless("loop")),
    Row("CNAME_CHAIN_LONG", "wrong", "More than eight CNAMEs from the record on", wrong.endless("long")),
    Row("CNAME_CHAIN_BROKEN", "wrong", "The CNAMEs from the record on end where nothing is", wrong.chain_broken),
    Row("CNAME_AND_OTHER_DATA", "wrong", "A CNAME at B, and TXT, MX, A, AAAA or NS; or a TXT at D, and a CNAME",
        wrong.beside),
    Row("NS_INCONSISTENT", "wrong", "", servers.disagreeing),
    _picky("SERVFAIL", "wrong", "Servers answer for Z, but SERVFAIL about the record"),
    # Not there at all.
    Row("MISSING_BOTH", "missing", "No server has either record, and nothing else explains it", missing.both_missing),
    Row("MISSING_DKIM", "missing", "D does not exist", missing.dkim_missing("nxdomain")),
    Row("MISSING_DKIM_NODATA", "missing", "D exists without a TXT", missing.dkim_missing("nodata")),
    Row("MISSING_CNAME", "missing", "B has no CNAME", missing.cname_missing),
    # Nobody says.
    Row("CNAME_CHAIN_SILENT", "unknown", "A CNAME leads into a zone whose servers give no usable answer", wrong.stuck),
    Row("NS_UNREACHABLE", "unknown", "No server of Z sends anything back",
        servers.unusable(servers.SILENT, everywhere=True)),
    Row("LAME_DELEGATION", "unknown", "No server of Z answers for it: REFUSED, SERVFAIL, no authority",
        servers.unusable(servers.LAME, everywhere=True)),
    Row("NS_NAME_DOES_NOT_RESOLVE", "unknown", "No name server of Z has a usable address", servers.no_address),
    Row("DNSSEC_BOGUS", "unknown", "A resolver fails and would not if it did not validate; it may say why",
        servers.bogus),
    _picky("TYPE_NOT_SUPPORTED", "unknown", "Servers answer for Z, but NOTIMP about the record"),
    _picky("NAME_REFUSED", "unknown", "Servers answer for Z, but REFUSED about the record"),
    _picky("TXT_FILTERED", "unknown", "Servers answer for Z, but not when asked for TXT"),
    Row("TCP_BLOCKED", "unknown", "The answer is cut on UDP, and TCP gives none",
        servers.unusable(servers.CUT, everywhere=True)),
    # Worth knowing.
    Row("NEGATIVE_CACHE", "note", "Published, and a resolver still says that there is nothing", servers.remembered),
    Row("OLD_VALUE_TTL", "note", "Another key with a TTL above an hour", wrong.old_value),
    Row("PARENT_CHILD_NS_MISMATCH", "note", "The parent's list of servers and that of Z differ", servers.unlike_parent),
    Row("LAME_PARTIAL", "note", "Some servers of Z do not answer for it",
        servers.unusable(servers.LAME, everywhere=False)),
    Row("NS_UNREACHABLE_PARTIAL", "note", "Some servers of Z send nothing back",
        servers.unusable(servers.SILENT, everywhere=False)),
    Row("OLD_GLUE", "note", "The parent has another address of a server than Z, and there nobody answers for Z",
        servers.moved),
    Row("NEGATIVE_TTL_LONG", "note", "Missing, and resolvers may remember it for an hour or more", missing.long_memory),
    Row("RESOLVER_DISAGREES", "note", "Published, and a resolver gives something else or fails", servers.disagrees),
    Row("TEST_MODE", "note", "The right key with t=y", wrong.test_mode),
    Row("NS_NAME_PARTIAL", "note", "Some name servers of Z have no usable address", servers.some_without_address),
    Row("BROKEN_EMPTY_NON_TERMINAL", "note", "D is there, and a name above it is said not to exist", servers.denied),
    Row("EDNS_DROPPED", "note", "Silent when asked with EDNS, not when asked without", servers.without_edns),
    Row("DNAME", "note", "A DNAME above the record", wrong.redirected),
    # Right all the same.
    Row("OK_CHAIN", "right", "The CNAME reaches the target through other names", wrong.through_chain),
    Row("OK_DKIM_CNAME", "right", "The TXT is found through a CNAME", wrong.through_alias),
    Row("OK_EXTRA_TXT", "right", "Another TXT beside the key", wrong.extra_txt),
)  # fmt: skip


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
