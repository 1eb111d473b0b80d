"""What events say about a booking: titles of confidential ones are neutral, and nobody is named."""

from typing import Any

from facilities import published
from facilities.occupancy.models import Occupancy
from shared.database import UnitOfWork
from shared.events.declaration import EventType


def booking_data(row: Occupancy) -> dict[str, Any]:
    """The data of every booking event and of the booking's snapshot."""
    return {
        "booking_id": row.id,
        "resource_id": row.resource_id,
        "resource_code": row.resource.code,
        "resource_zh": row.resource.name_zh,
        "resource_en": row.resource.name_en,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "person_id": None if row.confidential else row.person_id,
        "confidential": row.confidential,
        "quantity": row.quantity,
        "title_zh": row.shown_title_zh,
        "title_en": row.shown_title_en,
        "body": None if row.confidential else row.body,
        "state": row.state,
        "requested_by": row.hold.requested_by if row.hold is not None else None,
    }


def record_ended(work: UnitOfWork, event: EventType, row: Occupancy) -> None:
    """Record that a booking was cancelled or refused. The reason of a confidential one stays here."""
    work.record(event, row.id, {**booking_data(row), "reason": None if row.confidential else row.reason})


def record_confirmed(work: UnitOfWork, row: Occupancy) -> None:
    work.record(published.booking_confirmed, row.id, booking_data(row))
