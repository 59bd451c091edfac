"""Which email campaigns send from a domain, and when their schedules switch them on. Read only.

There is no question for the campaigns of one domain: all of type EMAIL are read. Both listings show only the divisions
that were granted to the OAuth client.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.errors import PlatformRefused
from bot.model import calendar
from bot.model.campaign import Campaign, Campaigns
from bot.platforms.genesys.answers import listed, plain
from bot.platforms.genesys.client import Client
from bot.runtime.advisory import NotChecked, advisory

CAMPAIGNS = "/api/v2/outbound/messagingcampaigns"
SCHEDULES = "/api/v2/outbound/schedules/emailcampaigns"

#: Words after which nothing is sent. Any other one, and none at all, may be a campaign that is on.
_OFF = frozenset({"off", "complete", "invalid", "forced_off"})

Body = Mapping[str, Any]


async def campaigns(client: Client, name: str, now: int) -> Campaigns:
    """Campaigns that send from ``name``; where we may not see them, that is what comes back."""
    try:
        every = await client.pages(CAMPAIGNS, type="EMAIL")
    except PlatformRefused as refused:
        if refused.reason == "permission":
            return Campaigns()
        raise
    mine = [c for c in every if sender(c) == name]
    unclear = [made for c in every if not sender(c) and (made := _campaign(c, {})).live]
    starts: dict[str, int] = {}
    schedules = True
    if mine:
        answer = await advisory("schedules", client.call("GET", SCHEDULES))
        schedules = not isinstance(answer, NotChecked) and answer.ok
        found = () if isinstance(answer, NotChecked) else listed(answer.body.get("entities"))
        starts = first_starts((s for s in found if isinstance(s, Mapping)), now)
    return Campaigns(tuple(_campaign(c, starts) for c in mine), seen=True, schedules=schedules, unclear=tuple(unclear))


def sender(campaign: Body) -> str:
    """The outbound domain that a campaign sends from; empty where it says none."""
    at: Any = campaign
    for key in ("emailConfig", "fromAddress", "domain"):
        at = at.get(key) if isinstance(at, Mapping) else None
    found = at.get("id") or at.get("name") if isinstance(at, Mapping) else None
    return plain(found) if isinstance(found, str) else ""


def _campaign(body: Body, starts: Mapping[str, int]) -> Campaign:
    found = str(body.get("id") or "")
    status = str(body.get("campaignStatus") or "").lower()
    return Campaign(found, str(body.get("name") or found), status not in _OFF, starts.get(found))


def first_starts(schedules: Iterable[Body], now: int) -> dict[str, int]:
    """Campaign id to the first instant (UTC ms) at which a schedule that is not over switches it on."""
    found: dict[str, int] = {}
    for schedule in schedules:
        campaign = schedule.get("emailCampaign")
        if not isinstance(campaign, Mapping):
            continue
        for start, end in _spans(schedule):
            if end is None or end > now:
                found[str(campaign.get("id"))] = min(start, found.get(str(campaign.get("id")), start))
    return found


def _spans(schedule: Body) -> Iterator[tuple[int, int | None]]:
    zone = schedule.get("timeZone")
    for interval in _listed(schedule, "intervals"):
        start = instant(interval.get("start"), zone)
        if start is not None:
            yield start, instant(interval.get("end"), zone)
    for recurrence in _listed(schedule, "recurrences"):
        at: Any = recurrence
        for key in ("nextOccurrenceDetails", "startOccurrenceDetails", "dateOfNextOccurrence"):
            at = at.get(key) if isinstance(at, Mapping) else None
        start = instant(at, recurrence.get("timeZone") or zone)
        if start is not None:
            yield start, None


def _listed(body: Body, key: str) -> list[Body]:
    return [e for e in listed(body.get(key)) if isinstance(e, Mapping)]


def instant(text: object, zone: object) -> int | None:
    """UTC ms of an ISO 8601 time, in ``zone`` where it names none; None for what is no time."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            place = calendar.zone(zone if isinstance(zone, str) and zone else "UTC")
            if place is None:
                return None
            found = found.replace(tzinfo=place)
        return calendar.clip(round(found.timestamp() * 1000))
    except (ValueError, OverflowError):
        return None
