"""The model as it was when a step of the schema shipped: a step always does the same, whatever becomes of the model."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_FWS = re.compile(r"(?:[ \t]*\r\n)?[ \t]+")
_ENDS = " \t\r\n"

Record = Mapping[str, str]  #: ``type``, ``host``, ``value``


def key_006(records: Sequence[Record]) -> str | None:
    """What ``m006_whose_key`` keeps of the public key among the records."""
    found = None
    for record in records:
        if record["type"] == "TXT" and (key := _tags(record["value"]).get("p")):
            found = key
    return hashlib.sha256(found.encode()).hexdigest()[:24] if found else None


def _tags(value: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in (part for part in value.split(";") if part.strip(_ENDS)):
        name, sign, content = part.partition("=")
        name = name.strip(_ENDS)
        if not sign or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in found:
            return {}
        found[name] = _FWS.sub("", content) if name == "p" else content.strip(_ENDS)
    return found


def digest_007(name: str, records: Sequence[Record]) -> str:
    """What the versions from ``m007_org_ids`` on compute of a question, as long as its org is not known."""
    parts: list[Any] = [{"type": r["type"], "host": r["host"], "value": r["value"]} for r in records]
    cname = next((r["value"] for r in records if r["type"] == "CNAME"), None)
    hosting = None if cname is None else "EU" if cname.lower().startswith("eu.") else "US"
    body = [name, "", hosting, parts]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
