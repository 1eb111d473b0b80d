"""Facilities: bookings that somebody made for themselves. Bookings of the house have no person and reach nobody."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from notifications.messages.fan_out import announce
from notifications.subjects.commands import follow
from notifications.wording.values import bilingual, period
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent
from shared.principal import ALL_BODIES

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


class MovedBookingNeeds(BookingNeeds):
    was_starts_at = fields.AwareDateTime(load_default=None, allow_none=True)


class BookingStateNeeds(BookingNeeds):
    state = fields.String(load_default=None, allow_none=True)


_STATES = {
    "booking.confirmed": "coming",
    "booking.moved": "coming",
    "booking.cancelled": "ended",
    "booking.refused": "ended",
}
_SNAPSHOT_STATES = {None: "uncertain", "requested": "uncertain", "confirmed": "coming"}


@reactions.on("booking.confirmed", needs=BookingNeeds)
@reactions.on("booking.moved", needs=MovedBookingNeeds)
@reactions.on("booking.cancelled", needs=BookingNeeds)
@reactions.on("booking.refused", needs=BookingNeeds)
def booking_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A confidential booking is told without the name of the room, and only those who see all bodies see it."""
    data = event.data
    if data["person_id"] is None:
        return
    announce(
        work,
        event,
        [data["person_id"]],
        facts=_facts(data),
        starts_at=data["starts_at"],
        was_starts_at=data.get("was_starts_at"),
        pressing=event.name != "booking.confirmed",
        body=_body(data),
    )
    _follow(work, event, _STATES[event.name])


@reactions.on("booking.requested", needs=BookingNeeds)
def booking_requested(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Tells staff who subscribed, also where a body asks and no person stands behind it."""
    data = event.data
    people = [data["person_id"]] if data["person_id"] is not None else []
    announce(work, event, people, facts=_facts(data), starts_at=data["starts_at"], body=_body(data))
    if people:
        _follow(work, event, "uncertain")


@reactions.on("booking.snapshot", needs=BookingStateNeeds)
def booking_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    if event.data["person_id"] is not None:
        _follow(work, event, _SNAPSHOT_STATES.get(event.data["state"], "ended"))


def _follow(work: UnitOfWork, event: ReceivedEvent, state: str) -> None:
    data = event.data
    people = [data["person_id"]]
    follow(work, event, state, people, starts_at=data["starts_at"], facts=_facts(data), body=_body(data))


def _facts(data: Mapping[str, Any]) -> dict[str, Any]:
    resource = None if data["confidential"] else bilingual(data["resource_zh"], data["resource_en"])
    return {"resource": resource, "when": period(data["starts_at"], data["ends_at"])}


def _body(data: Mapping[str, Any]) -> str | None:
    return ALL_BODIES if data["confidential"] else None
