"""What else stands at the sending name: before it is registered, and where the CNAME is missing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from bot.dns.authority import Deadline
from bot.dns.zone import NoZone, Zone, Zones
from bot.model.name_survey import Survey

#: What cannot stand beside a CNAME and is in use at names people send mail from (RFC 1034 section 3.6.2).
CONFLICTING = ("MX", "A", "AAAA", "TXT")


async def others(zones: Zones, zone: Zone, name: str) -> Mapping[str, tuple[str, ...]] | None:
    """The records that stand at ``name`` itself, by type; None where no server of ``zone`` says.

    What ``*.<parent>`` gives for any name is not there: a CNAME of its own takes precedence (RFC 4592 section 3.3).
    """
    replies = await asyncio.gather(*(zones.first(zone, name, rdtype) for rdtype in CONFLICTING))
    if all(reply is None for reply in replies):
        return None
    found = {t: s.values for t, r in zip(CONFLICTING, replies, strict=True) if r and (s := r.find(name, t))}
    if not found or name == zone.name:
        return found
    stranger = f"{secrets.token_hex(8)}.{name.partition('.')[2]}"
    masks = await asyncio.gather(*(zones.first(zone, stranger, rdtype) for rdtype in found))
    wild = {t: s.values for t, m in zip(found, masks, strict=True) if m and (s := m.find(stranger, t))}
    return {t: values for t, values in found.items() if sorted(values) != sorted(wild.get(t, ()))}


async def survey(zones: Zones, name: str, deadline: Deadline) -> Survey:
    """What is at ``name`` now, from its authoritative servers only."""
    try:
        async with asyncio.timeout_at(deadline.at):
            return await _survey(zones, name)
    except NoZone as why:
        return Survey(checked=False, problem=why.problem)
    except TimeoutError:
        return Survey(checked=False, problem="silent")


async def _survey(zones: Zones, name: str) -> Survey:
    zone = await zones.start(name)
    types = await others(zones, zone, name)
    while deeper := await zones.below(zone, name):
        zone = deeper
        types = await others(zones, zone, name)
    apex = zone.name == name
    if types is None and not apex:
        return Survey(checked=False, zone=zone.name, nameservers=zone.nameservers, problem="silent")
    alias = await zones.first(zone, name, "CNAME")
    target = alias.find(name, "CNAME") if alias else None
    return Survey(
        True, tuple(types or ()), apex, zone.name, zone.nameservers, cname=target.values[0] if target else None
    )
