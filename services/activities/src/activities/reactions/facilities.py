"""What facilities answers to our requests for places, and what happens to a place later on."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from activities.activity.placing import booking_lost, place_granted, place_lost, place_refused
from activities.lookups import remember_resource
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

reactions = Reactions("facilities")
OURS = ("/services/activities", "activities")


class Needs(Schema):
    class Meta:
        unknown = EXCLUDE


class RequestedBy(Needs):
    source = fields.String(required=True)
    id = fields.String(required=True)
    version = fields.Integer(required=True)


class BookingNeeded(Needs):
    booking_id = fields.UUID(required=True)
    resource_code = fields.String(required=True)


class GrantNeeded(Needs):
    requested_by = fields.Nested(RequestedBy, required=True)
    bookings = fields.List(fields.Nested(BookingNeeded), load_default=list)
    place_zh = fields.String(required=True)
    place_en = fields.String(required=True)


class ReasonNeeded(Needs):
    code = fields.String(required=True)
    resource_code = fields.String(load_default=None, allow_none=True)
    starts_at = fields.String(load_default=None, allow_none=True)
    ends_at = fields.String(load_default=None, allow_none=True)


class AlternativeNeeded(Needs):
    kind = fields.String(load_default="", allow_none=True)
    resource_code = fields.String(load_default=None, allow_none=True)
    resource_zh = fields.String(load_default="", allow_none=True)
    resource_en = fields.String(load_default="", allow_none=True)
    quantity = fields.Integer(load_default=None, allow_none=True)
    starts_at = fields.String(load_default=None, allow_none=True)
    ends_at = fields.String(load_default=None, allow_none=True)


class RefusalNeeded(Needs):
    requested_by = fields.Nested(RequestedBy, required=True)
    reasons = fields.List(fields.Nested(ReasonNeeded), load_default=list)
    alternatives = fields.List(fields.Nested(AlternativeNeeded), load_default=list)


class ReleaseNeeded(Needs):
    requested_by = fields.Nested(RequestedBy, required=True)
    reason = fields.String(required=True)


class ResourceNeeded(Needs):
    code = fields.String(required=True)
    kind = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    quantity = fields.Integer(load_default=1)
    active = fields.Boolean(load_default=True)


class CancelledBookingNeeded(Needs):
    booking_id = fields.UUID(required=True)
    reason = fields.String(load_default="", allow_none=True)


@reactions.on("hold.granted", needs=GrantNeeded)
def on_hold_granted(work: UnitOfWork, event: ReceivedEvent) -> None:
    asked = _ours(event.data)
    if asked is not None:
        place_granted(
            work,
            *asked,
            place_zh=event.data["place_zh"],
            place_en=event.data["place_en"],
            bookings=event.data["bookings"],
        )


@reactions.on("hold.refused", needs=RefusalNeeded)
def on_hold_refused(work: UnitOfWork, event: ReceivedEvent) -> None:
    asked = _ours(event.data)
    if asked is not None:
        place_refused(work, *asked, reasons=event.data["reasons"], alternatives=event.data["alternatives"])


@reactions.on("hold.released", needs=ReleaseNeeded)
def on_hold_released(work: UnitOfWork, event: ReceivedEvent) -> None:
    asked = _ours(event.data)
    if asked is not None:
        place_lost(work, *asked, event.data["reason"])


@reactions.on("booking.cancelled", needs=CancelledBookingNeeded)
def on_booking_cancelled(work: UnitOfWork, event: ReceivedEvent) -> None:
    booking_lost(work, event.data["booking_id"], event.data["reason"] or "")


@reactions.on("resource.changed", needs=ResourceNeeded)
def on_resource_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_resource(work, **event.data)


@reactions.on("resource.snapshot", needs=ResourceNeeded)
def on_resource_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_resource(work, **event.data)


def _ours(data: Mapping[str, Any]) -> tuple[Any, int] | None:
    """The activity and the request that an answer is for; None when somebody else asked."""
    asked = data["requested_by"]
    if asked["source"] not in OURS:
        return None
    return fields.UUID().deserialize(asked["id"]), asked["version"]
