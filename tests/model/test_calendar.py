"""Working days: what counts for people who are asked to decide."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.model.calendar import after_working_time, at_working_hours

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
HOUR = 3_600_000


def ms(text: str, zone: ZoneInfo = TOKYO) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param("2026-11-24 10:00", 24, "2026-11-25 10:00", id="within the week a day is a day"),
        pytest.param("2026-11-27 10:00", 24, "2026-11-30 10:00", id="from Friday over the weekend"),
        pytest.param("2026-11-28 15:00", 24, "2026-12-01 00:00", id="asked on Saturday, it begins on Monday"),
        pytest.param("2026-11-27 23:00", 1, "2026-11-28 00:00", id="to the very end of Friday"),
        pytest.param("2026-11-24 10:00", 24 * 5, "2026-12-01 10:00", id="five working days"),
    ],
)
def test_saturday_and_sunday_do_not_count(start: str, hours: int, end: str) -> None:
    assert after_working_time(ms(start), hours * HOUR, TOKYO) == ms(end)


def test_a_day_with_a_clock_change_is_as_long_as_it_is() -> None:
    # 25 October 2026 is a Sunday of 25 hours in Berlin; Friday noon plus 24 working hours is Monday noon all the same.
    start = ms("2026-10-23 12:00", BERLIN)
    assert after_working_time(start, 24 * HOUR, BERLIN) == ms("2026-10-26 12:00", BERLIN)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-11-24 08:59", "2026-11-24 09:00", id="too early waits for nine"),
        pytest.param("2026-11-24 09:00", "2026-11-24 09:00", id="nine is fine"),
        pytest.param("2026-11-24 18:59", "2026-11-24 18:59", id="before seven is fine"),
        pytest.param("2026-11-24 19:00", "2026-11-25 09:00", id="seven is too late"),
        pytest.param("2026-11-27 20:00", "2026-11-30 09:00", id="Friday night waits for Monday"),
        pytest.param("2026-11-29 12:00", "2026-11-30 09:00", id="nobody is reminded on a Sunday"),
    ],
)
def test_reminders_wait_for_working_hours(at: str, expected: str) -> None:
    assert at_working_hours(ms(at), TOKYO) == ms(expected)


def test_the_zone_decides_which_day_it_is() -> None:
    friday_night_in_utc = round(datetime(2026, 11, 27, 20, tzinfo=UTC).timestamp() * 1000)  # Saturday in Tokyo
    assert at_working_hours(friday_night_in_utc, TOKYO) == ms("2026-11-30 09:00")
