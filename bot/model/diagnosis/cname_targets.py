"""What a CNAME's target was meant to be: how consoles and people spoil a host name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.model.diagnosis.dkim_keys import Faults

#: The carrier's two services (S13), to tell them apart; what has to be published always comes from the platform.
SERVICES = {"sparkpostmail.com": "US", "eu.sparkpostmail.com": "EU"}

#: The carrier's own domains: every service of every region is one of them or below (``eu.sparkpostmail.com``,
#: ``<tenant>.mail.e.sparkpost.com``).
CARRIERS = ("sparkpostmail.com", "sparkpost.com")


def is_carrier(name: str, target: str | None) -> bool:
    """Whether a CNAME to ``name`` sends bounces to the carrier: it is ``target``, what our own record points to, or
    the carrier's in any region. ASCII case and the final dot do not count (RFC 1034 section 3.1)."""
    have = _plain(name)
    if target and have == _plain(target):
        return True
    return any(have == carrier or have.endswith(f".{carrier}") for carrier in CARRIERS)


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
