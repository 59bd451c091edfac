"""What a TXT value was meant to be: DKIM keys as consoles, clipboards and people spoil them. Pure."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.model.records import fitting_tag, is_key, same_txt, tags

#: Longest string inside a TXT record in bytes (RFC 1035 section 3.3.14): where consoles cut.
STRING = 255

#: No key is shorter: what is shorter and in Base64 is some token.
_SHORTEST = 100

#: What each code needs in its texts: code -> facts.
Faults = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Spoiling:
    """One way in which a value gets spoiled: how it shows, and what undoes it."""

    code: str
    pattern: re.Pattern[str]
    undone: Callable[[re.Match[str]], str]


def _as_typed(found: re.Match[str]) -> str:
    """Full-width and typographic characters as the plain ones they stand for."""
    return unicodedata.normalize("NFKC", found[0].translate(_QUOTES))


_QUOTES = {ord(mark): None for mark in "“”„‟«»‘’‚‛「」\u200b\u200c\u200d\ufeff\x7f"}

#: Undone in this order.
_SPOILINGS = (
    _Spoiling("NON_ASCII", re.compile(r"[^\x00-\x7e]"), _as_typed),
    _Spoiling("CONTROL_CHARS", re.compile(r"(?!\r\n[ \t])(?<!\r(?=\n[ \t]))[\x00-\x08\x0a-\x1f]"), lambda _: ""),
    _Spoiling("WHOLE_RECORD_PASTED", re.compile(r"(?i)^(?:[^\s;=]+\s+){0,3}TXT[\s(]+(?=[\"v])"), lambda _: ""),
    _Spoiling("LITERAL_QUOTES", re.compile(r'"\s*"|"'), lambda _: ""),
    _Spoiling("LITERAL_BACKSLASH", re.compile(r"\\"), lambda _: ""),
    _Spoiling("PEM_IN_KEY", re.compile(r"-----[A-Z ]*(?:-----|$)"), lambda _: ""),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with its spoilings undone: their codes with facts, the tags, and whether they had to be added."""

    value: str
    spoiled: Mapping[str, dict[str, str]]
    tags: Mapping[str, str]
    is_key: bool


def read(expected: str, value: str) -> Reading:
    """What ``value`` was meant to be by somebody who wanted to publish ``expected``."""
    spoiled: Faults = {}
    for spoiling in _SPOILINGS:
        hit = spoiling.pattern.search(value)
        if hit:
            spoiled[spoiling.code] = {"position": str(hit.start() + 1), "character": f"U+{ord(hit[0][0]):04X}"}
            value = spoiling.pattern.sub(spoiling.undone, value)
    found = tags(value)
    bare = "".join(value.split())
    if (found is None or not is_key(value)) and _is_bare(expected, bare):
        spoiled["MISSING_TAGS"] = {}
        want = tags(expected) or {}
        return Reading(value, spoiled, {**want, "p": bare}, True)
    meant = is_key(value) or bool(re.match(r"\s*v\s*=\s*DKIM", value, re.IGNORECASE))
    return Reading(value, MappingProxyType(spoiled), found or {}, meant)


def _is_bare(expected: str, value: str) -> bool:
    """The key alone, without the tags around it."""
    if not re.fullmatch(r"[A-Za-z0-9+/]{16,}={0,2}", value):
        return False
    return len(value) >= _SHORTEST or (tags(expected) or {}).get("p", "").startswith(value)


def meant_as_key(expected: str, value: str) -> bool:
    """Whether somebody wanted to publish a DKIM key with this, however it came out."""
    return read(expected, value).is_key


def faults(expected: str, value: str) -> Faults:
    """Everything that is wrong with a value that was meant as the key ``expected``; empty where nothing is."""
    reading = read(expected, value)
    found: Faults = {code: dict(facts) for code, facts in reading.spoiled.items()}
    want, have = tags(expected) or {}, reading.tags
    if not have:
        return found
    if "p" not in have:
        return found | {"MISSING_P": {}}
    key = _key_fault(want.get("p", ""), have["p"])
    if key:
        found |= key
    if "v" in have and next(iter(have)) != "v":
        found["V_NOT_FIRST"] = {}
    if have["p"] and "KEY_MISMATCH" not in found:
        found |= {f"BAD_{tag.upper()}_TAG": {} for tag in ("v", "k", "h") if not fitting_tag(tag, want, have)}
    return found


def _key_fault(want: str, have: str) -> Faults:
    if want == have:
        return {}
    if not have:
        return {"KEY_REVOKED": {}}
    if want.startswith(have):
        return {"KEY_TRUNCATED": {"length": str(len(have)), "whole": str(len(want))}}
    if want.lower() == have.lower():
        return {"KEY_LOWERCASED": {}}
    if want.replace("+", "") == have.replace("+", ""):
        return {"PLUS_TO_SPACE": {}}
    return {"KEY_MISMATCH": {}}


def in_test_mode(value: str) -> bool:
    """Whether the key says that its domain is only testing DKIM (``t=y``, RFC 6376 section 3.6.1)."""
    return "y" in [flag.strip() for flag in (tags(value) or {}).get("t", "").split(":")]


def are_halves(expected: str, values: Sequence[str]) -> bool:
    """Whether several records are the pieces of one value."""
    if not 2 <= len(values) <= 4 or sum(map(len, values)) > len(expected) + STRING:
        return False
    if any(same_txt(expected, value) for value in values):
        return False
    return any(same_txt(expected, "".join(order)) for order in itertools.permutations(values))
