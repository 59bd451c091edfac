"""How consoles, clipboards and people spoil a TXT value, and what undoes it: a table. Pure.

None of the marks that are undone occurs in a key record, so nothing of a right value is lost by undoing them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: How often what was spoiled may have been spoiled again.
_LAYERS = 6


@dataclass(frozen=True, slots=True)
class Spoiling:
    """One way in which a value gets spoiled: its code, how it shows, and what undoes it."""

    code: str
    pattern: re.Pattern[str]
    undone: Callable[[re.Match[str]], str]


def _nothing(_: re.Match[str]) -> str:
    return ""


def _as_typed(found: re.Match[str]) -> str:
    """Full-width and typographic characters as the plain ones they stand for."""
    return unicodedata.normalize("NFKC", found[0].translate(_INVISIBLE))


def _percent(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "ignore")


def _entity(found: re.Match[str]) -> str:
    return html.unescape(f"{found[0].rstrip(';,')};")


def _octet(found: re.Match[str]) -> str:
    """A character as zone files write it (RFC 1035 section 5.1)."""
    return chr(int(found[1])) if int(found[1]) < 256 else ""


_INVISIBLE = {ord(mark): None for mark in "“”„‟«»‘’‚‛「」\u200b\u200c\u200d\u2060\ufeff\x7f"}

#: Entities of what stands in a key record, known even where their own semicolon was lost: `"`, `&`, `'`, space, `+`,
#: `/`, `;` and `=`.
_MARKS = "#(?:3[4-9]|32|43|47|59|61)|#[xX](?:2[0267bBfF]|3[bBdD])|quot|amp|apos|nbsp|plus|sol|semi|equals"

#: Undone in this order, and again while there is something to undo: a value may have gone through several hands.
SPOILINGS = (
    Spoiling("NON_ASCII", re.compile(r"[^\x00-\x7e]"), _as_typed),
    Spoiling("CONTROL_CHARS", re.compile(r"(?!\r\n[ \t])(?<!\r(?=\n[ \t]))[\x00-\x08\x0a-\x1f]"), _nothing),
    Spoiling("LITERAL_BACKSLASH", re.compile(r"\\(\d{3})"), _octet),
    Spoiling("LITERAL_BACKSLASH", re.compile(r"\\"), _nothing),
    Spoiling("KEY_ENCODED", re.compile(r"(?:%[0-9A-Fa-f]{2})+"), _percent),
    Spoiling("KEY_ENCODED", re.compile(rf"&(?:{_MARKS})(?:[;,]|(?![;,%\\]))"), _entity),
    Spoiling("KEY_ENCODED", re.compile(r"&(?:#\d{1,6}|#[xX][0-9A-Fa-f]{1,5}|[A-Za-z]{2,16});"), _entity),
    Spoiling("KEY_ENCODED", re.compile(r"</?[A-Za-z][^<>]{0,40}>"), _nothing),
    Spoiling("KEY_ENCODED", re.compile(r"(?<=\b[vkhpst])=3[Dd]"), lambda _: "="),  # quoted-printable, from a mail
    Spoiling("WHOLE_RECORD_PASTED", re.compile(r"(?i)^\s*(?:[^\s;=]+\s+){0,3}TXT[\s(]+"), _nothing),
    Spoiling("WHOLE_RECORD_PASTED", re.compile(r"(?i)^[^\s;=]*\.\d*INTXT"), _nothing),  # without its spaces
    Spoiling("WHOLE_RECORD_PASTED", re.compile(r"[()]"), _nothing),
    Spoiling("LITERAL_QUOTES", re.compile(r"\"\s*\"|'\s*'|[\"'`]"), _nothing),
    Spoiling("PEM_IN_KEY", re.compile(r"-----[A-Z ]*(?:-----|$)"), _nothing),
)


def undone(value: str) -> tuple[str, Mapping[str, dict[str, str]]]:
    """``value`` with all spoilings undone, and their codes with where each showed first."""
    found: dict[str, dict[str, str]] = {}
    for _ in range(_LAYERS):
        before = value
        for one in SPOILINGS:
            if hit := one.pattern.search(value):
                found.setdefault(one.code, {"position": str(hit.start() + 1), "character": f"U+{ord(hit[0][0]):04X}"})
                value = one.pattern.sub(one.undone, value)
        if value == before:
            break
    return value, found
