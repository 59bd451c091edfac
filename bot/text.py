"""Text from outside, made safe where it comes in: beyond the door it can be stored, sent as UTF-8, and read by people.

What would hide in it is written out: ``\\x1b``, ``\\u202e``. Half of a surrogate pair, which JSON can carry and UTF-8
cannot, becomes U+FFFD. Line breaks and tabs stay, and so do the joiners that scripts and emoji need (U+200C, U+200D
between letters that are no ASCII). Escaping for a place in a message is :func:`bot.i18n.translator.escape`, not this.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

_BREAKS = "\t\n\r"
_JOINERS = "\u200c\u200d"

#: Half of a surrogate pair, as it is shown.
_HALF = "\ufffd"


def storable(text: str) -> str:
    """What another system says: every control is written out. The same again changes nothing."""
    return text if text.isprintable() else _each(text, _written_out)


def typed(text: str) -> str:
    """What a person typed or pasted: the same is left out, since nobody meant to type it."""
    return text if text.isprintable() else _each(text, lambda _: "")


def storable_json(value: Any) -> Any:
    """A decoded JSON document with every text in it as :func:`storable`."""
    return _deep(value, storable)


def typed_json(value: Any) -> Any:
    """The same with :func:`typed`."""
    return _deep(value, typed)


def _deep(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _deep(one, clean) for key, one in value.items()}
    if isinstance(value, list):
        return [_deep(one, clean) for one in value]
    return value


def _each(text: str, instead: Callable[[str], str]) -> str:
    last = len(text) - 1
    found: list[str] = []
    for n, char in enumerate(text):
        if char in _JOINERS:
            between = 0 < n < last and not text[n - 1].isascii() and not text[n + 1].isascii()
            found.append(char if between else instead(char))
        else:
            found.append(char if _is_fine(char) else _HALF if "\ud800" <= char <= "\udfff" else instead(char))
    return "".join(found)


def _is_fine(char: str) -> bool:
    """Neither a control (Cc) nor a format character (Cf: bidi, zero width), half of a pair (Cs) or a noncharacter."""
    if char in _BREAKS or char.isprintable():
        return True
    code = ord(char)
    noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code < 0xFDF0
    return not noncharacter and unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def _written_out(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
