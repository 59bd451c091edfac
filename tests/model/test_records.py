"""When two values mean the same: any legal way to write a key is equal, another key never is."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model.records import (
    DnsRecord,
    RecordType,
    hosting,
    is_key,
    proves,
    same_name,
    same_records,
    same_txt,
    same_value,
    tags,
)

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A+/x9="
WANTED = f"v=DKIM1; k=rsa; h=sha256; p={KEY}"

_SPACE = st.text(" \t", max_size=2)
_BASE64 = st.text(string.ascii_letters + string.digits + "+/", min_size=20, max_size=60)


@st.composite
def rewritten(draw: st.DrawFn, key: str) -> str:
    """The same key as RFC 6376 lets it be written: order, white space, what may be left out, notes."""
    cuts = sorted(draw(st.lists(st.integers(0, len(key)), max_size=4)))
    parts = [key[a:b] for a, b in zip([0, *cuts], [*cuts, len(key)], strict=True)]
    rest = [f"p={draw(_SPACE).join(parts)}"]
    rest += draw(st.sampled_from([[], ["k=rsa"]]))
    rest += draw(st.sampled_from([[], ["h=sha256"], ["h=sha1:sha256"], ["h=sha256 : sha1"]]))
    rest += draw(st.sampled_from([[], ["n=note"], ["t=s"], ["s=email"], ["x=unknown tags are ignored"]]))
    ordered = ["v=DKIM1", *draw(st.permutations(rest))]
    separator = f"{draw(_SPACE)};{draw(_SPACE)}"
    return draw(_SPACE) + separator.join(ordered) + draw(st.sampled_from(["", ";", " ; "]))


@given(rewritten(KEY))
def test_every_legal_way_to_write_the_key_is_equal(value: str) -> None:
    assert same_txt(WANTED, value)
    assert is_key(value)


@given(st.data(), _BASE64)
def test_another_key_is_never_equal_however_it_is_written(data: st.DataObject, other: str) -> None:
    assume(other != KEY)
    assert not same_txt(WANTED, data.draw(rewritten(other)))


@given(st.integers(0, len(KEY) - 1), st.sampled_from("Zz0+"))
def test_one_changed_character_of_the_key_makes_another_key(at: int, letter: str) -> None:
    assume(KEY[at] != letter)
    assert not same_txt(WANTED, WANTED.replace(KEY, KEY[:at] + letter + KEY[at + 1 :]))


@given(st.text(max_size=80))
def test_no_text_is_taken_for_the_key_or_raises(value: str) -> None:
    assert not same_txt(WANTED, value)
    tags(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"k=rsa; v=DKIM1; p={KEY}", id="v= has to come first"),
        pytest.param(f"k=rsa; p={KEY}", id="the platform wrote v=, so it is wanted"),
        pytest.param(f"v=DKIM2; k=rsa; p={KEY}", id="another version"),
        pytest.param(f"v=DKIM1; k=ed25519; p={KEY}", id="another kind of key"),
        pytest.param(f"v=DKIM1; h=sha1; p={KEY}", id="a hash that signers do not use"),
        pytest.param("v=DKIM1; k=rsa; p=", id="an empty p= withdraws the key"),
        pytest.param("v=DKIM1", id="cut at the first semicolon"),
        pytest.param(f"v=DKIM1; p={KEY.lower()}", id="the key in small letters"),
        pytest.param(f"v=DKIM1; p={KEY}; p={KEY}", id="a tag twice makes the list invalid"),
        pytest.param(f'"{WANTED}"', id="quotation marks inside the value"),
        pytest.param(KEY, id="the bare key"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_a_verifier_would_not_take_is_not_equal(value: str) -> None:
    assert not same_txt(WANTED, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (WANTED, True),
        (f"p={KEY}", True),
        ("v=DKIM1", True),
        ("v=dkim1; p=x", True),
        ("v=DMARC1; p=none", False),
        ("v=spf1 include:sparkpostmail.com ~all", False),
        ("google-site-verification=abc", False),
        ("", False),
    ],
)
def test_what_is_meant_as_a_key(value: str, expected: bool) -> None:
    assert is_key(value) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([WANTED], True, id="the key"),
        pytest.param([WANTED, "v=spf1 -all"], True, id="what is no key does not matter"),
        pytest.param([WANTED, "v=DKIM1; p=OLD"], False, id="two keys, although one is right"),
        pytest.param([WANTED, f"v=DKIM1; p={KEY}"], False, id="the key twice, written differently"),
        pytest.param(["v=spf1 -all"], False, id="no key"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_exactly_one_key_proves_the_record(values: list[str], expected: bool) -> None:
    assert proves(DnsRecord(RecordType.TXT, "x.sales.xyzcorp.com", WANTED), values) is expected


def test_two_cnames_prove_nothing() -> None:
    record = DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", "sparkpostmail.com")
    assert proves(record, ["sparkpostmail.com"])
    assert not proves(record, ["sparkpostmail.com", "example.com"])


def test_a_value_that_is_no_tag_list_is_compared_as_it_is() -> None:
    assert same_txt("token-123", "token-123")
    assert not same_txt("token-123", "Token-123")


@given(st.from_regex(r"[A-Za-z0-9.-]{1,40}", fullmatch=True))
def test_names_are_equal_without_case_and_final_dot(name: str) -> None:
    assert same_name(name, name.swapcase().rstrip(".") + ".")


def test_a_cname_is_compared_as_a_name_and_a_txt_as_a_key() -> None:
    cname = DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", "sparkpostmail.com")
    assert same_value(cname, "SparkPostMail.com.")
    assert not same_value(cname, "eu.sparkpostmail.com")
    assert same_value(DnsRecord(RecordType.TXT, "x.sales.xyzcorp.com", WANTED), f"v=DKIM1; p={KEY}")


SET = (
    DnsRecord(RecordType.TXT, "x.sales.xyzcorp.com", WANTED),
    DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", "sparkpostmail.com"),
)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SET, True),
        (SET[::-1], True),
        ((SET[0], DnsRecord(RecordType.CNAME, "Sales.XYZcorp.com.", "SparkPostMail.com.")), True),
        ((DnsRecord(RecordType.TXT, SET[0].host, f"k=rsa; p={KEY}"), SET[1]), False),
        ((DnsRecord(RecordType.TXT, "y.sales.xyzcorp.com", WANTED), SET[1]), False),
        ((SET[0], DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", "eu.sparkpostmail.com")), False),
        (SET[:1], False),
        ((SET[0], SET[0]), False),
        ((), False),
    ],
)
def test_records_are_the_same_where_they_ask_for_the_same(other: tuple[DnsRecord, ...], same: bool) -> None:
    assert same_records(SET, other) is same_records(other, SET) is same


@pytest.mark.parametrize(
    ("target", "expected"), [("sparkpostmail.com", "US"), ("eu.sparkpostmail.com", "EU"), (None, None)]
)
def test_hosting_is_read_off_the_platforms_own_value(target: str | None, expected: str | None) -> None:
    records = (DnsRecord(RecordType.CNAME, "sales.xyzcorp.com", target),) if target else ()
    assert hosting(records) == expected


def test_a_record_survives_storage_and_its_fingerprint_follows_the_value() -> None:
    one = DnsRecord(RecordType.TXT, "x.sales.xyzcorp.com", WANTED)
    assert DnsRecord.from_json(one.as_json()) == one
    assert len(one.fingerprint) == 12
    assert one.fingerprint != DnsRecord(RecordType.TXT, one.host, WANTED + " ").fingerprint
