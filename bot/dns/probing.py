"""Where a missing record is instead: wrong names, wildcards, the addresses of the target."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from bot.dns.aliases import Seen
from bot.dns.client import Reply, within
from bot.dns.zone import NoZone, Zone, Zones, upwards
from bot.model.diagnosis.case import Mask, Place
from bot.model.diagnosis.missing import other_names
from bot.model.diagnosis.wrong_hosts import candidates, is_ours
from bot.model.look import Status
from bot.model.records import RecordType

#: What a wildcard may give instead of a record, by what its host shows.
_INSTEAD: Mapping[tuple[RecordType, Status], tuple[str, ...]] = {
    (RecordType.TXT, Status.WRONG): ("CNAME", "TXT"),
    (RecordType.CNAME, Status.WRONG): ("CNAME",),
    (RecordType.CNAME, Status.MISSING): ("A", "AAAA"),
}


#: What cannot stand beside a CNAME (RFC 1034 section 3.6.2) and may be in use at a sending name.
_BESIDE = ("TXT", "MX", "A", "AAAA", "NS")


def stranger(name: str) -> str:
    """A name beside ``name`` that nobody has."""
    return f"{secrets.token_hex(8)}.{name.partition('.')[2]}"


async def places(zones: Zones, seen: Seen, name: str) -> tuple[Place, ...]:
    """Wrong names at which the record stands, likeliest first. What a wildcard gives stands nowhere."""
    if seen.zone is None:
        return ()
    zone, rdtype = seen.zone, seen.record.type
    tried = candidates(seen.record, name, zone.name)
    if not tried:
        return ()
    any_name = f"{secrets.token_hex(8)}.{zone.name}"
    for_all, *replies = await asyncio.gather(
        zones.first(zone, any_name, rdtype), *(zones.first(zone, place.host, rdtype) for place in tried)
    )
    wild = set(_values(for_all, any_name, rdtype))
    found: list[Place] = []
    for place, reply in zip(tried, replies, strict=True):
        values = [value for value in _values(reply, place.host, rdtype) if value not in wild]
        value = is_ours(place, seen.record, values)
        if value is not None:
            found.append(Place(place.type, place.code, place.host, value))
    return tuple(found)


async def masks(zones: Zones, seen: Seen) -> Mask | None:
    """The wildcard that answers instead of the record; None where nothing or something of its own stands there."""
    if seen.zone is None or seen.zone.name == seen.record.host:
        return None
    host, zone = seen.record.host, seen.zone
    other = stranger(host)
    for rdtype in _INSTEAD.get((seen.record.type, seen.look.status), ()):
        own, mask = await asyncio.gather(zones.first(zone, host, rdtype), zones.first(zone, other, rdtype))
        if _values(own, host, rdtype) and _values(own, host, rdtype) == _values(mask, other, rdtype):
            return Mask(await _owner(zones, zone, host, rdtype), rdtype)
    return None


async def _owner(zones: Zones, zone: Zone, host: str, rdtype: str) -> str:
    """The wildcard above ``host`` that is really there.

    Any wildcard answers for the names of those below it too. Below one that exists there is nothing, since it is no
    wildcard for what is below its own name (RFC 4592 section 2.2.2): there the others would answer.
    """
    wild = [f"*.{above}" for above in upwards(host, zone.name)[1:]]
    below = [f"{secrets.token_hex(8)}.{name}" for name in wild]
    own, others = await asyncio.gather(
        asyncio.gather(*(zones.first(zone, name, rdtype) for name in wild)),
        asyncio.gather(*(zones.first(zone, name, rdtype) for name in below)),
    )
    for name, under, reply, other in zip(wild, below, own, others, strict=True):
        if _values(reply, name, rdtype) and other and not _values(other, under, rdtype):
            return name
    return f"*.{zone.name}"


async def free_name(zones: Zones, zone: Zone, name: str) -> str | None:
    """The first of the names that could be offered instead of ``name`` that nothing is at."""
    tried = [other for other in other_names(name) if within(other, zone.name)]
    replies = await asyncio.gather(*(zones.first(zone, other, "A") for other in tried))
    return next((other for other, r in zip(tried, replies, strict=True) if r and r.denies(other)), None)


async def beside(zones: Zones, zone: Zone, name: str, target: str) -> tuple[str, ...]:
    """The types that stand at ``name`` beside its CNAME. Addresses of the target are its own: some servers add them."""
    replies = await asyncio.gather(*(zones.first(zone, name, rdtype) for rdtype in _BESIDE))
    found = {t: s.values for t, r in zip(_BESIDE, replies, strict=True) if r and (s := r.find(name, t))}
    if {"A", "AAAA"} & set(found):
        flat = set(await addresses(zones, target))
        found = {t: values for t, values in found.items() if t not in ("A", "AAAA") or not flat.issuperset(values)}
    return tuple(found)


async def own_addresses(zones: Zones, zone: Zone, server: str) -> tuple[str, ...]:
    """Where the zone itself says that its server is; empty where that is not for it to say."""
    if not within(server, zone.name):
        return ()
    replies = await asyncio.gather(*(zones.first(zone, server, rdtype) for rdtype in ("A", "AAAA")))
    return tuple(a for r in replies if r for s in r.answer if s.name == server for a in s.values)


async def addresses(zones: Zones, target: str) -> tuple[str, ...]:
    """The addresses of the right target, from its own zone."""
    try:
        zone = await zones.start(target)
    except NoZone:
        return ()
    replies = await asyncio.gather(*(zones.first(zone, target, rdtype) for rdtype in ("A", "AAAA")))
    return tuple(a for r in replies if r for s in r.answer if s.type in ("A", "AAAA") for a in s.values)


def _values(reply: Reply | None, name: str, rdtype: str) -> list[str]:
    found = reply.find(name, rdtype) if reply else None
    return sorted(found.values) if found else []
