"""Where a record ends up when somebody puts it at a wrong name: the names to look at, as a table. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bot.model.diagnosis import dkim_keys
from bot.model.diagnosis.case import Place
from bot.model.names import relative
from bot.model.records import DnsRecord, RecordType, same_value

#: How many earlier months' selectors are looked for.
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Names:
    """A record's host in its parts: ``selector._domainkey.sub.zone``; of a CNAME ``sub.zone``."""

    host: str
    name: str
    zone: str

    @property
    def selector(self) -> str:
        return self.host.partition(".")[0]

    @property
    def sub(self) -> str:
        return relative(self.name, self.zone)


#: What people and consoles make of a host: the code that says so, and the name.
_TXT: tuple[tuple[str, Callable[[Names], str]], ...] = (
    ("DUPLICATED_ZONE", lambda n: f"{n.host}.{n.zone}"),
    ("MISSING_SUB", lambda n: f"{n.selector}._domainkey.{n.zone}"),
    ("DUPLICATED_SUB", lambda n: f"{n.selector}._domainkey.{n.sub}.{n.name}"),
    ("DUPLICATED_NAME", lambda n: f"{n.host}.{n.name}"),
    ("MISSING_UNDERSCORE", lambda n: f"{n.selector}.domainkey.{n.name}"),
    ("MISSING_DOMAINKEY_LABEL", lambda n: f"{n.selector}.{n.name}"),
    ("MISPLACED_UNDERSCORE", lambda n: f"{n.selector}_domainkey.{n.name}"),
    ("MISSING_SELECTOR", lambda n: f"_domainkey.{n.name}"),
    ("DKIM_AT_SUB", lambda n: n.name),
    ("DKIM_AT_APEX", lambda n: n.zone),
    ("SUB_SELECTOR_SWAPPED", lambda n: f"{n.sub}._domainkey.{n.selector}.{n.zone}"),
)
_CNAME: tuple[tuple[str, Callable[[Names], str]], ...] = (
    ("DUPLICATED_ZONE", lambda n: f"{n.host}.{n.zone}"),
    ("DUPLICATED_SUB", lambda n: f"{n.sub}.{n.name}"),
    ("DUPLICATED_NAME", lambda n: f"{n.host}.{n.name}"),
)

#: Where another domain's key may rightly stand: only ours counts there.
_OTHERS_TOO = frozenset({"MISSING_SUB"})


def candidates(record: DnsRecord, name: str, zone: str) -> list[Place]:
    """The names to look at for ``record`` of the sending name ``name`` in ``zone``, likeliest first."""
    names = Names(record.host, name, zone)
    if names.sub in ("@", name):  # a zone of its own, or not in this zone at all
        return []
    if record.type is RecordType.CNAME:
        return [Place(record.type, code, host(names)) for code, host in _CNAME]
    if not record.host.startswith(f"{names.selector}._domainkey."):
        return []
    found = [Place(record.type, code, host(names)) for code, host in _TXT]
    return found + [Place(record.type, "OTHER_SELECTOR", f"{old}._domainkey.{name}") for old in earlier(names.selector)]


def earlier(selector: str) -> Iterator[str]:
    """The selectors the platform would have given in the months before: ``scph1126`` after ``scph1026``."""
    found = re.fullmatch(r"([a-z]+)(0[1-9]|1[0-2])(\d\d)", selector)
    if found:
        months = int(found[3]) * 12 + int(found[2]) - 1
        for month in range(months - 1, max(months - 1 - _MONTHS, -1), -1):
            yield f"{found[1]}{month % 12 + 1:02}{month // 12:02}"


def is_ours(place: Place, record: DnsRecord, values: Collection[str]) -> str | None:
    """The value at ``place`` that was meant as ``record``; None if there is none."""
    if record.type is RecordType.CNAME:
        return next((value for value in values if same_value(record, value)), None)
    meant = [value for value in values if dkim_keys.meant_as_key(record.value, value)]
    if place.code in _OTHERS_TOO:
        meant = [value for value in meant if "KEY_MISMATCH" not in dkim_keys.faults(record.value, value)]
    return next(iter(meant), None)
