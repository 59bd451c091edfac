"""Names of settings that are none of ours, and values that are only examples: either would be passed over in silence.

``EMAILDOMAIN_APPROVER`` without its S would open approval to everybody.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from bot.config.parsing import BadSetting

_OWN = "EMAILDOMAIN_"
#: Other tools have settings that begin like these, too: only what is nearly one of ours is named.
_SHARED = ("GENESYSCLOUD_", "SLACK_")
_NEAR = 2  #: letters

#: What Kubernetes sets for a service called emaildomain, or emaildomain-something.
_KUBERNETES = re.compile(r"EMAILDOMAIN_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\w+)?)")

#: Documented, and not in this version yet.
LATER = frozenset(
    f"{_OWN}{name}"
    for name in (
        "PUBLIC_URL", "PAGE_PORT", "PAGE_CONTACT", "PUBLISHERS", "QUIET_HOURS", "HISTORY_DAYS", "HOLIDAYS", "ALERT_URL",
        "ALERT_SECRET", "AUDIT_YEARS",
    )
)  # fmt: skip

#: What stands in documentation where a value of one's own belongs.
_BLANK = re.compile(r"your[-_ ]|\.\.\.|…|<[^>]*>|x{4,}|change[-_ ]?me|replace[-_ ]?me|placeholder", re.IGNORECASE)


def unknown(given: Collection[str], known: Mapping[str, str]) -> Iterator[BadSetting]:
    """Those of ``given`` that nobody reads; ``known`` are all there are, with their examples."""
    for name in sorted(given):
        if name in known:
            continue
        if name in LATER:
            yield BadSetting(name, "is not in this version yet; take it out", unknown=True)
        elif name.startswith(_OWN) and not _KUBERNETES.fullmatch(name):
            meant = next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")
            if meant:
                yield _meant(name, meant, known)
            else:
                yield BadSetting(name, "is no setting; docs/configuration.md has them all", unknown=True)
        elif name.startswith(_SHARED):
            near = sorted((distance(name, one), one) for one in known if one.startswith(_SHARED))
            if near and near[0][0] <= _NEAR:
                yield _meant(name, near[0][1], known)


def _meant(name: str, meant: str, known: Mapping[str, str]) -> BadSetting:
    return BadSetting(name, f"is no setting; did you mean {meant}?", f"{meant}={known[meant]}", unknown=True)


def is_blank(value: str, example: str, *, secret: bool) -> bool:
    """Whether ``value`` is the documentation's own, or what documentation writes instead of one."""
    entries = {entry.strip() for entry in value.split(",")}
    return bool(entries & set(example.split(","))) or (secret and _BLANK.search(value) is not None)


def distance(one: str, other: str) -> int:
    """Letters to put in, take out or change to make one the other."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]
