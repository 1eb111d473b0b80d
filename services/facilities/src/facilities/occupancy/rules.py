"""When something can be taken: half-open windows, turnaround, opening hours, and the peak of overlapping demand.

Pure: times are aware, windows are [starts_at, ends_at). A room is a pool of one whose turnaround counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from facilities.naming import BilingualName
from shared.refusal import Reason
from shared.texts import N_

LONGEST = timedelta(days=31)
GRACE = timedelta(hours=1)
"""Somebody who stands at the desk may be booked in for the hour that has begun."""
LIVE = ("held", "requested", "confirmed")


@dataclass(frozen=True, order=True)
class Window:
    """A half-open stretch of time: the end belongs to whoever comes next. Kept in UTC, whatever zone it was said in."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", self.starts_at.astimezone(UTC))
        object.__setattr__(self, "ends_at", self.ends_at.astimezone(UTC))

    def overlaps(self, other: "Window") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def moved_to(self, starts_at: datetime) -> "Window":
        return Window(starts_at, starts_at + self.length)


@dataclass(frozen=True)
class Taken:
    """So many units are blocked during a window; ``closed`` when by a closure."""

    blocked: Window
    quantity: int = 1
    closed: bool = False


Hours = Sequence[tuple[time, time] | None]


@dataclass(frozen=True)
class Place:
    """What the rules need to know about a resource. ``hours`` has seven entries, Monday first; None: always open."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    exclusive: bool = True
    quantity: int = 1
    capacity: int | None = None
    minutes_before: int = 0
    minutes_after: int = 0
    hours: Hours | None = None
    time_zone: str = "Asia/Shanghai"
    confidential: bool = False
    active: bool = True

    def blocked(self, window: Window) -> Window:
        """The window with its turnaround: what nobody else may touch."""
        return Window(
            window.starts_at - timedelta(minutes=self.minutes_before),
            window.ends_at + timedelta(minutes=self.minutes_after),
        )

    def opened(self, day: date) -> Window | None:
        """The opening of a day of this place's own calendar; None when it stays closed."""
        zone = ZoneInfo(self.time_zone)
        if self.hours is None:
            start = datetime.combine(day, time(), zone)
            return Window(start, datetime.combine(day + timedelta(days=1), time(), zone))
        hours = self.hours[day.weekday()]
        if hours is None:
            return None
        return Window(datetime.combine(day, hours[0], zone), datetime.combine(day, hours[1], zone))

    def is_open(self, window: Window) -> bool:
        """Whether the use (without its turnaround) lies within the opening of the day on which it starts."""
        if self.hours is None:
            return True
        opened = self.opened(window.starts_at.astimezone(ZoneInfo(self.time_zone)).date())
        return opened is not None and opened.starts_at <= window.starts_at and window.ends_at <= opened.ends_at


@dataclass(frozen=True)
class Item:
    """One wish: this place, so many units, during this window."""

    place: Place
    window: Window
    quantity: int = 1


def weekly_hours(stored: Sequence[Sequence[str] | None] | None) -> Hours | None:
    """Opening hours as rules read them from ``[["08:00", "21:00"], null, …]``. ValueError when malformed."""
    if stored is None:
        return None
    if len(stored) != 7:
        raise ValueError("opening hours have seven days")
    hours: list[tuple[time, time] | None] = []
    for day in stored:
        if day is None:
            hours.append(None)
            continue
        opens, closes = time.fromisoformat(day[0]), time.fromisoformat(day[1])
        if not opens < closes:
            raise ValueError("a day opens before it closes")
        hours.append((opens, closes))
    return hours


def peak(taken: Iterable[Taken], window: Window) -> int:
    """The largest number of units taken at any one moment of the window.

    Demand only rises where something starts, so the window's start and each start within it are enough.
    """
    within = [one for one in taken if one.blocked.overlaps(window)]
    moments = {window.starts_at} | {one.blocked.starts_at for one in within if one.blocked.starts_at > window.starts_at}
    return max(
        sum(one.quantity for one in within if one.blocked.starts_at <= moment < one.blocked.ends_at)
        for moment in moments
    )


def free_units(place: Place, taken: Iterable[Taken], window: Window) -> int:
    """How many units can still be had during the whole window, turnaround included."""
    return max(place.quantity - peak(taken, place.blocked(window)), 0)


def fits(item: Item, taken: Iterable[Taken]) -> bool:
    """Whether the place is in use, open, and has enough free units."""
    return (
        item.place.active
        and item.place.is_open(item.window)
        and free_units(item.place, taken, item.window) >= item.quantity
    )


def broken_window_rules(window: Window, now: datetime) -> list[Reason]:
    """What is wrong with the time itself, whatever is to be taken."""
    facts = {"starts_at": window.starts_at, "ends_at": window.ends_at}
    if window.ends_at <= window.starts_at:
        return [Reason("ends-before-start", N_("The end must be later than the start."), "ends_at", facts)]
    reasons = []
    if window.starts_at < now - GRACE or window.ends_at <= now:
        reasons.append(Reason("starts-in-the-past", N_("%(starts_at)s has passed already."), "starts_at", facts))
    if window.length > LONGEST:
        reasons.append(Reason("too-long", N_("Nothing is given away for longer than 31 days."), "ends_at", facts))
    return reasons


def broken_rules(items: Sequence[Item], taken: Mapping[UUID, Sequence[Taken]]) -> list[Reason]:
    """Every rule that keeps these wishes from being granted together; empty when all can be had.

    ``taken`` says per place what others have. The wishes count against each other, too: two sessions in the same
    room must leave its turnaround free. Conflicts come before the softer reasons, so that the first code is the
    one that programs look for.
    """
    conflicts: list[Reason] = []
    others: list[Reason] = []
    granted: dict[UUID, list[Taken]] = {}
    for item in items:
        facts = facts_of(item)
        if not item.place.active:
            others.append(Reason("resource-inactive", N_("%(resource)s is no longer in use."), "resource", facts))
        if not item.place.is_open(item.window):
            others.append(
                Reason("outside-opening-hours", N_("%(resource)s is not open at that time."), "starts_at", facts)
            )
        conflicts += _conflict(item, [*taken.get(item.place.id, ()), *granted.get(item.place.id, ())])
        granted.setdefault(item.place.id, []).append(Taken(item.place.blocked(item.window), item.quantity))
    return conflicts + others


def _conflict(item: Item, taken: Sequence[Taken]) -> list[Reason]:
    blocked = item.place.blocked(item.window)
    free = free_units(item.place, taken, item.window)
    if free >= item.quantity:
        return []
    facts = facts_of(item)
    in_the_way = [one for one in taken if one.blocked.overlaps(blocked)]
    if any(one.closed and one.quantity >= item.place.quantity for one in in_the_way):
        return [Reason("resource-closed", N_("%(resource)s is closed at that time."), "starts_at", facts)]
    if item.place.exclusive:
        return [
            Reason(
                "slot-taken",
                N_("%(resource)s is taken at that time, or needs it to be made ready."),
                "starts_at",
                facts,
            )
        ]
    return [
        Reason(
            "not-enough-units",
            N_("%(resource)s: %(wanted)s wanted, %(available)s free at that time."),
            "quantity",
            {**facts, "wanted": item.quantity, "available": free},
        )
    ]


def facts_of(item: Item) -> dict[str, object]:
    """What a refusal says about the wish: the place and the time, and nothing about who has it."""
    return {
        "resource_code": item.place.code,
        "resource": BilingualName(item.place.name_zh, item.place.name_en),
        "starts_at": item.window.starts_at,
        "ends_at": item.window.ends_at,
    }
