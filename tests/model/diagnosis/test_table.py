"""Every code of the catalogue: when it is seen, when it is not, and that its texts can be filled in both languages."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model.diagnosis.case import Context, Mask, Place, Stuck
from bot.model.diagnosis.table import TABLE, diagnose
from bot.model.diagnosis.wrong_hosts import candidates
from bot.model.look import Answer, Finding, RecordLook, Status
from bot.model.names import relative
from bot.model.records import DnsRecord, RecordType, proves

NAME = "sales.xyzcorp.com"
KEY = "MIIBIjANBgkqhkiG+w0BAQEFAAOCAQ8A"
TXT = DnsRecord(RecordType.TXT, f"scph1126._domainkey.{NAME}", f"v=DKIM1; k=rsa; h=sha256; p={KEY}")
CNAME = DnsRecord(RecordType.CNAME, NAME, "sparkpostmail.com")
CONTEXT = Context(
    zone="xyzcorp.com",
    zones={RecordType.TXT: "xyzcorp.com", RecordType.CNAME: "xyzcorp.com"},
    nameservers=("ns1.example.net", "ns2.example.net"),
)
TEXTS = {
    language: tomllib.loads((Path("bot/i18n") / f"findings.{language}.toml").read_text("utf-8"))["finding"]
    for language in ("en", "ja")
}

GONE = "nxdomain"
EMPTY = "nodata"


def said(record: DnsRecord, *told: str | tuple[str, ...], resolvers: tuple[Answer, ...] = ()) -> RecordLook:
    """What ns1, ns2, ... said: values, or a word for why there are none."""
    servers = []
    for i, one in enumerate(told, start=1):
        name, address = f"ns{i}.example.net", f"192.0.2.{i}"
        if one in (GONE, EMPTY):
            servers.append(Answer(name, address, Status.MISSING, why=str(one)))
        elif isinstance(one, str) and one in _UNKNOWN:
            servers.append(Answer(name, address, Status.UNKNOWN, why=one))
        else:
            values = (one,) if isinstance(one, str) else one
            status = Status.RIGHT if proves(record, values) else Status.WRONG
            servers.append(Answer(name, address, status, values))
    return RecordLook(record, tuple(servers), resolvers)


_UNKNOWN = ("timeout", "closed", "servfail", "refused", "lame", "malformed", "truncated", "notimp")

T_OK = said(TXT, TXT.value, TXT.value)
C_OK = said(CNAME, CNAME.value, CNAME.value)


def resolver(status: Status, *found: str, why: str | None = None, until: int | None = None) -> tuple[Answer, ...]:
    return (Answer("quad9", "9.9.9.9", status, found, why, until),)


def txt(value: str) -> tuple[RecordLook, RecordLook]:
    return said(TXT, value, value), C_OK


def placed(code: str, host: str, record: DnsRecord = TXT) -> tuple[str, tuple[RecordLook, ...], Context]:
    missing = (said(TXT, GONE), C_OK) if record is TXT else (T_OK, said(CNAME, GONE))
    return code, missing, replace(CONTEXT, places=(Place(record.type, code, host, record.value),))


def key(code: str, value: str) -> tuple[str, tuple[RecordLook, ...], Context]:
    return code, txt(value), CONTEXT


def target(code: str, value: str) -> tuple[str, tuple[RecordLook, ...], Context]:
    return code, (T_OK, said(CNAME, value, value)), CONTEXT


def masked(code: str, record: DnsRecord, given: str, told: str) -> tuple[str, tuple[RecordLook, ...], Context]:
    looks = (said(TXT, told), C_OK) if record is TXT else (T_OK, said(CNAME, told))
    return code, looks, replace(CONTEXT, masks={record.type: Mask("*.xyzcorp.com", given)})


def bad(look: RecordLook, why: str) -> RecordLook:
    return replace(look, servers=tuple(a._replace(status=Status.WRONG, why=why) for a in look.servers))


def picky(why: str, record: DnsRecord = TXT) -> tuple[tuple[RecordLook, ...], Context]:
    looks = (said(TXT, why, why), C_OK) if record is TXT else (T_OK, said(CNAME, why, why))
    return looks, replace(CONTEXT, alive=frozenset({"192.0.2.1", "192.0.2.2"}))


OLD = "v=DKIM1; k=rsa; p=OTHER"

#: (code, records, context); also what the texts are filled from.
CASES: list[tuple[str, tuple[RecordLook, ...], Context]] = [
    ("DOMAIN_NOT_REGISTERED", (RecordLook(TXT), RecordLook(CNAME)), Context(problem="unregistered")),
    ("EGRESS_BLOCKED", (said(TXT, "timeout"), said(CNAME, "timeout")), replace(CONTEXT, problem="egress")),
    ("RECURSOR_DENIES", (RecordLook(TXT), RecordLook(CNAME)), Context(problem="denied")),
    ("NS_IPV6_ONLY", (RecordLook(TXT), RecordLook(CNAME)), replace(CONTEXT, problem="family")),
    ("DELEGATED_SUBDOMAIN", (T_OK, said(CNAME, EMPTY)), replace(CONTEXT, zone=NAME)),
    ("FLAPPING", (T_OK, C_OK), replace(CONTEXT, flapping={RecordType.TXT: ("ns1.example.net",)})),
    ("NS_INCONSISTENT", (said(TXT, TXT.value, GONE), C_OK), CONTEXT),
    placed("DUPLICATED_ZONE", f"{TXT.host}.xyzcorp.com"),
    (
        "RECORDS_AT_OTHER_PROVIDER",
        (said(TXT, GONE), C_OK),
        replace(CONTEXT, elsewhere=("ns1.old.net",)),
    ),
    (
        "PROXIED_CLOUDFLARE",
        (T_OK, said(CNAME, EMPTY)),
        replace(CONTEXT, nameservers=("ada.ns.cloudflare.com",), others={"A": ("104.16.1.2",)}),
    ),
    key("KEY_MISMATCH", OLD),
    key("KEY_TRUNCATED", f"v=DKIM1; k=rsa; h=sha256; p={KEY[:20]}"),
    placed("MISSING_SUB", "scph1126._domainkey.xyzcorp.com"),
    placed("DUPLICATED_SUB", f"sales.{NAME}", CNAME),
    key("WHOLE_RECORD_PASTED", f"{TXT.host}. 300 IN TXT {TXT.value}"),
    key("LITERAL_QUOTES", f'"{TXT.value}"'),
    (
        "EXISTING_RECORDS_CONFLICT",
        (T_OK, said(CNAME, EMPTY, EMPTY)),
        replace(CONTEXT, others={"MX": ("10 mail.xyzcorp.com.",), "A": ("192.0.2.1",)}),
    ),
    target("TARGET_GOT_ZONE_APPENDED", "sparkpostmail.com.xyzcorp.com"),
    target("WRONG_REGION", "eu.sparkpostmail.com"),
    (
        "CNAME_PUBLISHED_AS_TXT",
        (T_OK, said(CNAME, EMPTY)),
        replace(CONTEXT, others={"TXT": ("sparkpostmail.com.",)}),
    ),
    placed("MISSING_UNDERSCORE", f"scph1126.domainkey.{NAME}"),
    placed("MISSING_DOMAINKEY_LABEL", f"scph1126.{NAME}"),
    placed("MISPLACED_UNDERSCORE", f"scph1126_domainkey.{NAME}"),
    target("WRONG_TARGET", "sparkpostmial.com"),
    (
        "ALIAS_FLATTENED",
        (T_OK, said(CNAME, EMPTY)),
        replace(CONTEXT, others={"A": ("198.51.100.7",)}, target=("198.51.100.7", "198.51.100.8")),
    ),
    masked("WILDCARD_MASKS", CNAME, "CNAME", "www.xyzcorp.com"),
    masked("WILDCARD_MASKS_TXT", TXT, "TXT", "v=spf1 -all"),
    masked("WILDCARD_MASKS_A", CNAME, "A", EMPTY),
    placed("DKIM_AT_SUB", NAME),
    placed("DKIM_AT_APEX", "xyzcorp.com"),
    key("OTHER_TXT_ONLY", "v=spf1 -all"),
    ("DKIM_IS_CNAME", (bad(T_OK, "alias"), C_OK), replace(CONTEXT, aliases=("sparkpostmail.com",))),
    key("MISSING_P", "v=DKIM1"),
    key("LITERAL_BACKSLASH", TXT.value.replace(";", "\\;")),
    ("SPLIT_INTO_RECORDS", (said(TXT, (TXT.value[:40], TXT.value[40:])), C_OK), CONTEXT),
    ("MULTIPLE_KEYS", (said(TXT, (TXT.value, "v=DKIM1; p=OLD")), C_OK), CONTEXT),
    placed("OTHER_SELECTOR", f"scph1026._domainkey.{NAME}"),
    (
        "DELEGATED_DOMAINKEY",
        (said(TXT, GONE), C_OK),
        replace(CONTEXT, zones={**CONTEXT.zones, RecordType.TXT: f"_domainkey.{NAME}"}),
    ),
    key("MISSING_TAGS", KEY),
    key("KEY_LOWERCASED", f"v=DKIM1; k=rsa; h=sha256; p={KEY.lower()}"),
    key("PLUS_TO_SPACE", TXT.value.replace("+", " ")),
    key("NON_ASCII", TXT.value.replace(";", "；")),
    key("CONTROL_CHARS", TXT.value[:60] + "\n" + TXT.value[60:]),
    key("PEM_IN_KEY", f"v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----{KEY}-----END PUBLIC KEY-----"),
    target("TARGET_IS_URL", "https://sparkpostmail.com/"),
    target("TARGET_HAS_QUOTES", '\\"sparkpostmail.com\\"'),
    placed("SUB_SELECTOR_SWAPPED", "sales._domainkey.scph1126.xyzcorp.com"),
    key("KEY_REVOKED", "v=DKIM1; p="),
    key("V_NOT_FIRST", f"k=rsa; v=DKIM1; p={KEY}"),
    key("BAD_V_TAG", f"v=DKIM2; k=rsa; p={KEY}"),
    key("BAD_K_TAG", f"v=DKIM1; k=ed25519; p={KEY}"),
    key("BAD_H_TAG", f"v=DKIM1; h=sha1; p={KEY}"),
    key("BAD_S_TAG", f"v=DKIM1; s=tlsrpt; p={KEY}"),
    key("KEY_ENCODED", f"v%3DDKIM1%3B%20k%3Drsa%3B%20p={KEY}"),
    key("KEY_SPOILT", f"v=DKIM1, k=rsa, p={KEY}"),
    placed("DUPLICATED_NAME", f"{TXT.host}.{NAME}"),
    placed("MISSING_SELECTOR", f"_domainkey.{NAME}"),
    (
        "MULTIPLE_CNAMES",
        (T_OK, RecordLook(CNAME, (Answer("ns1", "192.0.2.1", Status.WRONG, ("a.net", "b.net")),))),
        CONTEXT,
    ),
    ("CNAME_CHAIN_LONG", (T_OK, bad(said(CNAME, "a.net"), "long")), replace(CONTEXT, chain=("a.net", "b.net"))),
    (
        "CNAME_CHAIN_SILENT",
        (T_OK, RecordLook(CNAME, (Answer("ns1", "192.0.2.1", Status.UNKNOWN, ("a.hub.net",), "alias"),))),
        replace(CONTEXT, stuck={RecordType.CNAME: Stuck("a.hub.net", "hub.net", ("ns1.hub.net",))}),
    ),
    ("NAME_REFUSED", *picky("refused")),
    (
        "OLD_GLUE",
        (said(TXT, TXT.value, "refused"), said(CNAME, CNAME.value, "refused")),
        replace(CONTEXT, moved={"ns2.example.net": ("192.0.2.2", "198.51.100.2")}),
    ),
    ("CNAME_LOOP", (T_OK, bad(said(CNAME, "a.net"), "loop")), replace(CONTEXT, chain=("a.net", "b.net"))),
    ("CNAME_CHAIN_BROKEN", (bad(T_OK, "alias"), C_OK), replace(CONTEXT, aliases=("a.net", "b.net"))),
    ("CNAME_AND_OTHER_DATA", (T_OK, C_OK), replace(CONTEXT, beside={RecordType.CNAME: ("TXT",)})),
    ("SERVFAIL", *picky("servfail")),
    ("MISSING_BOTH", (said(TXT, GONE, GONE), said(CNAME, GONE, GONE)), CONTEXT),
    ("MISSING_DKIM", (said(TXT, GONE, GONE), C_OK), CONTEXT),
    ("MISSING_DKIM_NODATA", (said(TXT, EMPTY, EMPTY), C_OK), CONTEXT),
    ("MISSING_CNAME", (T_OK, said(CNAME, GONE, EMPTY)), CONTEXT),
    ("NS_UNREACHABLE", (said(TXT, "timeout", "closed"), said(CNAME, "timeout", "malformed")), CONTEXT),
    ("LAME_DELEGATION", (said(TXT, "lame", "refused"), said(CNAME, "servfail", "notimp")), CONTEXT),
    (
        "NS_NAME_DOES_NOT_RESOLVE",
        (RecordLook(TXT), RecordLook(CNAME)),
        replace(CONTEXT, problem="delegation", lost=("ns1.gone.net",)),
    ),
    ("DNSSEC_BOGUS", (T_OK, C_OK), replace(CONTEXT, bogus=("quad9",))),
    ("TYPE_NOT_SUPPORTED", *picky("notimp", CNAME)),
    ("TXT_FILTERED", *picky("timeout")),
    ("TCP_BLOCKED", (said(TXT, "truncated", "truncated"), C_OK), CONTEXT),
    (
        "NEGATIVE_CACHE",
        (replace(T_OK, resolvers=resolver(Status.MISSING, why=GONE, until=90_000)), C_OK),
        CONTEXT,
    ),
    ("OLD_VALUE_TTL", txt(OLD), replace(CONTEXT, ttl=7200)),
    ("PARENT_CHILD_NS_MISMATCH", (T_OK, C_OK), replace(CONTEXT, child=("ns1.example.net", "ns3.example.net"))),
    ("LAME_PARTIAL", (said(TXT, TXT.value, "refused"), C_OK), CONTEXT),
    ("NS_UNREACHABLE_PARTIAL", (said(TXT, TXT.value, "timeout"), C_OK), CONTEXT),
    ("NEGATIVE_TTL_LONG", (said(TXT, GONE), C_OK), replace(CONTEXT, negative=5400)),
    ("RESOLVER_DISAGREES", (T_OK, replace(C_OK, resolvers=resolver(Status.WRONG, "old.net", until=1))), CONTEXT),
    ("TEST_MODE", txt(f"{TXT.value}; t=s:y"), CONTEXT),
    ("NS_NAME_PARTIAL", (T_OK, C_OK), replace(CONTEXT, lost=("ns1.gone.net",))),
    ("BROKEN_EMPTY_NON_TERMINAL", (T_OK, C_OK), replace(CONTEXT, hidden=(f"_domainkey.{NAME}",))),
    ("EDNS_DROPPED", (T_OK, C_OK), replace(CONTEXT, plain=("ns1.example.net",))),
    ("DNAME", (T_OK, C_OK), replace(CONTEXT, redirect=("xyzcorp.com", "xyz.net"))),
    ("OK_CHAIN", (T_OK, C_OK), replace(CONTEXT, chain=("a.net",))),
    ("OK_DKIM_CNAME", (T_OK, C_OK), replace(CONTEXT, aliases=("key.elsewhere.net",))),
    ("OK_EXTRA_TXT", (said(TXT, (TXT.value, "v=spf1 -all")), C_OK), CONTEXT),
]

#: What comes with another finding by its nature.
WITH = {"OLD_VALUE_TTL": ["KEY_MISMATCH"], "NEGATIVE_TTL_LONG": ["MISSING_DKIM"]}


def codes(records: tuple[RecordLook, ...], context: Context = CONTEXT) -> list[str]:
    return [finding.code for finding in diagnose(NAME, records, context)]


@pytest.mark.parametrize(("code", "records", "context"), CASES, ids=[case[0] for case in CASES])
def test_a_mistake_is_named_once_and_alone(code: str, records: tuple[RecordLook, ...], context: Context) -> None:
    assert codes(records, context) == [*WITH.get(code, []), code]


def test_every_row_has_a_case() -> None:
    assert sorted({row.code for row in TABLE}) == sorted(case[0] for case in CASES)


def test_what_is_right_has_no_finding() -> None:
    assert codes((T_OK, C_OK)) == []


@pytest.mark.parametrize("language", TEXTS)
def test_every_code_has_both_texts_and_nothing_else_has(language: str) -> None:
    assert set(TEXTS[language]) == {row.code for row in TABLE}
    for texts in TEXTS[language].values():
        assert {"what", "fix"} <= set(texts)
        assert all(key.partition("_")[0] in ("what", "fix") and text for key, text in texts.items())


def said_by(language: str, finding: Finding) -> dict[str, str]:
    """*what* and *fix* in the form the finding has."""
    texts, form = TEXTS[language][finding.code], finding.facts.get("form")
    return {part: texts.get(f"{part}_{form}", texts[part]) for part in ("what", "fix")}


@pytest.mark.parametrize(("code", "records", "context"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("language", TEXTS)
def test_texts_need_no_fact_that_is_not_there(
    language: str, code: str, records: tuple[RecordLook, ...], context: Context
) -> None:
    finding = next(f for f in diagnose(NAME, records, context, now=0) if f.code == code)
    for text in said_by(language, finding).values():
        wanted = {field for _, field, _, _ in string.Formatter().parse(text) if field}
        assert wanted <= set(finding.facts)
        assert "{" not in text.format(**finding.facts)


_PLACES = {place.code for place in candidates(TXT, NAME, "xyzcorp.com")} - {"OTHER_SELECTOR"}

#: What is put right without typing a record: a switch, a piece to be deleted.
_NOTHING_TO_TYPE = {"PROXIED_CLOUDFLARE"}


@pytest.mark.parametrize(
    "finding",
    [f for _, records, context in CASES for f in diagnose(NAME, records, context) if f.kind in ("wrong", "missing")],
    ids=lambda finding: finding.code,
)
@pytest.mark.parametrize("language", TEXTS)
def test_a_fix_gives_only_what_has_to_change(language: str, finding: Finding) -> None:
    fix = said_by(language, finding)["fix"].format(**finding.facts)
    records = {"TXT": [TXT], "CNAME": [CNAME]}.get(finding.record or "", [])
    for record in [TXT, CNAME] if finding.code == "MISSING_BOTH" else records:
        host = f"`{relative(record.host, 'xyzcorp.com')}`"
        if finding.code in _PLACES:
            assert host in fix
        assert (f"`{record.value}`" in fix) is (finding.code not in _PLACES | _NOTHING_TO_TYPE)


@pytest.mark.parametrize("language", TEXTS)
def test_no_text_advises_to_delete_mail_records(language: str) -> None:
    for texts in TEXTS[language].values():
        for text in texts.values():
            assert "MX" not in text


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (row.code, row.kind, w)
        for row in TABLE
        for w in (("could not check", "確認できません"),)
        if row.kind == "unknown"
    ],
)
def test_not_knowing_is_never_worded_as_missing(code: str, kind: str, words: tuple[str, str]) -> None:
    if code == "DNSSEC_BOGUS":  # published is known; what resolvers do is known, too
        return
    assert words[0] in TEXTS["en"][code]["what"]
    assert words[1] in TEXTS["ja"][code]["what"]
    assert "missing" not in TEXTS["en"][code]["what"]
    assert "未登録" not in TEXTS["ja"][code]["what"]


def test_relative_hosts_are_of_the_zone_that_holds_the_record() -> None:
    own = replace(CONTEXT, zones={RecordType.TXT: f"_domainkey.{NAME}", RecordType.CNAME: "xyzcorp.com"})
    finding = diagnose(NAME, (said(TXT, GONE), C_OK), own)[0]
    assert (finding.facts["relative"], finding.facts["zone"]) == ("scph1126", f"_domainkey.{NAME}")
    finding = diagnose(NAME, (T_OK, said(CNAME, GONE)), own)[0]
    assert finding.facts["relative"] == "sales"


@pytest.mark.parametrize(
    ("records", "context", "expected"),
    [
        pytest.param(
            (said(TXT, GONE), said(CNAME, EMPTY)),
            replace(CONTEXT, others={"MX": ("10 mail.xyzcorp.com.",)}),
            ["EXISTING_RECORDS_CONFLICT", "MISSING_DKIM"],
            id="what stands in the way goes before what is missing",
        ),
        pytest.param(
            (said(TXT, "v=DKIM1; p=OLD"), said(CNAME, "old.net")),
            CONTEXT,
            ["KEY_MISMATCH", "WRONG_TARGET"],
            id="one finding for each record",
        ),
        pytest.param(
            (said(TXT, "v=DKIM1; p=OLD", "v=DKIM1; p=OLDER"), C_OK),
            CONTEXT,
            ["KEY_MISMATCH", "KEY_MISMATCH", "NS_INCONSISTENT"],
            id="servers that disagree are each told",
        ),
        pytest.param(
            (said(TXT, "v=DKIM1; p=OLD", GONE), C_OK),
            CONTEXT,
            ["KEY_MISMATCH", "NS_INCONSISTENT"],
            id="missing at some servers only is not missing",
        ),
        pytest.param(
            (said(TXT, "timeout", "refused"), said(CNAME, "timeout", "refused")),
            CONTEXT,
            ["NS_UNREACHABLE", "LAME_DELEGATION"],
            id="silent and lame servers are told apart, and once for both records",
        ),
        pytest.param(
            (said(TXT, GONE, "timeout"), said(CNAME, GONE, "timeout")),
            CONTEXT,
            ["MISSING_BOTH", "NS_UNREACHABLE_PARTIAL"],
            id="missing, said by those that answer",
        ),
    ],
)
def test_several_at_once_in_order(records: tuple[RecordLook, ...], context: Context, expected: list[str]) -> None:
    assert codes(records, context) == expected


@pytest.mark.parametrize(("until", "minutes"), [(1, "1"), (60_000, "1"), (60_001, "2"), (-5, "1"), (None, None)])
def test_minutes_are_rounded_up(until: int | None, minutes: str | None) -> None:
    records = (replace(T_OK, resolvers=resolver(Status.MISSING, until=until)), C_OK)
    facts = diagnose(NAME, records, CONTEXT, now=0)[0].facts
    assert facts.get("minutes") == minutes
    assert (facts.get("form") == "soon") is (minutes is None)


_ODD = st.one_of(
    st.text(max_size=60),
    st.builds(lambda p, q: f"v=DKIM1; {p}; p={q}", st.text(max_size=10), st.sampled_from([KEY, "", "x", KEY[:9]])),
)


@given(st.lists(_ODD, min_size=1, max_size=3, unique=True))
def test_whatever_is_wrong_has_a_finding_that_says_so(values: list[str]) -> None:
    look = RecordLook(TXT, (Answer("ns1", "192.0.2.1", Status.WRONG, tuple(values)),))
    assume(not proves(TXT, values))
    found = diagnose(NAME, (look, C_OK), CONTEXT)
    assert found
    assert found[0].kind == "wrong"
    assert all(isinstance(v, str) for v in found[0].facts.values())


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda values: ((said(TXT, values), C_OK), CONTEXT), id="several TXT"),
        pytest.param(
            lambda values: ((T_OK, said(CNAME, EMPTY)), replace(CONTEXT, others={"A": values}, target=values)),
            id="several addresses",
        ),
    ],
)
def test_the_order_in_which_a_server_tells_values_makes_no_other_finding(
    made: Callable[[tuple[str, ...]], tuple[tuple[RecordLook, ...], Context]],
) -> None:
    there, back = ("192.0.2.1", "192.0.2.2"), ("192.0.2.2", "192.0.2.1")
    assert [f.identity for f in diagnose(NAME, *made(there))] == [f.identity for f in diagnose(NAME, *made(back))]
