"""What a CNAME's target was meant to be: how consoles and people spoil a host name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.model.keys import Faults

#: The carrier's two services (S13), to tell them apart; what has to be published always comes from the platform.
SERVICES = {"sparkpostmail.com": "US", "eu.sparkpostmail.com": "EU"}


def faults(expected: str, target: str, zones: Iterable[str]) -> Faults:
    """Everything that is wrong with ``target``; ``zones`` are what a console may have put behind it."""
    found: Faults = {}
    want, have = _plain(expected), _plain(target).replace("\\", "")
    if '"' in have:
        found["TARGET_HAS_QUOTES"] = {}
        have = have.replace('"', "")
    if re.match(r"https?:", have) or "/" in have:
        found["TARGET_IS_URL"] = {}
        have = re.sub(r"/[^.]*", "", re.sub(r"^https?:/*", "", have)).rstrip(".")
    for zone in sorted(zones, key=len, reverse=True):
        shorter = have.removesuffix(f".{_plain(zone)}")
        if shorter != have and (shorter == want or shorter in SERVICES):
            found["TARGET_GOT_ZONE_APPENDED"] = {}
            have = shorter
            break
    if have == want:
        return found
    if have in SERVICES and want in SERVICES:
        return found | {"WRONG_REGION": {"theirs": SERVICES[have], "ours": SERVICES[want]}}
    return found | {"WRONG_TARGET": {}}


def _plain(name: str) -> str:
    return name.strip().rstrip(".").lower()
