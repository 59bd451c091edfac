"""Working days and hours: which time counts for people who are asked to decide."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Reminders wait for these local hours of a weekday.
OPENS, CLOSES = time(9), time(19)

#: Instants (UTC ms) that a calendar can show in every time zone: from 1970 to 9999-12-30.
EARLIEST, LATEST = 0, 253_402_128_000_000


def clip(at: int) -> int:
    """``at`` (UTC ms), or the nearest instant that can be shown: what others write may be any number."""
    return min(max(at, EARLIEST), LATEST)


def _weekend(local: datetime) -> bool:
    return local.weekday() >= 5


def _next_midnight(local: datetime) -> datetime:
    # From the calendar, not by adding 24 h: a day with a clock change is 23 or 25 h long.
    day = local.date() + timedelta(days=1)
    return datetime.combine(day, time(0), local.tzinfo)


def after_working_time(start: int, duration: int, tz: ZoneInfo) -> int:
    """The instant (UTC ms) at which ``duration`` ms have passed since ``start``, Saturdays and Sundays left out."""
    now, left = datetime.fromtimestamp(start / 1000, UTC), timedelta(milliseconds=duration)
    while True:
        midnight = _next_midnight(now.astimezone(tz)).astimezone(UTC)
        if not _weekend(now.astimezone(tz)):
            if midnight - now >= left:
                return round((now + left).timestamp() * 1000)
            left -= midnight - now
        now = midnight


def at_working_hours(at: int, tz: ZoneInfo) -> int:
    """``at`` (UTC ms), or the next weekday's opening if it falls outside 09:00-19:00 there."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(tz)
    while True:
        if not _weekend(local):
            if local.time() < OPENS:
                return round(datetime.combine(local.date(), OPENS, tz).timestamp() * 1000)
            if local.time() < CLOSES:
                return round(local.timestamp() * 1000)
        local = _next_midnight(local)


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo | None:
    """A time zone by its IANA name; None where this machine does not know it: Slack's list is newer than some."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
