"""Whose the records are that addresses name: everybody sees who has a room and who is on duty when, and the body
that booked or planned decides."""

from sqlalchemy import select

from facilities.occupancy.models import Occupancy
from facilities.roster.models import Shift
from shared.web import Belonging, Owned

BELONGING = Belonging(
    {
        "booking_id": Owned(
            select(Occupancy.id, Occupancy.body).where(Occupancy.kind != "closure"), "booking", open=True
        ),
        "shift_id": Owned(select(Shift.id, Shift.body), "shift", open=True),
    }
)
