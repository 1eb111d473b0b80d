from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from shared.web.calendar import Entry, day_calendar, monday_of, timeline, week_calendar

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


def test_a_timeline_spans_the_days_that_an_entry_touches() -> None:
    entries = [
        Entry("a", at(22, day=24), at(0, day=26), "two days, until midnight"),
        Entry("a", at(9, day=24), at(10, day=24), "same day"),
        Entry("a", at(9, day=22), at(10, day=23), "since yesterday"),
        Entry("a", at(8, day=30), at(9, day=30), "next week"),
    ]
    shown = timeline(DAY, ZONE, [("a", "Room", None), ("b", "Hall", None)], entries)
    assert [(placed.entry.title, placed.start, placed.end, placed.lane) for placed in shown.rows[0].placed] == [
        ("since yesterday", 0, 1, 1),
        ("same day", 1, 2, 1),
        ("two days, until midnight", 1, 3, 2),
    ]
    assert (shown.rows[1].placed, shown.previous, shown.following) == ((), date(2026, 11, 16), date(2026, 11, 30))


def test_a_week_counts_half_hours_and_puts_what_overlaps_beside_each_other() -> None:
    entries = [
        Entry("a", at(9, 15), at(10), "quarter past"),
        Entry("b", at(9), at(11), "overlaps"),
        Entry("a", at(23, day=25), at(1, day=26), "over midnight"),
    ]
    shown = week_calendar(monday_of(date(2026, 11, 27)), ZONE, entries)
    assert (shown.day, shown.first_hour, shown.last_hour) == (DAY, 0, 24)
    assert [(placed.entry.title, placed.start, placed.end, placed.lane) for placed in shown.days[0].placed] == [
        ("overlaps", 18, 22, 1),
        ("quarter past", 18, 20, 2),
    ]
    assert [[(one.start, one.end) for one in day.placed] for day in shown.days[1:5]] == [[], [(46, 48)], [(0, 2)], []]
