"""Our own key is called ours however it was spoilt on its way into DNS; another key is never called ours.

Whatever is made of the right value by composing known accidents is recognised; the same accidents make nothing of ours
of another key.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.model.diagnosis import dkim_keys
from bot.model.key_pieces import is_piece
from bot.model.records import DnsRecord, RecordType, proves, same_txt

#: As all 2048-bit keys begin and end (RFC 8017, RFC 5280).
_HEAD, _TAIL = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA", "wIDAQAB"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def key(seed: int) -> str:
    """A key of 392 characters, another for each seed."""
    state, middle = seed * 7919 + 17, []
    for _ in range(392 - len(_HEAD) - len(_TAIL)):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        middle.append(_BASE64[state >> 58])
    return f"{_HEAD}{''.join(middle)}{_TAIL}"


OURS, OTHER = key(1), key(2)


def value(of: str) -> str:
    return f"v=DKIM1; k=rsa; h=sha256; p={of}"


EXPECTED = value(OURS)

Accident = Callable[[str], str]

#: What happens around the key: it is inside as it was.
AROUND: Mapping[str, Accident] = {
    "percent": lambda v: quote(v, safe=""),
    "percent, some": lambda v: v.replace("+", "%2B").replace("/", "%2F").replace(";", "%3B"),
    "HTML": lambda v: re.sub('[+;"&]', lambda m: f"&#{ord(m[0])};", v),
    "HTML, named": html.escape,
    "quoted": lambda v: f'"{v}"',
    "quoted in parts": lambda v: f'"{v[:180]}" "{v[180:]}"',
    "single quotes": lambda v: f"'{v}'",
    "typographic quotes": lambda v: f"“{v}”",
    "brackets": lambda v: f"( {v} )",
    "escaped semicolons": lambda v: v.replace(";", "\\;"),
    "escaped twice": lambda v: v.replace(";", "\\\\;"),
    "as in a zone file": lambda v: v.replace(";", "\\059"),
    "whole line": lambda v: f"scph1126._domainkey.sales.xyzcorp.com. 3600 IN TXT {v}",
    "no semicolons": lambda v: v.replace(";", ""),
    "commas": lambda v: v.replace(";", ","),
    "full width": lambda v: v.replace(";", "；").replace("=", "＝"),
    "no spaces": lambda v: v.replace(" ", ""),
    "capital tags": lambda v: re.sub(r"\b([vkhp])=", lambda m: f"{m[1].upper()}=", v),
    "a tag twice": lambda v: v.replace("k=rsa", "k=rsa; k=rsa"),
    "p twice": lambda v: f"{v}; p={v.rpartition('p=')[2]}",
    "a final dot": lambda v: f"{v}.",
    "a final semicolon": lambda v: f"{v};",
    "beginning lost": lambda v: v[4:],
    "line break": lambda v: v.replace("; ", ";\n"),
    "soft line break": lambda v: f"{v[:76]}\n{v[76:]}",
    "zero width": lambda v: f"\u200b{v}\ufeff",
}

#: What happens to the key itself.
INSIDE: Mapping[str, Accident] = {
    "cut": lambda v: v[:255],
    "lower case": str.lower,
    "upper case": str.upper,
    "plus to space": lambda v: v.replace("+", " "),
    "for URLs": lambda v: v.replace("+", "-").replace("/", "_"),
    "the key alone": lambda v: v.rpartition("p=")[2],
    "the end alone": lambda v: v[-200:],
    "a string lost": lambda v: v[:200] + v[260:],
}
ALL = {**AROUND, **INSIDE}

CODES = st.lists(st.sampled_from(sorted(AROUND)), min_size=1, max_size=4)


def spoilt(text: str, names: list[str]) -> str:
    for name in names:
        text = ALL[name](text)
    return text


@pytest.mark.parametrize("name", ALL)
def test_each_accident_is_recognised(name: str) -> None:
    found = ALL[name](EXPECTED)
    faults = dkim_keys.faults(EXPECTED, found)
    assert faults or same_txt(EXPECTED, found)
    assert "KEY_MISMATCH" not in faults
    assert "MISSING_P" not in faults
    assert dkim_keys.meant_as_key(EXPECTED, found)
    assert dkim_keys.is_ours(EXPECTED, found)


@pytest.mark.parametrize("name", ALL)
def test_the_same_accident_makes_nothing_of_ours_of_another_key(name: str) -> None:
    found = ALL[name](value(OTHER))
    assert not dkim_keys.is_ours(EXPECTED, found)
    assert not same_txt(EXPECTED, found)


@settings(max_examples=400)
@given(CODES)
def test_accidents_after_one_another_leave_our_key_ours(names: list[str]) -> None:
    found = spoilt(EXPECTED, names)
    assume(OURS in found or dkim_keys.read(EXPECTED, found).spoiled)  # no white space was put into the key
    faults = dkim_keys.faults(EXPECTED, found)
    assert faults or same_txt(EXPECTED, found)
    assert not {"KEY_MISMATCH", "MISSING_P"} & set(faults)
    assert dkim_keys.is_ours(EXPECTED, found)


@settings(max_examples=400)
@given(CODES, st.sampled_from(["", *sorted(INSIDE)]))
def test_accidents_after_one_another_leave_another_key_another(names: list[str], inside: str) -> None:
    found = spoilt(value(OTHER), [*([inside] if inside else []), *names])
    assert not dkim_keys.is_ours(EXPECTED, found)
    assert not same_txt(EXPECTED, found)


@settings(max_examples=300)
@example("the end alone", ["HTML", "percent, some", "percent"])
@given(st.sampled_from(sorted(INSIDE)), CODES)
def test_a_changed_key_is_ours_through_other_hands_too(inside: str, names: list[str]) -> None:
    found = spoilt(EXPECTED, [inside, *(n for n in names if n not in ("beginning lost", "p twice", "capital tags"))])
    assert "KEY_MISMATCH" not in dkim_keys.faults(EXPECTED, found)
    assert dkim_keys.is_ours(EXPECTED, found)


@given(st.text(max_size=80))
def test_any_text_around_the_key_leaves_it_ours(text: str) -> None:
    assume("p" not in text.lower() and "%" not in text and "&" not in text and "=" not in text)
    assert dkim_keys.is_ours(EXPECTED, f"{text} {EXPECTED}")


# ---- what must not stand beside it


@pytest.mark.parametrize(
    ("beside", "alone"),
    [
        pytest.param(EXPECTED[255:], False, id="the second half of an earlier try"),
        pytest.param(value(OTHER)[255:], False, id="the second half of an earlier key"),
        pytest.param(OURS, False, id="the key without its tags"),
        pytest.param(quote(EXPECTED), False, id="the key, encoded"),
        pytest.param(f'"{EXPECTED[:100]}', False, id="a beginning with its quotation mark"),
        pytest.param("v=DKIM1;", False, id="nothing but the version"),
        pytest.param("k=rsa; p=" + OTHER, False, id="another key without a version"),
        pytest.param("v=DKIM1; k=rsa; k=rsa; p=" + OURS, False, id="ours with a tag twice"),
        pytest.param("v=spf1 include:spf.example.net -all", True, id="SPF"),
        pytest.param("v=DMARC1; p=none; rua=mailto:a@b.example", True, id="DMARC"),
        pytest.param("google-site-verification=rXOxyZounnZasA8Z7oaD3c14JdjS9aKSWvsR1EbUSIQ", True, id="a token"),
        pytest.param("MS=ms12345678", True, id="another token"),
    ],
)
def test_only_what_is_no_piece_of_a_key_may_stand_beside_it(beside: str, alone: bool) -> None:
    assert is_piece(OURS, beside) is not alone
    assert proves(DnsRecord(RecordType.TXT, "s._domainkey.a.example", EXPECTED), [EXPECTED, beside]) is alone


# ---- receivers (RFC 6376 section 3.6.1)


@pytest.mark.parametrize(
    ("tags", "right"),
    [
        ("s=email", True), ("s=*", True), ("s=tlsrpt:email", True), ("s= email : tlsrpt ", True),
        ("s=tlsrpt", False), ("s=", False), ("s=Email", False),
        ("t=y", True), ("t=s", True), ("t=y:s", True), ("t=x", True),
        ("h=sha256", True), ("h=sha1:sha256", True), ("h=sha1", False), ("h=", False), ("h=SHA256", False),
        ("k=rsa", True), ("k=", False), ("k=ed25519", False), ("n=a note", True), ("g=*", True),
    ],
)  # fmt: skip
def test_what_a_receiver_must_ignore_is_not_right(tags: str, right: bool) -> None:
    assert same_txt(EXPECTED, f"v=DKIM1; {tags}; p={OURS}") is right


@pytest.mark.parametrize("control", ["\n", "\r", "\x00", "\x0b", "\x1b", "\x7f", "\u00a0", "\r\n"])
def test_a_control_character_between_tags_is_not_right(control: str) -> None:
    assert not same_txt(EXPECTED, f"v=DKIM1;{control}k=rsa; p={OURS}")
    assert not same_txt(EXPECTED, f"{EXPECTED}{control}")


def test_folding_between_tags_is_right() -> None:
    assert same_txt(EXPECTED, f"v=DKIM1;\r\n k=rsa;\r\n\tp={OURS[:99]}\r\n {OURS[99:]}")
