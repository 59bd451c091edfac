"""How values get spoiled on their way into a DNS console, alone and together."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model.diagnosis import cname_targets, dkim_keys
from bot.model.records import same_txt

KEY = "MIIBIjANBgkqhkiG+w0BAQEFAAOCAQ8A" * 9
WANTED = f"v=DKIM1; k=rsa; h=sha256; p={KEY}"
ZONES = ("xyzcorp.com", "sales.xyzcorp.com")

#: Ways to spoil a value that can be told apart even when they come together.
SPOIL = {
    "LITERAL_QUOTES": lambda value: f'"{value}"',
    "LITERAL_BACKSLASH": lambda value: value.replace(";", "\\;"),
    "NON_ASCII": lambda value: value.replace("; h", "；\u00a0h"),
    "CONTROL_CHARS": lambda value: f"{value[:70]}\r\n{value[70:]}",
    "PEM_IN_KEY": lambda value: value.replace("p=", "p=-----BEGIN PUBLIC KEY-----"),
    "WHOLE_RECORD_PASTED": lambda value: f"s._domainkey 3600 IN TXT {value}",
}


@given(st.lists(st.sampled_from(sorted(SPOIL)), min_size=1, max_size=4, unique=True))
def test_all_spoilings_of_one_value_are_named_and_nothing_else(codes: list[str]) -> None:
    value = WANTED
    for code in sorted(codes, key="LITERAL_BACKSLASH NON_ASCII CONTROL_CHARS PEM_IN_KEY LITERAL_QUOTES".find):
        value = SPOIL[code](value)
    assume(not ("WHOLE_RECORD_PASTED" in codes and value[0] == '"'))
    assert set(dkim_keys.faults(WANTED, value)) == set(codes)


@pytest.mark.parametrize("value", [WANTED, f"v=DKIM1; p={KEY}", f"v=DKIM1;\tp={KEY[:9]}\r\n {KEY[9:]}"])
def test_what_is_right_has_no_fault(value: str) -> None:
    assert same_txt(WANTED, value)
    assert dkim_keys.faults(WANTED, value) == {}


@given(st.text(max_size=200))
def test_nothing_makes_it_fail_and_no_stranger_is_taken_for_the_key(value: str) -> None:
    reading = dkim_keys.read(WANTED, value)
    assert dkim_keys.faults(WANTED, value) or not reading.tags
    assert not dkim_keys.are_halves(WANTED, [value, value])


@pytest.mark.parametrize(
    ("value", "facts"),
    [
        (WANTED[:255], {"KEY_TRUNCATED": {"length": str(255 - WANTED.index("p=") - 2), "whole": str(len(KEY))}}),
        ("v=DKIM1； p=x", None),
    ],
)
def test_the_facts_are_those_of_the_value(value: str, facts: dict[str, dict[str, str]] | None) -> None:
    found = dkim_keys.faults(WANTED, value)
    if facts is None:
        assert found["NON_ASCII"] == {"position": "8", "character": "U+FF1B"}
    else:
        assert found == facts


@pytest.mark.parametrize("cuts", [(90,), (255,), (90, 180), (30, 200, 255)])
def test_pieces_are_known_in_any_order(cuts: tuple[int, ...]) -> None:
    parts = [WANTED[a:b] for a, b in zip((0, *cuts), (*cuts, None), strict=True)]
    assert dkim_keys.are_halves(WANTED, parts[::-1])
    assert not dkim_keys.are_halves(WANTED, parts[:-1])


@pytest.mark.parametrize(
    ("target", "codes"),
    [
        ("sparkpostmail.com.xyzcorp.com", {"TARGET_GOT_ZONE_APPENDED"}),
        ("sparkpostmail.com.sales.xyzcorp.com", {"TARGET_GOT_ZONE_APPENDED"}),
        ("eu.sparkpostmail.com", {"WRONG_REGION"}),
        ("eu.sparkpostmail.com.xyzcorp.com", {"TARGET_GOT_ZONE_APPENDED", "WRONG_REGION"}),
        ("https://sparkpostmail.com/", {"TARGET_IS_URL"}),
        ("https://sparkpostmail.com/.xyzcorp.com", {"TARGET_IS_URL", "TARGET_GOT_ZONE_APPENDED"}),
        (r"\"sparkpostmail.com\"", {"TARGET_HAS_QUOTES"}),
        (r"\"sparkpostmail.com.\".xyzcorp.com", {"TARGET_HAS_QUOTES", "WRONG_TARGET"}),
        ("www.xyzcorp.com", {"WRONG_TARGET"}),
        ("SparkPostMail.com.", set()),
    ],
)
def test_what_a_target_was_meant_to_be(target: str, codes: set[str]) -> None:
    assert set(cname_targets.faults("sparkpostmail.com", target, ZONES)) == codes


@given(st.text(max_size=80))
def test_no_target_makes_it_fail(target: str) -> None:
    cname_targets.faults("sparkpostmail.com", target, ZONES)
