"""Whose the records are that addresses name: everybody sees who has a room when, and the body that booked decides."""

from sqlalchemy import select

from facilities.occupancy.models import Occupancy
from shared.web import Belonging, Owned

BELONGING = Belonging(
    {
        "booking_id": Owned(
            select(Occupancy.id, Occupancy.body).where(Occupancy.kind != "closure"), "booking", open=True
        ),
    }
)
