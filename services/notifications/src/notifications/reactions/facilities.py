"""Facilities: bookings that somebody made for themselves. Bookings of the house have no person and reach nobody."""

from marshmallow import EXCLUDE, Schema, fields

from notifications.messages.fan_out import announce
from notifications.wording.values import bilingual, period
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

reactions = Reactions("facilities")


class BookingNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    resource_zh = fields.String(load_default=None, allow_none=True)
    resource_en = fields.String(load_default=None, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)
    confidential = fields.Boolean(load_default=False)


@reactions.on("booking.confirmed", needs=BookingNeeds)
@reactions.on("booking.moved", needs=BookingNeeds)
@reactions.on("booking.cancelled", needs=BookingNeeds)
@reactions.on("booking.refused", needs=BookingNeeds)
def booking_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A confidential booking is told without the name of the room, and only those who see all bodies see it."""
    data = event.data
    if data["person_id"] is None:
        return
    resource = None if data["confidential"] else bilingual(data["resource_zh"], data["resource_en"])
    announce(
        work,
        event,
        [data["person_id"]],
        facts={"resource": resource, "when": period(data["starts_at"], data["ends_at"])},
        starts_at=data["starts_at"],
        body="*" if data["confidential"] else None,
    )
