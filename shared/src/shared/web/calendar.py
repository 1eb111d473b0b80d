"""Calendars, ready for ``kit/calendar.html``: where each entry stands in its grid.

Three of them: a day of many resources over the hours, a stretch of days of many resources, and a week of one thing
with the hours going down. Entries that overlap stand in lanes beside each other. Places are class names: the policy
allows no inline style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)
SLOTS_AN_HOUR = 4
HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Entry:
    """One booking, shift or session: half-open in time. ``resource`` is the key of its row."""

    resource: Any
    starts_at: datetime
    ends_at: datetime
    title: str
    url: str | None = None
    tone: str = "neutral"
    state: str = ""


@dataclass(frozen=True)
class Placed:
    """An entry with its columns and lane."""

    entry: Entry
    start: int
    end: int
    lane: int


@dataclass(frozen=True)
class Row:
    key: Any
    label: str
    url: str | None
    placed: tuple[Placed, ...]


@dataclass(frozen=True)
class DayCalendar:
    """One day between two full hours of the centre's zone."""

    day: date
    first_hour: int
    last_hour: int
    rows: tuple[Row, ...]

    @property
    def slots(self) -> int:
        return (self.last_hour - self.first_hour) * SLOTS_AN_HOUR

    @property
    def hours(self) -> list[tuple[int, str]]:
        """Column and text of each full hour."""
        return [
            ((hour - self.first_hour) * SLOTS_AN_HOUR, f"{hour:02d}:00")
            for hour in range(self.first_hour, self.last_hour)
        ]

    @property
    def previous(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def following(self) -> date:
        return self.day + timedelta(days=1)


@dataclass(frozen=True)
class Timeline:
    """Some days after each other, a row for each resource; an entry spans the days that it touches."""

    days: tuple[date, ...]
    rows: tuple[Row, ...]

    @property
    def day(self) -> date:
        return self.days[0]

    @property
    def previous(self) -> date:
        return self.day - timedelta(days=len(self.days))

    @property
    def following(self) -> date:
        return self.day + timedelta(days=len(self.days))


@dataclass(frozen=True)
class WeekDay:
    """A column of a week; ``start`` and ``end`` of what is placed count half hours from the first hour."""

    day: date
    placed: tuple[Placed, ...]


@dataclass(frozen=True)
class WeekCalendar:
    """Seven days from a Monday on, between two full hours."""

    days: tuple[WeekDay, ...]
    first_hour: int
    last_hour: int

    @property
    def day(self) -> date:
        return self.days[0].day

    @property
    def previous(self) -> date:
        return self.day - timedelta(days=7)

    @property
    def following(self) -> date:
        return self.day + timedelta(days=7)

    @property
    def hours(self) -> list[tuple[int, str]]:
        """Row and text of each full hour."""
        return [(2 * (hour - self.first_hour), f"{hour:02d}:00") for hour in range(self.first_hour, self.last_hour)]


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def day_calendar(
    day: date,
    zone: ZoneInfo,
    resources: Sequence[tuple[Any, str, str | None]],
    entries: Iterable[Entry],
    *,
    first_hour: int = 8,
    last_hour: int = 22,
) -> DayCalendar:
    """The day with its entries. ``resources`` are (key, label, url or None) in the order of the rows.

    The hours widen where an entry of this day lies outside of them. Entries of other days are left out.
    """
    today = _of_day(day, zone, entries)
    first_hour, last_hour = _hours(day, zone, today, first_hour, last_hour)
    origin = datetime.combine(day, time(first_hour), zone)
    slots = (last_hour - first_hour) * SLOTS_AN_HOUR
    rows = tuple(
        Row(key, label, url, _placed([entry for entry in today if entry.resource == key], origin, slots, SLOT))
        for key, label, url in resources
    )
    return DayCalendar(day, first_hour, last_hour, rows)


def timeline(
    first_day: date,
    zone: ZoneInfo,
    resources: Sequence[tuple[Any, str, str | None]],
    entries: Iterable[Entry],
    *,
    days: int = 7,
) -> Timeline:
    """So many days of the resources, ``resources`` as for a day. Entries of other days are left out."""
    shown = tuple(first_day + timedelta(days=number) for number in range(days))
    edges = [datetime.combine(day, time(), zone) for day in (*shown, shown[-1] + timedelta(days=1))]
    inside = sorted(
        (entry for entry in entries if entry.starts_at < edges[-1] and entry.ends_at > edges[0]),
        key=lambda entry: (entry.starts_at, entry.ends_at),
    )

    def touched(entry: Entry) -> tuple[int, int]:
        numbers = [
            number
            for number, (opens, closes) in enumerate(pairwise(edges))
            if entry.starts_at < closes and entry.ends_at > opens
        ]
        return numbers[0], numbers[-1] + 1

    rows = (
        Row(key, label, url, _in_lanes([(entry, *touched(entry)) for entry in inside if entry.resource == key]))
        for key, label, url in resources
    )
    return Timeline(shown, tuple(rows))


def week_calendar(
    monday: date, zone: ZoneInfo, entries: Iterable[Entry], *, first_hour: int = 8, last_hour: int = 22
) -> WeekCalendar:
    """The week that begins on this day, whatever the entries' resources are. The hours widen as on a day."""
    every = list(entries)
    days = [monday + timedelta(days=number) for number in range(7)]
    by_day = {day: _of_day(day, zone, every) for day in days}
    for day, found in by_day.items():
        first_hour, last_hour = _hours(day, zone, found, first_hour, last_hour)
    slots = (last_hour - first_hour) * 2
    placed = (
        WeekDay(day, _placed(found, datetime.combine(day, time(first_hour), zone), slots, HALF_HOUR))
        for day, found in by_day.items()
    )
    return WeekCalendar(tuple(placed), first_hour, last_hour)


def _of_day(day: date, zone: ZoneInfo, entries: Iterable[Entry]) -> list[Entry]:
    opens = datetime.combine(day, time(), zone)
    closes = datetime.combine(day + timedelta(days=1), time(), zone)
    return sorted(
        (entry for entry in entries if entry.starts_at < closes and entry.ends_at > opens),
        key=lambda entry: (entry.starts_at, entry.ends_at),
    )


def _hours(day: date, zone: ZoneInfo, entries: Iterable[Entry], first: int, last: int) -> tuple[int, int]:
    """The hours, widened where one of this day's entries lies outside of them."""
    opens = datetime.combine(day, time(), zone)
    closes = datetime.combine(day + timedelta(days=1), time(), zone)
    for entry in entries:
        end = entry.ends_at.astimezone(zone)
        first = min(first, max(entry.starts_at.astimezone(zone), opens).hour)
        last = 24 if end >= closes else max(last, end.hour + bool(end.minute or end.second))
    return first, last


def _placed(entries: Sequence[Entry], origin: datetime, slots: int, slot: timedelta) -> tuple[Placed, ...]:
    spans = []
    for entry in entries:
        start = min(max((entry.starts_at - origin) // slot, 0), slots - 1)
        end = min(max(-((origin - entry.ends_at) // slot), start + 1), slots)
        spans.append((entry, start, end))
    return _in_lanes(spans)


def _in_lanes(spans: Iterable[tuple[Entry, int, int]]) -> tuple[Placed, ...]:
    """Each entry in the first lane that is free."""
    free_from: list[int] = []
    found: list[Placed] = []
    for entry, start, end in spans:
        lane = next((number for number, free in enumerate(free_from) if free <= start), len(free_from))
        if lane == len(free_from):
            free_from.append(end)
        else:
            free_from[lane] = end
        found.append(Placed(entry, start, end, lane + 1))
    return tuple(found)
