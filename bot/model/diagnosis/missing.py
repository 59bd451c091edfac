"""Nothing where a record should be: why, and where it was put instead."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

from bot.model.diagnosis.case import Case, Sight, absent, listed
from bot.model.diagnosis.dkim_keys import meant_as_key
from bot.model.look import RecordLook, Status
from bot.model.names import registrable, relative
from bot.model.records import RecordType, same_name, same_value

See = Callable[[Case], Iterator[Sight]]

#: Where Cloudflare's proxy answers from (https://www.cloudflare.com/ips/).
_PROXY = tuple(
    ipaddress.ip_network(block)
    for block in (
        "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18", "108.162.192.0/18",
        "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13",
        "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22", "2400:cb00::/32", "2606:4700::/32", "2803:f800::/32",
        "2405:b500::/32", "2405:8100::/32", "2a06:98c0::/29", "2c0f:f248::/32",
    )
)  # fmt: skip
_PROXYING = re.compile(r"(?i).+\.(?:(?:ns|secondary)\.cloudflare\.com|foundationdns\.(?:com|net|org))")

#: Seconds: from here on a resolver's memory of "does not exist" is worth a word.
_LONG = 3600


# ---- the name as a whole


def not_registered(case: Case) -> Iterator[Sight]:
    if case.context.problem == "unregistered":
        domain = registrable(case.name) or case.name
        yield None, {"domain": domain, "suffix": domain.partition(".")[2]}


def own_zone(case: Case) -> Iterator[Sight]:
    """The sending name is the top of a zone. That it lies in one below the registrable domain is no mistake."""
    if case.context.zone == case.name:
        yield None, {"cut": case.name, "parent": case.name.partition(".")[2]}


def own_key_zone(case: Case) -> Iterator[Sight]:
    """What is below the sending name, such as ``_domainkey``, is a zone of its own, and the TXT is not in it."""
    if case.txt and absent(case.txt) and _key_zone(case):
        cut = case.zone_of(case.txt)
        yield case.txt, {"cut": cut, "parent": cut.partition(".")[2]}


def _key_zone(case: Case) -> bool:
    return case.txt is not None and case.zone_of(case.txt).endswith(f".{case.name}")


# ---- something else at the sending name


def cname_as_txt(case: Case) -> Iterator[Sight]:
    if case.cname and _no_cname(case):
        texts = case.context.others.get("TXT", ())
        if found := [text for text in texts if same_name(text.strip(' "'), case.cname.record.value)]:
            yield case.cname, {"found": listed(found)}


def proxied(case: Case) -> Iterator[Sight]:
    if case.cname and _no_cname(case) and _is_proxied(case):
        yield case.cname, {"addresses": listed(_addresses(case))}


def flattened(case: Case) -> Iterator[Sight]:
    if case.cname and _no_cname(case) and _is_flattened(case):
        yield case.cname, {"addresses": listed(_addresses(case))}


def conflict(case: Case) -> Iterator[Sight]:
    types = _in_the_way(case)
    if case.cname and _no_cname(case) and types:
        yield case.cname, {"types": listed(types), "other_name": case.context.free or _another(case.name)}


#: First labels of sending names that are offered where one is taken.
FIRST_LABELS = ("news", "send", "campaigns", "notify", "mktg")


def other_names(name: str) -> list[str]:
    """Sending names beside ``name`` that could be offered instead of it."""
    parent = name.partition(".")[2]
    return [other for label in FIRST_LABELS if (other := f"{label}.{parent}") != name]


def _another(name: str) -> str:
    return other_names(name)[0]


def _no_cname(case: Case) -> bool:
    return absent(case.cname) and case.context.zone != case.name


def _addresses(case: Case) -> list[str]:
    return sorted([*case.context.others.get("A", ()), *case.context.others.get("AAAA", ())])


def _is_proxied(case: Case) -> bool:
    found = _addresses(case)
    inside = [_proxys(address) for address in found]
    return bool(found) and all(inside) and _served_by_proxy(case)


def _served_by_proxy(case: Case) -> bool:
    """By the name servers' names, or, where a customer gave them names of his own, by their addresses."""
    if any(_PROXYING.fullmatch(server) for server in case.context.nameservers):
        return True
    addresses = [answer.address for answer in case.cname.servers] if case.cname else []
    return bool(addresses) and all(_proxys(address) for address in addresses)


def _proxys(address: str) -> bool:
    return any(ipaddress.ip_address(address) in block for block in _PROXY)


def _is_flattened(case: Case) -> bool:
    return not _is_proxied(case) and bool(set(_addresses(case)) & set(case.context.target))


def _in_the_way(case: Case) -> list[str]:
    """The types at the sending name that no other finding explains."""
    explained: set[str] = set()
    if _is_proxied(case) or _is_flattened(case):
        explained = {"A", "AAAA"}
    if case.txt and case.cname:
        ours = (case.txt.record.value, case.cname.record.value)
        if all(meant_as_key(ours[0], text) or same_name(text.strip(' "'), ours[1]) for text in _texts(case)):
            explained.add("TXT")
    return [rdtype for rdtype in case.context.others if rdtype not in explained]


def _texts(case: Case) -> tuple[str, ...]:
    return case.context.others.get("TXT", ())


# ---- put somewhere else


def misplaced(code: str) -> See:
    """The record stands at another name, which says what went wrong."""

    def see(case: Case) -> Iterator[Sight]:
        for place in case.context.places:
            look = case.records.get(place.type)
            if look and place.code == code and _lacking(case, look):
                other = place.host.partition(".")[0]
                facts = {"place": place.host, "found": place.value, "selector": other, "ours": _selector(look)}
                # Where the value differs, too, more has to be changed; an earlier selector has an earlier key.
                differs = code != "OTHER_SELECTOR" and not same_value(look.record, place.value)
                yield look, facts | ({"form": "value"} if differs else {})

    return see


def _selector(look: RecordLook) -> str:
    return look.record.host.partition(".")[0]


def elsewhere(case: Case) -> Iterator[Sight]:
    for look in case.records.values():
        if case.context.elsewhere and absent(look):
            yield look, {"servers": listed(case.context.elsewhere)}


def masked(code: str, types: frozenset[str]) -> See:
    """A wildcard answers instead of the record, with one of ``types``."""

    def see(case: Case) -> Iterator[Sight]:
        for record_type, mask in case.context.masks.items():
            look = case.records.get(record_type)
            if look and mask.type in types and not look.count(Status.RIGHT):
                short = relative(mask.owner, case.zone_of(look))
                yield look, {"wildcard": mask.owner, "short_wildcard": short, "given": mask.type}

    return see


def _lacking(case: Case, look: RecordLook) -> bool:
    """Missing, or there only by a wildcard."""
    return absent(look) or (look.record.type in case.context.masks and not look.count(Status.RIGHT))


# ---- just not there


def _unexplained(case: Case, look: RecordLook | None) -> bool:
    """Missing, and no other finding says why."""
    if look is None or not absent(look) or case.context.elsewhere:
        return False
    context, kind = case.context, look.record.type
    if kind in context.masks or any(place.type is kind for place in context.places):
        return False
    if kind is RecordType.TXT:
        return not _key_zone(case)
    if context.zone == case.name or _is_proxied(case) or _is_flattened(case) or _in_the_way(case):
        return False
    return not _swapped(case) and not any(True for _ in cname_as_txt(case))


def _swapped(case: Case) -> bool:
    """Each of the two records stands where the other belongs."""
    if not (case.txt and case.cname and case.context.aliases):
        return False
    ours = (case.txt.record.value, case.cname.record.value)
    return same_name(case.context.aliases[0], ours[1]) and any(meant_as_key(ours[0], text) for text in _texts(case))


_OF_EACH = ("host", "relative", "value", "entry", "entered")


def both_missing(case: Case) -> Iterator[Sight]:
    txt, cname = case.txt, case.cname
    if txt and cname and _unexplained(case, txt) and _unexplained(case, cname):
        first, second = case.about(txt), case.about(cname)
        yield (
            None,
            {f"txt_{key}": first[key] for key in _OF_EACH} | {f"cname_{key}": second[key] for key in _OF_EACH},
        )


def dkim_missing(why: str) -> See:
    """The TXT is missing alone: no server has the name (``nxdomain``), or it has something else (``nodata``)."""

    def see(case: Case) -> Iterator[Sight]:
        if case.txt and _unexplained(case, case.txt) and not _unexplained(case, case.cname):
            whys = {answer.why for answer in case.txt.servers if answer.status is Status.MISSING}
            if why == ("nodata" if whys == {"nodata"} else "nxdomain"):
                yield case.txt, {}

    return see


def cname_missing(case: Case) -> Iterator[Sight]:
    if case.cname and _unexplained(case, case.cname) and not _unexplained(case, case.txt):
        yield case.cname, {}


def long_memory(case: Case) -> Iterator[Sight]:
    if case.context.negative >= _LONG and any(absent(look) for look in case.records.values()):
        yield None, {"hours": hours(case.context.negative)}


def hours(seconds: int) -> str:
    """Hours, rounded up to one decimal where they are few: ``1``, ``1.5``, ``24``."""
    return f"{-(-seconds // 360) / 10:g}"
