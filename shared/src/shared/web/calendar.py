"""A day as rows of resources over the hours, ready for ``kit/calendar.html``: where each entry stands in the grid.

The grid has quarters of an hour as columns and lanes as rows, so that entries of one resource that overlap (a pool,
a room beside its turnaround) stand below each other. Places are class names: the policy allows no inline style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)
SLOTS_AN_HOUR = 4


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
    opens = datetime.combine(day, time(), zone)
    closes = datetime.combine(day + timedelta(days=1), time(), zone)
    today = sorted(
        (entry for entry in entries if entry.starts_at < closes and entry.ends_at > opens),
        key=lambda entry: (entry.starts_at, entry.ends_at),
    )
    for entry in today:
        start = max(entry.starts_at.astimezone(zone), opens)
        end = entry.ends_at.astimezone(zone)
        first_hour = min(first_hour, start.hour)
        last_hour = 24 if end >= closes else max(last_hour, end.hour + bool(end.minute or end.second))
    origin = datetime.combine(day, time(first_hour), zone)
    slots = (last_hour - first_hour) * SLOTS_AN_HOUR
    rows = tuple(
        Row(key, label, url, _placed([entry for entry in today if entry.resource == key], origin, slots))
        for key, label, url in resources
    )
    return DayCalendar(day, first_hour, last_hour, rows)


def _placed(entries: Sequence[Entry], origin: datetime, slots: int) -> tuple[Placed, ...]:
    """Each entry in the first lane that is free."""
    free_from: list[int] = []
    found: list[Placed] = []
    for entry in entries:
        start = min(max((entry.starts_at - origin) // SLOT, 0), slots - 1)
        end = min(max(-((origin - entry.ends_at) // SLOT), start + 1), slots)
        lane = next((number for number, free in enumerate(free_from) if free <= start), len(free_from))
        if lane == len(free_from):
            free_from.append(end)
        else:
            free_from[lane] = end
        found.append(Placed(entry, start, end, lane + 1))
    return tuple(found)
