"""What a TXT value was meant to be: our key in whatever form it came out, another key, or none. Pure.

``another key`` is said only when no form of ours is inside: it sends people to delete the domain and add it again.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.model.diagnosis.spoilings import undone
from bot.model.records import fitting_tag, is_key, same_txt, tags

#: Longest string inside a TXT record in bytes (RFC 1035 section 3.3.14): where consoles cut.
STRING = 255

#: No key is shorter: what is shorter and in Base64 is some token.
_SHORTEST = 100

#: All keys of one size begin and end alike: with so many characters in common it is the same key.
_UNLIKELY = 64

#: Characters that are read: the longest key there is takes less than a thousand, and a stranger may send 64 kB.
_LONGEST = 8192

#: Characters of the value around the key that a text shows.
_SHOWN = 160

#: What each code needs in its texts: code -> facts.
Faults = dict[str, dict[str, str]]

_BEGINS = re.compile(r"\s*v\s*=\s*DKIM", re.IGNORECASE)
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_NO_KEY = re.compile(r"[^A-Za-z0-9+/=_-]")  # in the alphabet for URLs, too (RFC 4648 section 5)
_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")

#: A tag, whatever stands between it and the one before; where no white space stands twice in a row.
_TAG = re.compile(r"(?:^|[;,:| ]) ?([A-Za-z]) ?=")

#: Ways in which the letters of a key change: what no longer counts when they are compared, and the code that says so.
_CHANGES: tuple[tuple[Faults, Callable[[str], str]], ...] = (
    ({}, lambda key: key),
    ({"PLUS_TO_SPACE": {}}, lambda key: key.replace("+", "")),
    ({"KEY_LOWERCASED": {}}, str.lower),
    ({"KEY_LOWERCASED": {}, "PLUS_TO_SPACE": {}}, lambda key: key.replace("+", "").lower()),
    ({"KEY_ENCODED": {}}, lambda key: key.replace("-", "+").replace("_", "/").rstrip("=")),  # RFC 4648 section 5
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with its spoilings undone: their codes with facts, and its tags, however they are separated.

    ``key`` is what stands for the public key, without white space; None where nothing does. ``bare``: nothing else
    stands there. ``is_key``: it was meant as a DKIM key.
    """

    value: str
    spoiled: Mapping[str, dict[str, str]]
    tags: Mapping[str, str]
    key: str | None
    bare: bool = False
    is_key: bool = False


@lru_cache(maxsize=16)
def read(expected: str, value: str) -> Reading:
    """What ``value`` was meant to be by somebody who wanted to publish ``expected``. Of a long one the beginning."""
    ours = public_key_of(expected)
    value, spoiled = undone(value[:_LONGEST])
    found = tags(value) or {}
    if "p" not in found:
        found = _loose_tags(value, ours)
    plain = "".join(value.split())
    if "p" in found:
        inside = bool(ours) and ours in _NO_BASE64.sub("", found["p"])
        key: str | None = ours if inside else _NO_KEY.sub("", found["p"])
    else:
        key = ours if ours and ours in _NO_BASE64.sub("", value) else max(_RUN.findall(plain), key=len, default=None)
    bare = "p" not in found and plain == key
    if key is not None and "p" not in found and not _means_key(ours, key, bare=bare):
        key = None
    meant = is_key(value) or bool(_BEGINS.match(value)) or (key is not None and _is_ours(ours, key)) or bare
    return Reading(value, spoiled, found, key, bare and key is not None, meant and (key is not None or not bare))


def public_key_of(value: str) -> str:
    return (tags(value) or {}).get("p", "")


def _means_key(ours: str, key: str, *, bare: bool) -> bool:
    """Whether Base64 outside of any tag is a key: ours, or all there is and too long for a token."""
    return (bool(key) and _is_ours(ours, key)) or (bare and len(key) >= _SHORTEST)


def _is_ours(ours: str, key: str) -> bool:
    return bool(ours) and "KEY_MISMATCH" not in _key_fault(ours, key)


def _loose_tags(value: str, ours: str) -> dict[str, str]:
    """Tags in any case, twice, or with something else than a semicolon between them; of two keys ours."""
    value = re.sub(r"\s+", " ", value)
    marks = list(_TAG.finditer(value))
    found: dict[str, str] = {}
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(value)], strict=False):
        name, content = mark[1].lower(), value[mark.end() : end].strip(" \t;,:|")
        if name not in found or (name == "p" and ours and ours in _NO_BASE64.sub("", content)):
            found[name] = content
    return found


def meant_as_key(expected: str, value: str) -> bool:
    """Whether somebody wanted to publish a DKIM key with this, however it came out."""
    return read(expected, value).is_key


def is_ours(expected: str, value: str) -> bool:
    """Whether it is the key of ``expected``, in whatever form."""
    reading = read(expected, value)
    return bool(reading.key) and _is_ours(public_key_of(expected), reading.key or "")


def faults(expected: str, value: str) -> Faults:
    """Everything that is wrong with a value that was meant as the key ``expected``; empty where nothing is."""
    reading = read(expected, value)
    found: Faults = {code: dict(facts) for code, facts in reading.spoiled.items()}
    if reading.key is None:
        return found | ({"MISSING_P": {}} if reading.tags or _BEGINS.match(reading.value) else {})
    found |= _key_fault(public_key_of(expected), reading.key)
    if "KEY_MISMATCH" in found or "KEY_REVOKED" in found:
        return found
    found |= dict(_around(expected, reading))
    if not found and not same_txt(expected, value):
        found["KEY_SPOILT"] = _shown(reading)
    return found


def _around(expected: str, reading: Reading) -> Iterator[tuple[str, dict[str, str]]]:
    """What is wrong with the tags around the right key."""
    want, have = tags(expected) or {}, tags(reading.value)
    if reading.bare:
        yield "MISSING_TAGS", {}
    elif have is None or "p" not in have or not _pure(have["p"]):
        separated = ";" in reading.value or len(reading.tags) < 2
        yield "KEY_SPOILT", _shown(reading) | ({} if separated else {"form": "separators"})
    else:
        if "v" in have and next(iter(have)) != "v":
            yield "V_NOT_FIRST", {}
        yield from ((f"BAD_{tag.upper()}_TAG", {}) for tag in ("v", "k", "h", "s") if not fitting_tag(tag, want, have))


def _pure(key: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9+/_-]+={0,2}", key))


def _shown(reading: Reading) -> dict[str, str]:
    """The value without the key, so that what is around it can be seen."""
    around = reading.value.replace(reading.key, "…") if reading.key else reading.value
    return {"around": around if len(around) <= _SHOWN else f"{around[:_SHOWN]}…"}


def _key_fault(want: str, have: str) -> Faults:
    """How ``have`` differs from the key ``want``; empty where it does not."""
    if want == have:
        return {}
    if not have:
        return {"KEY_REVOKED": {}}
    for codes, change in _CHANGES:
        if change(want) == change(have):
            return codes or {"KEY_SPOILT": {}}
        cut = _cut(change(want), change(have))
        if cut is not None:
            return codes | {"KEY_TRUNCATED": {"length": str(len(have)), "whole": str(len(want)), **cut}}
    return {"KEY_MISMATCH": {}}


def _cut(want: str, have: str) -> dict[str, str] | None:
    """The facts that say where characters of ``want`` are lost in ``have``; None where that is not the difference."""
    if want.startswith(have):
        return {}
    if len(have) >= len(want) or len(have) < _UNLIKELY:
        return None
    if want.endswith(have):
        return {"form": "beginning", "lost": str(len(want) - len(have))}
    before = next((n for n, (w, h) in enumerate(zip(want, have, strict=False)) if w != h), len(have))
    if want.endswith(have[before:]):
        return {"form": "middle", "lost": str(len(want) - len(have)), "position": str(before)}
    return None


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
