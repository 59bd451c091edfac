"""Every code of the catalogue: when it is seen, when it is not, and that its texts can be filled in both languages."""

from __future__ import annotations

import string
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model.diagnosis import TABLE, Context, diagnose
from bot.model.look import Answer, Finding, RecordLook, Status
from bot.model.records import DnsRecord, RecordType, proves

NAME = "sales.xyzcorp.com"
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"
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
BEHIND = replace(T_OK, servers=tuple(replace(a, status=Status.WRONG, why="alias") for a in T_OK.servers))


def resolver(status: Status, *found: str, why: str | None = None, until: int | None = None) -> tuple[Answer, ...]:
    return (Answer("quad9", "9.9.9.9", status, found, why, until),)


def txt(value: str) -> tuple[RecordLook, RecordLook]:
    return said(TXT, value, value), C_OK


#: (code, records, context); also what the texts are filled from.
CASES: list[tuple[str, tuple[RecordLook, ...], Context]] = [
    ("DOMAIN_NOT_REGISTERED", (RecordLook(TXT), RecordLook(CNAME)), Context(problem="unregistered")),
    ("DELEGATED_SUBDOMAIN", (T_OK, said(CNAME, EMPTY)), replace(CONTEXT, zone=NAME)),
    ("EXISTING_RECORDS_CONFLICT", (T_OK, said(CNAME, EMPTY, EMPTY)), replace(CONTEXT, others=("MX", "A"))),
    ("MISSING_BOTH", (said(TXT, GONE, GONE), said(CNAME, GONE, GONE)), CONTEXT),
    ("MISSING_DKIM", (said(TXT, GONE, GONE), C_OK), CONTEXT),
    ("MISSING_DKIM_NODATA", (said(TXT, EMPTY, EMPTY), C_OK), CONTEXT),
    ("MISSING_CNAME", (T_OK, said(CNAME, GONE, EMPTY)), CONTEXT),
    ("KEY_MISMATCH", txt("v=DKIM1; k=rsa; p=OTHER"), CONTEXT),
    ("WRONG_TARGET", (T_OK, said(CNAME, "eu.sparkpostmail.com", "eu.sparkpostmail.com")), CONTEXT),
    ("OTHER_TXT_ONLY", txt("v=spf1 -all"), CONTEXT),
    ("DKIM_IS_CNAME", (BEHIND, C_OK), replace(CONTEXT, aliases=("sparkpostmail.com",))),
    ("CNAME_CHAIN_BROKEN", (BEHIND, C_OK), replace(CONTEXT, aliases=("a.net", "b.net"))),
    ("NS_INCONSISTENT", (said(TXT, TXT.value, GONE), C_OK), CONTEXT),
    ("MISSING_P", txt("v=DKIM1"), CONTEXT),
    ("MULTIPLE_KEYS", (said(TXT, (TXT.value, "v=DKIM1; p=OLD")), C_OK), CONTEXT),
    ("KEY_REVOKED", txt("v=DKIM1; p="), CONTEXT),
    ("V_NOT_FIRST", txt(f"k=rsa; v=DKIM1; p={KEY}"), CONTEXT),
    ("BAD_V_TAG", txt(f"v=DKIM2; k=rsa; p={KEY}"), CONTEXT),
    ("BAD_K_TAG", txt(f"v=DKIM1; k=ed25519; p={KEY}"), CONTEXT),
    ("BAD_H_TAG", txt(f"v=DKIM1; h=sha1; p={KEY}"), CONTEXT),
    ("CNAME_AND_OTHER_DATA", (T_OK, C_OK), replace(CONTEXT, beside=("TXT",))),
    ("NS_UNREACHABLE", (said(TXT, "timeout", "closed"), said(CNAME, "timeout", "malformed")), CONTEXT),
    ("LAME_DELEGATION", (said(TXT, "lame", "refused"), said(CNAME, "servfail", "notimp")), CONTEXT),
    ("TCP_BLOCKED", (said(TXT, "truncated", "truncated"), C_OK), CONTEXT),
    (
        "NS_NAME_DOES_NOT_RESOLVE",
        (RecordLook(TXT), RecordLook(CNAME)),
        replace(CONTEXT, problem="delegation", lost=("ns1.gone.net",)),
    ),
    ("DNSSEC_BOGUS", (T_OK, C_OK), replace(CONTEXT, bogus=("quad9",))),
    (
        "NEGATIVE_CACHE",
        (replace(T_OK, resolvers=resolver(Status.MISSING, why=GONE, until=90_000)), C_OK),
        CONTEXT,
    ),
    ("RESOLVER_DISAGREES", (T_OK, replace(C_OK, resolvers=resolver(Status.WRONG, "old.net", until=1))), CONTEXT),
    ("LAME_PARTIAL", (said(TXT, TXT.value, "refused"), C_OK), CONTEXT),
    ("NS_UNREACHABLE_PARTIAL", (said(TXT, TXT.value, "timeout"), C_OK), CONTEXT),
    ("NS_NAME_PARTIAL", (T_OK, C_OK), replace(CONTEXT, lost=("ns2.example.net",))),
    ("OK_DKIM_CNAME", (T_OK, C_OK), replace(CONTEXT, aliases=("key.elsewhere.net",))),
    (
        "OK_EXTRA_TXT",
        (replace(T_OK, servers=tuple(replace(a, found=(TXT.value, "v=spf1 -all")) for a in T_OK.servers)), C_OK),
        CONTEXT,
    ),
]  # fmt: skip


def codes(records: tuple[RecordLook, ...], context: Context = CONTEXT) -> list[str]:
    return [finding.code for finding in diagnose(NAME, records, context)]


@pytest.mark.parametrize(("code", "records", "context"), CASES, ids=[case[0] for case in CASES])
def test_a_mistake_is_named_once_and_alone(code: str, records: tuple[RecordLook, ...], context: Context) -> None:
    assert codes(records, context) == [code]


def test_every_row_has_a_case() -> None:
    assert [row.code for row in TABLE] == [case[0] for case in CASES]


def test_what_is_right_has_no_finding() -> None:
    assert codes((T_OK, C_OK)) == []


@pytest.mark.parametrize("language", TEXTS)
def test_every_code_has_both_texts_and_nothing_else_has(language: str) -> None:
    assert set(TEXTS[language]) == {row.code for row in TABLE}
    assert all(set(texts) == {"what", "fix"} and all(texts.values()) for texts in TEXTS[language].values())


@pytest.mark.parametrize(("code", "records", "context"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("language", TEXTS)
def test_texts_need_no_fact_that_is_not_there(
    language: str, code: str, records: tuple[RecordLook, ...], context: Context
) -> None:
    (finding,) = diagnose(NAME, records, context, now=0)
    for text in TEXTS[language][code].values():
        wanted = {field for _, field, _, _ in string.Formatter().parse(text) if field}
        assert wanted <= set(finding.facts)
        assert "{" not in text.format(**finding.facts)


@pytest.mark.parametrize(
    "finding",
    [f for _, records, context in CASES for f in diagnose(NAME, records, context) if f.kind in ("wrong", "missing")],
    ids=lambda finding: finding.code,
)
@pytest.mark.parametrize("language", TEXTS)
def test_the_fix_of_a_record_has_its_whole_host_and_value(language: str, finding: Finding) -> None:
    fix = TEXTS[language][finding.code]["fix"].format(**finding.facts)
    records = {"TXT": [TXT], "CNAME": [CNAME]}.get(finding.record or "", [])
    for record in [TXT, CNAME] if finding.code == "MISSING_BOTH" else records:
        assert f"`{record.host}`" in fix
        assert f"`{record.value}`" in fix


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
            replace(CONTEXT, others=("MX",)),
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


@pytest.mark.parametrize(("until", "minutes"), [(1, "1"), (60_000, "1"), (60_001, "2"), (-5, "1"), (None, "?")])
def test_minutes_are_rounded_up(until: int | None, minutes: str) -> None:
    records = (replace(T_OK, resolvers=resolver(Status.MISSING, until=until)), C_OK)
    assert diagnose(NAME, records, CONTEXT, now=0)[0].facts["minutes"] == minutes


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
