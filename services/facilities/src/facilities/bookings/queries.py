"""Reading bookings and the calendar."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from facilities.bookings.events import booking_data
from facilities.occupancy.models import Occupancy

WITH_HOLD = (selectinload(Occupancy.hold),)
"""Loads what the API shows of the service that asked, too."""


def get_booking(session: Session, booking_id: UUID) -> Occupancy | None:
    """A booking or something held; closures are not bookings."""
    row = session.get(Occupancy, booking_id)
    return None if row is None or row.kind == "closure" else row


def booked_together(session: Session, row: Occupancy) -> list[Occupancy]:
    """The other rows that were taken in the same breath."""
    return list(
        session.scalars(
            select(Occupancy)
            .where(Occupancy.group_id == row.group_id, Occupancy.id != row.id)
            .order_by(Occupancy.starts_at, Occupancy.id)
        )
    )


def list_bookings(
    *,
    resource_id: UUID | None = None,
    state: str | None = None,
    body: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Select[Any]:
    """Bookings and held places; those that overlap [start, end) where given. Filtering by body leaves confidential
    ones out, which would tell whose they are."""
    found = select(Occupancy).where(Occupancy.kind != "closure")
    if resource_id is not None:
        found = found.where(Occupancy.resource_id == resource_id)
    if state == "live":
        found = found.where(Occupancy.live)
    elif state:
        found = found.where(Occupancy.state == state)
    if body:
        found = found.where(Occupancy.body == body, ~Occupancy.confidential)
    if start is not None:
        found = found.where(Occupancy.ends_at > start)
    if end is not None:
        found = found.where(Occupancy.starts_at < end)
    return found


def day(session: Session, start: datetime, end: datetime, resource_id: UUID | None = None) -> list[Occupancy]:
    """Everything in force that blocks some of [start, end), turnaround included, by start."""
    found = select(Occupancy).where(Occupancy.live, Occupancy.blocked_until > start, Occupancy.blocked_from < end)
    if resource_id is not None:
        found = found.where(Occupancy.resource_id == resource_id)
    return list(session.scalars(found.order_by(Occupancy.starts_at, Occupancy.id)))


def waiting_for_approval(session: Session, now: datetime) -> list[Occupancy]:
    """Requests that somebody should decide, the nearest first."""
    return list(
        session.scalars(
            select(Occupancy)
            .where(Occupancy.state == "requested", Occupancy.ends_at > now)
            .order_by(Occupancy.starts_at)
        )
    )


def snapshots(
    session: Session, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Bookings as their snapshot events say them, in the order of ids; what is only held is not a booking yet."""
    query = select(Occupancy).where(Occupancy.kind == "booking").order_by(Occupancy.id).limit(limit)
    if after is not None:
        query = query.where(Occupancy.id > after)
    if only is not None:
        query = query.where(Occupancy.id == only)
    return [(row.id, booking_data(row)) for row in session.scalars(query)]
