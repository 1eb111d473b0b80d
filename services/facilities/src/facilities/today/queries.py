"""Figures of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from facilities.occupancy.models import Occupancy
from facilities.resources.models import Resource
from shared.web.calendar import monday_of

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class DayCount:
    """How many bookings begin on a day, and how many closures touch it."""

    day: date
    bookings: int
    closures: int


@dataclass(frozen=True)
class RoomUse:
    """Hours for which a room is or was booked in a month, turnaround left out."""

    room: Resource
    bookings: int
    hours: Decimal


@dataclass(frozen=True)
class MonthFigures:
    bookings: int
    hours: Decimal
    cancelled: int
    rooms: Sequence[RoomUse]


def month_window(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The calendar month of a day, half open."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, time(), zone), datetime.combine(following, time(), zone)


def week_counts(session: Session, day: date, zone: ZoneInfo) -> list[DayCount]:
    """The seven days of this day's week."""
    days = [monday_of(day) + timedelta(days=number) for number in range(7)]
    since, until = datetime.combine(days[0], time(), zone), datetime.combine(days[-1] + timedelta(days=1), time(), zone)
    touching = and_(Occupancy.live, Occupancy.starts_at < until, Occupancy.ends_at > since)
    rows = session.execute(select(Occupancy.kind, Occupancy.starts_at, Occupancy.ends_at).where(touching)).all()
    return [
        DayCount(
            one,
            sum(row.kind != "closure" and row.starts_at.astimezone(zone).date() == one for row in rows),
            sum(row.kind == "closure" and _touches(row.starts_at, row.ends_at, one, zone) for row in rows),
        )
        for one in days
    ]


def _touches(starts_at: datetime, ends_at: datetime, day: date, zone: ZoneInfo) -> bool:
    opens = datetime.combine(day, time(), zone)
    return starts_at < opens + timedelta(days=1) and ends_at > opens


def month_figures(session: Session, rooms: Sequence[Resource], day: date, zone: ZoneInfo) -> MonthFigures:
    """What this day's month comes to, held times and requests included; the most used room first."""
    since, until = month_window(day, zone)
    in_month = _of_month(select(Occupancy.resource_id, Occupancy.starts_at, Occupancy.ends_at), since, until)
    used: dict[UUID, list[timedelta]] = {}
    for resource_id, starts_at, ends_at in session.execute(in_month.where(Occupancy.live)):
        used.setdefault(resource_id, []).append(ends_at - starts_at)
    cancelled = _of_month(select(func.count(Occupancy.id)), since, until).where(
        Occupancy.state.in_(("cancelled", "refused"))
    )
    uses = [RoomUse(room, len(used.get(room.id, [])), _hours(used.get(room.id, []))) for room in rooms]
    return MonthFigures(
        bookings=sum(len(times) for times in used.values()),
        hours=sum((use.hours for use in uses), Decimal(0)),
        cancelled=session.scalar(cancelled) or 0,
        rooms=sorted(uses, key=lambda use: (-use.hours, str(use.room.code))),
    )


def _of_month(query: Select[Any], since: datetime, until: datetime) -> Select[Any]:
    return query.where(Occupancy.kind != "closure", Occupancy.starts_at >= since, Occupancy.starts_at < until)


def _hours(times: Sequence[timedelta]) -> Decimal:
    total = sum(times, timedelta())
    return (Decimal(int(total.total_seconds())) / Decimal(int(_HOUR.total_seconds()))).quantize(Decimal("0.1"))
