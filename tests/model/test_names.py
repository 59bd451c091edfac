"""From what people paste to one form of a name, and what is refused (S7, S11, S19)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadName, NotYours, Problem, RootDomain
from bot.model import names


@pytest.mark.parametrize(
    "text",
    [
        "sales.xyzcorp.com", "SALES.XyzCorp.COM", "sales.xyzcorp.com.", "news@sales.xyzcorp.com",
        "<mailto:news@sales.xyzcorp.com|news@sales.xyzcorp.com>", "<http://sales.xyzcorp.com|sales.xyzcorp.com>",
        "https://sales.xyzcorp.com/path?x=1#y", "sales.xyzcorp.com:443", "ｓａｌｅｓ．ｘｙｚｃｏｒｐ．ｃｏｍ",
        "sales。xyzcorp。com", "「sales.xyzcorp.com」", "`sales.xyzcorp.com`", " sales.xyzcorp.com ",
        "“sales.xyzcorp.com”", "*sales.xyzcorp.com*", "_sales.xyzcorp.com_", "~sales.xyzcorp.com~",
        "**sales.xyzcorp.com**",
        "*`sales.xyzcorp.com`*", "_*sales.xyzcorp.com*_", "*<http://sales.xyzcorp.com|sales.xyzcorp.com>*",
        "\u200esales.xyzcorp.com", "sales.xyzcorp.com\u200f", "\u202asales.xyzcorp.com\u202c",
        "sales.\u2066xyzcorp\u2069.com",
        "(*sales.xyzcorp.com*)",
    ],
)  # fmt: skip
def test_one_name_in_many_dresses(text: str) -> None:
    assert names.parse(text) == "sales.xyzcorp.com"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("xyzcorp.com", RootDomain), ("xyzcorp.co.jp", RootDomain), ("team.github.io", RootDomain),
        ("co.jp", NotYours), ("github.io", NotYours), ("news.gmail.com", NotYours), ("acme.mypurecloud.jp", NotYours),
        ("mail.outlook.jp", NotYours), ("mail.yahoo.co.uk", NotYours), ("a.hotmail.co.jp", NotYours),
        ("a.live.fr", NotYours), ("a.gmx.at", NotYours), ("a.yahoo.com.tw", NotYours), ("a.i.softbank.jp", NotYours),
        ("x.pure.cloud", NotYours), ("sparkpostmail.com", NotYours), ("eu.sparkpostmail.com", NotYours),
    ],
)  # fmt: skip
def test_names_that_are_nobodys_subdomain(text: str, error: type[Problem]) -> None:
    with pytest.raises(error):
        names.parse(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"), ("localhost", "single"), ("10.1.2.3", "address"), ("*.xyzcorp.com", "wildcard"),
        ("**.xyzcorp.com", "wildcard"),
        ("_dmarc.xyzcorp.com", "underscore"), ("-a.xyzcorp.com", "label"), ("a..xyzcorp.com", "shape"),
        (f"{'a' * 64}.xyzcorp.com", "length"), (f"{'a.' * 130}xyzcorp.com", "length"), ("xn--0.xyzcorp.com", "idn"),
    ],
)  # fmt: skip
def test_why_a_text_is_no_name(text: str, reason: str) -> None:
    with pytest.raises(BadName) as refused:
        names.parse(text)
    assert refused.value.reason == reason
    assert reason in names.NAME_REASONS


def test_an_international_name_is_stored_in_ascii_and_shown_as_written() -> None:
    name = names.parse("販売.例え.jp")
    assert name.isascii()
    assert names.unicode_form(name) == "販売.例え.jp"


@given(st.text(max_size=300))
def test_whatever_is_typed_gives_a_name_or_one_of_our_errors(text: str) -> None:
    try:
        name = names.parse(text)
    except Problem:
        return
    assert name == name.lower() == name.strip(".")
    assert len(name) <= names.MAX_LENGTH
    assert names.parse(name) == name, "what was understood is understood again"


def test_a_name_whose_txt_host_cannot_exist_is_refused() -> None:
    """A name has at most 253 octets, and that of the TXT record is 20 longer than the sending name."""
    labels = [*(["a" * 63] * 3), "a" * 29]
    fits = ".".join([*labels[:3], "a" * (names.MAX_LENGTH - 3 * 64 - len("xyzcorp.com") - 1), "xyzcorp.com"])
    assert len(f"scph1126._domainkey.{fits}") == names.LONGEST
    assert names.parse(fits) == fits
    with pytest.raises(BadName) as refused:
        names.parse(f"a{fits}")
    assert refused.value.reason == "length"
