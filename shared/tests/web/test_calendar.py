from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from shared.web.calendar import Entry, day_calendar

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 23)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def test_entries_stand_at_their_quarters_of_an_hour() -> None:
    shown = day_calendar(DAY, ZONE, [("a", "Room", None)], [Entry("a", at(9, 15), at(10), "Talk")])
    [placed] = shown.rows[0].placed
    assert (placed.start, placed.end, placed.lane) == (5, 8, 1)
    assert shown.slots == 14 * 4


def test_overlapping_entries_stand_below_each_other_and_lanes_are_used_again() -> None:
    entries = [Entry("a", at(9), at(11), "1"), Entry("a", at(10), at(12), "2"), Entry("a", at(11), at(12), "3")]
    shown = day_calendar(DAY, ZONE, [("a", "Pool", None)], entries)
    assert [(placed.entry.title, placed.lane) for placed in shown.rows[0].placed] == [("1", 1), ("2", 2), ("3", 1)]


def test_the_hours_widen_and_other_days_are_left_out() -> None:
    entries = [
        Entry("a", at(6, 30), at(7), "early"),
        Entry("a", at(23), at(2, day=24), "past midnight"),
        Entry("a", at(9, day=24), at(10, day=24), "tomorrow"),
    ]
    shown = day_calendar(DAY, ZONE, [("a", "Room", None)], entries)
    assert (shown.first_hour, shown.last_hour) == (6, 24)
    assert [(placed.entry.title, placed.end) for placed in shown.rows[0].placed] == [
        ("early", 4),
        ("past midnight", 72),
    ]


def test_an_entry_from_yesterday_begins_at_the_edge() -> None:
    shown = day_calendar(DAY, ZONE, [("a", "Room", None)], [Entry("a", at(20, day=22), at(9), "night")])
    [placed] = shown.rows[0].placed
    assert (placed.start, shown.first_hour) == (0, 0)
