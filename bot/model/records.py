"""The two DNS records of a sending domain: what they are and when two values mean the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bot.model.key_pieces import is_piece

#: Octets in one string of a TXT record.
_STRING = 255


class RecordType(StrEnum):
    """The types the platform asks for (S22): one TXT, one CNAME."""

    TXT = "TXT"
    CNAME = "CNAME"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record to publish, verbatim from the platform.

    ``host`` is a full name without a trailing dot; ``value`` is the TXT's character data joined into one
    string (no quotation marks), or the CNAME's target as the platform wrote it.
    """

    type: RecordType
    host: str
    value: str

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type.value, "host": self.host, "value": self.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> DnsRecord:
        return cls(RecordType(data["type"]), data["host"], data["value"])

    @property
    def fingerprint(self) -> str:
        """Short, comparable by eye: the first 12 hex digits of SHA-256 over the value."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:12]


#: A line break that only folds (RFC 6376 section 2.8: FWS). No other control character is legal.
_FOLD = re.compile(r"\r\n(?=[ \t])")
_WHITE = " \t"
_NO_WHITE = {ord(white): None for white in _WHITE}

#: What may not stand in a tag's value (RFC 6376 section 3.2: VALCHAR and FWS).
_ILLEGAL = re.compile(r"[^\x21-\x7e \t]")

#: Values whose tags are remembered: one look reads the same ones again and again. Few, since a hostile one has 64 kB.
_READ = 64


@lru_cache(maxsize=_READ)
def tags(value: str) -> Mapping[str, str] | None:
    """The tag list of a DKIM key record (RFC 6376 section 3.2); None if it is not one.

    White space around tags and inside ``p=`` does not count; a tag twice, or a control character anywhere, makes the
    list invalid.
    """
    found: dict[str, str] = {}
    for part in _FOLD.sub("", value).split(";"):
        if not part.strip(_WHITE):
            continue
        name, sign, content = part.partition("=")
        name = name.strip(_WHITE)
        if not sign or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in found or _ILLEGAL.search(content):
            return None
        found[name] = content.translate(_NO_WHITE) if name == "p" else content.strip(_WHITE)
    return MappingProxyType(found) if found else None


def key_digest(key: str) -> str:
    """Short for a public key (``p=``, without white space), so that it can be looked up: 24 hex digits of SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def public_key(records: Iterable[DnsRecord]) -> str | None:
    """The ``p=`` of the TXT among them; None where there is none."""
    values = (tags(record.value) or {} for record in records if record.type is RecordType.TXT)
    return next((found["p"] for found in values if found.get("p")), None)


def is_key(value: str) -> bool:
    """Whether a TXT value is meant as a DKIM key: it says ``v=DKIM...``, or has ``p=`` and no ``v=``.

    DMARC policies have a ``p=`` too, but say so in ``v=``.
    """
    found = tags(value)
    if found is None:
        return False
    return found["v"].upper().startswith("DKIM") if "v" in found else "p" in found


def fitting_tag(tag: str, want: Mapping[str, str], have: Mapping[str, str]) -> bool:
    """Whether a verifier that expects the tags ``want`` can work with what ``have`` says in ``v``, ``k``, ``h``, ``s``.

    ``k`` left out means rsa, ``h`` left out allows every hash, ``s`` left out every service (RFC 6376 section 3.6.1).
    ``v`` is wanted where the platform wrote it.
    """
    if tag == "v":
        return have.get("v", "" if "v" in want else "DKIM1") == want.get("v", "DKIM1")
    if tag == "k":
        return have.get("k", "rsa") == want.get("k", "rsa")
    if tag == "s":
        return "s" not in have or not {"email", "*"}.isdisjoint(part.strip() for part in have["s"].split(":"))
    return "h" not in have or want.get("h", "sha256") in [part.strip() for part in have["h"].split(":")]


def same_txt(expected: str, found: str) -> bool:
    """Whether two TXT values mean the same key to a verifier (RFC 6376 section 3.6.1).

    Tags are compared, not strings. ``v=`` must stand first where it stands at all; ``h`` may be left out or
    must allow the expected hash; notes do not matter. Values that are no tag lists are compared as strings.
    """
    want, have = tags(expected), tags(found)
    if want is None or have is None:
        return expected == found
    if "v" in have and next(iter(have)) != "v":
        return False
    if not all(fitting_tag(tag, want, have) for tag in ("v", "k", "h", "s")):
        return False
    return bool(have.get("p")) and want.get("p") == have.get("p")


def same_name(one: str, other: str) -> bool:
    """Whether two domain names are equal (RFC 1034 section 3.1: ASCII case and the final dot do not count)."""
    return one.rstrip(".").lower() == other.rstrip(".").lower()


def same_value(record: DnsRecord, found: str) -> bool:
    """Whether ``found`` is as good as what ``record`` asks for."""
    return same_name(record.value, found) if record.type is RecordType.CNAME else same_txt(record.value, found)


def same_records(one: Collection[DnsRecord], other: Collection[DnsRecord]) -> bool:
    """Whether two sets of records ask for the same, in whatever order, case or white space they are written."""
    covered = all(any(_same(mine, theirs) for theirs in other) for mine in one)
    return covered and all(any(_same(mine, theirs) for mine in one) for theirs in other)


def _same(one: DnsRecord, other: DnsRecord) -> bool:
    alike = one.type is other.type and same_name(one.host, other.host)
    return alike and same_value(one, other.value) and same_value(other, one.value)


def changed_key(one: Collection[DnsRecord], other: Collection[DnsRecord]) -> DnsRecord | None:
    """The TXT of ``one`` where ``other`` has another key or selector in its place, and nothing else is different."""
    old, new = ([r for r in records if r.type is RecordType.TXT] for records in (one, other))
    rest = [[r for r in records if r.type is not RecordType.TXT] for records in (one, other)]
    if len(old) != 1 or len(new) != 1 or _same(old[0], new[0]) or not is_key(new[0].value):
        return None
    return old[0] if same_records(*rest) else None


def proves(record: DnsRecord, values: Collection[str]) -> bool:
    """Whether a set of values is what ``record`` asks for: exactly one CNAME, or exactly one DKIM key.

    Which of several keys a receiver takes is left to chance (RFC 6376 section 3.6.2.2); TXT records that are neither
    keys nor pieces of one do not matter.
    """
    key = (tags(record.value) or {}).get("p", "") if is_key(record.value) else None
    counted = [v for v in values if key is None or is_key(v) or is_piece(key, v)]
    return len(counted) == 1 and same_value(record, counted[0])


def quoted(value: str) -> str:
    """A TXT value as a zone file has it: in quotation marks, in parts of at most 255 octets (RFC 1035 section 3.3).

    Whoever reads it joins the parts without a gap (RFC 6376 section 3.6.2.2).
    """
    octets = value.encode()
    parts = [octets[n : n + _STRING] for n in range(0, len(octets), _STRING)] or [b""]
    return " ".join(f'"{"".join(map(_character, part))}"' for part in parts)


def _character(octet: int) -> str:
    if octet in b'"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03}"


def zone_line(record: DnsRecord, ttl: int = 3600) -> str:
    """The record as a line of a zone file (RFC 1035 section 5), its names whole. ``ttl`` in seconds."""
    value = quoted(record.value) if record.type is RecordType.TXT else f"{record.value.rstrip('.')}."
    return f"{record.host.rstrip('.')}. {ttl} IN {record.type} {value}"


def hosting(records: tuple[DnsRecord, ...]) -> str | None:
    """Where mail goes out: ``"EU"`` or ``"US"``, read off the platform's own CNAME value (S13); None if unknown."""
    for record in records:
        if record.type is RecordType.CNAME:
            return "EU" if record.value.lower().startswith("eu.") else "US"
    return None
