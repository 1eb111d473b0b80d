"""What could be had instead: another time, another room, fewer units; and the first fit within a longer stretch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from facilities.occupancy.rules import Item, Place, Taken, Window, fits, free_units

REACH = timedelta(days=7)
LIMIT = 2


@dataclass(frozen=True)
class Alternative:
    """Something near to what was refused. ``kind``: other-time, other-room or fewer-units."""

    kind: str
    place: Place
    window: Window
    quantity: int = 1

    def as_facts(self) -> dict[str, Any]:
        """As events and problem answers say it."""
        return {
            "kind": self.kind,
            "resource_code": self.place.code,
            "resource_zh": self.place.name_zh,
            "resource_en": self.place.name_en,
            "starts_at": self.window.starts_at,
            "ends_at": self.window.ends_at,
            "quantity": self.quantity,
        }


Diary = Mapping[UUID, Sequence[Taken]]


def starts_to_try(items: Sequence[Item], diary: Diary, earliest: datetime, latest: datetime) -> list[datetime]:
    """The starts worth a look: where something else ends or begins, and where days open or close.

    The nearest free start always touches one of these, so no grid has to be searched.
    """
    length = max(item.window.length for item in items)
    found = {earliest}
    for item in items:
        place = item.place
        for taken in diary.get(place.id, ()):
            found.add(taken.blocked.ends_at + timedelta(minutes=place.minutes_before))
            found.add(taken.blocked.starts_at - timedelta(minutes=place.minutes_after) - length)
        zone = ZoneInfo(place.time_zone)
        day = earliest.astimezone(zone).date()
        while place.hours is not None and day <= latest.astimezone(zone).date():
            opened = place.opened(day)
            if opened is not None:
                found |= {opened.starts_at, opened.ends_at - length}
            day += timedelta(days=1)
    return [start for start in found if earliest <= start <= latest]


def other_times(items: Sequence[Item], diary: Diary, now: datetime) -> list[Window]:
    """The nearest windows, before or after, at which all items of one window could be had together."""
    wanted = items[0].window
    earliest, latest = max(now, wanted.starts_at - REACH), wanted.starts_at + REACH
    near = sorted(
        starts_to_try(items, diary, earliest, latest), key=lambda start: (abs(start - wanted.starts_at), start)
    )
    found: list[Window] = []
    for start in near:
        window = wanted.moved_to(start)
        if start != wanted.starts_at and all(
            fits(Item(item.place, window, item.quantity), diary.get(item.place.id, ())) for item in items
        ):
            found.append(window)
            if len(found) == LIMIT:
                break
    return found


def other_rooms(item: Item, rooms: Iterable[Place], diary: Diary, people: int | None) -> list[Place]:
    """Rooms of the same kind that are free at the same time, the most alike in size first."""
    size = people or item.place.capacity or 0
    free = [
        room
        for room in rooms
        if room.exclusive
        and room.id != item.place.id
        and room.confidential == item.place.confidential
        and (people is None or room.capacity is None or room.capacity >= people)
        and fits(Item(room, item.window), diary.get(room.id, ()))
    ]
    return sorted(free, key=lambda room: (abs((room.capacity or 0) - size), room.code))[:LIMIT]


def alternatives(
    items: Sequence[Item], places: Sequence[Place], diary: Diary, now: datetime, people: int | None = None
) -> list[Alternative]:
    """What is near to a refused wish: for each window that failed, other times for all of it; for each item alone,
    another room or fewer units."""
    found: list[Alternative] = []
    by_window: dict[Window, list[Item]] = {}
    for item in items:
        by_window.setdefault(item.window, []).append(item)
    for window, together in by_window.items():
        failed = [item for item in together if not fits(item, diary.get(item.place.id, ()))]
        if not failed:
            continue
        found += [
            Alternative("other-time", failed[0].place, other, failed[0].quantity)
            for other in other_times(together, diary, now)
        ]
        for item in failed:
            if item.place.exclusive:
                rooms = other_rooms(item, places, diary, people)
                found += [Alternative("other-room", room, window) for room in rooms]
            else:
                units = free_units(item.place, diary.get(item.place.id, ()), window)
                if 0 < units < item.quantity and item.place.is_open(window):
                    found.append(Alternative("fewer-units", item.place, window, units))
    return found


def first_fit(items: Sequence[Item], diary: Diary, within: Window) -> Window | None:
    """The earliest window inside a longer one at which all items can be had; None when there is none.

    The items carry the wanted length in their windows; where these stand does not matter.
    """
    length = items[0].window.length
    for start in sorted(starts_to_try(items, diary, within.starts_at, within.ends_at - length)):
        window = Window(start, start + length)
        if all(fits(Item(item.place, window, item.quantity), diary.get(item.place.id, ())) for item in items):
            return window
    return None
