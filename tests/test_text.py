"""Text from outside: whatever comes in can be stored and sent, and hides nothing."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import storable, storable_json, typed, typed_json
from storage import codec

#: Everything a JSON document can carry, half pairs included, which :func:`st.text` leaves out by itself.
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
)
HIDING = ("Cc", "Cf", "Cs")


def hidden(text: str) -> list[str]:
    """Characters that nobody sees, but for line breaks, tabs and joiners."""
    return [c for c in text if unicodedata.category(c) in HIDING and c not in "\t\n\r\u200c\u200d"]


@given(ANY_TEXT)
def test_any_text_at_the_door_is_storable(text: str) -> None:
    for clean in (storable, typed):
        kept = clean(text)
        kept.encode()
        assert hidden(kept) == []
        assert clean(kept) == kept, "the same again changes nothing"


@given(ANY_JSON)
def test_any_document_at_the_door_is_storable(value: Any) -> None:
    for clean in (storable_json, typed_json):
        kept = clean(value)
        assert json.loads(codec.dump(kept)) == kept
        codec.dump(kept).encode()


@given(ANY_JSON)
def test_a_door_that_was_forgotten_stops_nothing(value: Any) -> None:
    codec.dump(value).encode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Spring sale \ud83d", "Spring sale \ufffd", id="half an emoji, as cutting by UTF-16 makes"),
        pytest.param("a\x00b\x1b[31m", "a\\x00b\\x1b[31m", id="NUL and escape sequences"),
        pytest.param("moc.\u202egro.x", "moc.\\u202egro.x", id="written backwards"),
        pytest.param("pay\u200bpal", "pay\\u200bpal", id="a letter of no width"),
        pytest.param("a\u200db", "a\\u200db", id="a joiner that joins nothing"),
        pytest.param("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb", id="an emoji of two"),
        pytest.param("می\u200cشود", "می\u200cشود", id="Persian needs its joiners"),
        pytest.param("one\ntwo\tthree", "one\ntwo\tthree", id="line breaks and tabs"),
        pytest.param("秋のセール　🍁", "秋のセール　🍁", id="what people write stays"),
        pytest.param("\uffff", "\\uffff", id="what is no character"),
    ],
)
def test_what_hides_is_written_out(text: str, kept: str) -> None:
    assert storable(text) == kept


def test_what_nobody_meant_to_type_is_left_out() -> None:
    assert typed("sales\u200b.example\u200e.com\x00\u202e\ud83d") == "sales.example.com\ufffd"
