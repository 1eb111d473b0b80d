"""Every event that this service publishes: the place to look."""

from typing import Any

from marshmallow import Schema, fields, validate

from shared.events import Registry
from shared.former_people import declare_answers

registry = Registry("facilities")
answers = declare_answers(registry)

_A = "0192f0c1-0000-7000-8000-000000000001"
_B = "0192f0c1-0000-7000-8000-000000000002"
_C = "0192f0c1-0000-7000-8000-000000000003"
_WINDOW = {"starts_at": "2026-11-24T01:00:00+00:00", "ends_at": "2026-11-24T03:00:00+00:00"}
_NAMES = {"resource_zh": "活动室", "resource_en": "Activity room"}
_BY = {"source": "activities", "id": _C, "version": 1}


def _code() -> fields.String:
    return fields.String(required=True, metadata={"description": "The resource's code, e.g. activity."})


def _start() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, metadata={"description": "Start, UTC; the window is half-open."})


def _end() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, metadata={"description": "End, UTC; belongs to whoever comes next."})


class RequestedBy(Schema):
    source = fields.String(required=True, metadata={"description": "The service that asked, e.g. activities."})
    id = fields.UUID(required=True, metadata={"description": "Its id of what the places are for."})
    version = fields.Integer(required=True, metadata={"description": "Its request_version."})


class HeldBooking(Schema):
    booking_id = fields.UUID(required=True, metadata={"description": "Stays the same when the hold is confirmed."})
    resource_id = fields.UUID(required=True, metadata={"description": "The room or the pool."})
    resource_code = _code()
    starts_at = _start()
    ends_at = _end()
    quantity = fields.Integer(metadata={"description": "Units of a pool; 1 for a room."})


class HoldGranted(Schema):
    hold_id = fields.UUID(required=True, metadata={"description": "The hold: all that one request got."})
    requested_by = fields.Nested(RequestedBy, required=True, metadata={"description": "Whose request it answers."})
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "Freed then, unless confirmed before."})
    bookings = fields.List(
        fields.Nested(HeldBooking),
        required=True,
        metadata={"description": "What is kept, one entry for each place and time."},
    )
    place_zh = fields.String(required=True, metadata={"description": "The rooms' names; empty without a room."})
    place_en = fields.String(
        required=True, metadata={"description": "The rooms' names in English; empty without a room."}
    )


class HoldReason(Schema):
    code = fields.String(required=True, metadata={"description": "slot-taken, not-enough-units, resource-closed, …"})
    resource_code = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "What was not to be had; null when it is about the whole request."},
    )
    starts_at = fields.AwareDateTime(
        allow_none=True, required=True, metadata={"description": "From when; null when it is about the whole request."}
    )
    ends_at = fields.AwareDateTime(
        allow_none=True, required=True, metadata={"description": "Until when; null when it is about the whole request."}
    )
    available = fields.Integer(metadata={"description": "Free units of a pool."})
    wanted = fields.Integer(metadata={"description": "Units that were asked for."})


class Alternative(Schema):
    kind = fields.String(
        required=True,
        validate=validate.OneOf(("other-time", "other-room", "fewer-units")),
        metadata={"description": "other-time, other-room or fewer-units."},
    )
    resource_code = _code()
    resource_zh = fields.String(required=True, metadata={"description": "What could be had, in Chinese."})
    resource_en = fields.String(required=True, metadata={"description": "What could be had, in English."})
    starts_at = _start()
    ends_at = _end()
    quantity = fields.Integer(required=True, metadata={"description": "How many units of it."})


class HoldRefused(Schema):
    hold_id = fields.UUID(metadata={"description": "The refused request's own id here."})
    requested_by = fields.Nested(RequestedBy, required=True, metadata={"description": "Whose request it answers."})
    reasons = fields.List(
        fields.Nested(HoldReason),
        required=True,
        metadata={"description": "Why not, one entry for each thing that stood in the way."},
    )
    alternatives = fields.List(
        fields.Nested(Alternative), required=True, metadata={"description": "What could be had instead; may be empty."}
    )


class HoldReleased(Schema):
    hold_id = fields.UUID(required=True, metadata={"description": "The hold that ended."})
    requested_by = fields.Nested(RequestedBy, required=True, metadata={"description": "Whose request it had answered."})
    reason = fields.String(
        required=True,
        validate=validate.OneOf(("expired", "cancelled", "replaced")),
        metadata={
            "description": "expired: not confirmed in time; cancelled: not needed any more; replaced: by a later one."
        },
    )


class BookingData(Schema):
    booking_id = fields.UUID(required=True, metadata={"description": "The booking."})
    resource_id = fields.UUID(required=True, metadata={"description": "The room or the pool."})
    resource_code = _code()
    resource_zh = fields.String(required=True, metadata={"description": "Its name in Chinese."})
    resource_en = fields.String(required=True, metadata={"description": "Its name in English."})
    starts_at = _start()
    ends_at = _end()
    person_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Who booked; null for another service's bookings and for confidential ones."},
    )
    confidential = fields.Boolean(required=True, metadata={"description": "Then the titles only say Busy."})
    quantity = fields.Integer(metadata={"description": "Units of a pool; 1 for a room."})
    title_zh = fields.String(metadata={"description": "What it is for; 占用 when confidential."})
    title_en = fields.String(metadata={"description": "What it is for; Busy when confidential."})
    body = fields.String(allow_none=True, metadata={"description": "The body that booked; null when confidential."})
    state = fields.String(metadata={"description": "requested, confirmed, cancelled or refused."})
    requested_by = fields.Nested(
        RequestedBy, allow_none=True, metadata={"description": "Set when another service asked for it."}
    )


class BookingMoved(BookingData):
    was_resource_code = fields.String(metadata={"description": "Where it was before."})
    was_starts_at = fields.AwareDateTime(metadata={"description": "When it was before."})
    was_ends_at = fields.AwareDateTime(metadata={"description": "When it was to be over before."})


class BookingEnded(BookingData):
    reason = fields.String(allow_none=True, metadata={"description": "Why, in the words of who decided."})


class ResourceData(Schema):
    resource_id = fields.UUID(required=True, metadata={"description": "The room or the pool."})
    code = _code()
    kind = fields.String(
        required=True,
        validate=validate.OneOf(("room", "equipment", "books")),
        metadata={"description": "room, equipment or books."},
    )
    name_zh = fields.String(required=True, metadata={"description": "Name in Chinese."})
    name_en = fields.String(required=True, metadata={"description": "Name in English."})
    capacity = fields.Integer(required=True, allow_none=True, metadata={"description": "People a room takes."})
    quantity = fields.Integer(required=True, metadata={"description": "Units of a pool; 1 for a room."})
    confidential = fields.Boolean(
        required=True, metadata={"description": "Whether its bookings say nothing of who and why."}
    )
    active = fields.Boolean(required=True, metadata={"description": "False once it is out of service for good."})


class ResourceClosure(Schema):
    closure_id = fields.UUID(required=True, metadata={"description": "The closure."})
    resource_id = fields.UUID(required=True, metadata={"description": "What is closed."})
    code = _code()
    name_zh = fields.String(required=True, metadata={"description": "Its name in Chinese."})
    name_en = fields.String(required=True, metadata={"description": "Its name in English."})
    starts_at = _start()
    ends_at = _end()
    quantity = fields.Integer(required=True, metadata={"description": "Units out of use; 1 for a room."})
    reason = fields.String(allow_none=True, metadata={"description": "Why, in the words of staff; may be null."})


_BOOKING: dict[str, Any] = {
    "booking_id": _A,
    "resource_id": _B,
    "resource_code": "activity",
    **_NAMES,
    **_WINDOW,
    "person_id": _C,
    "confidential": False,
    "quantity": 1,
    "title_zh": "支部会议",
    "title_en": "Branch meeting",
    "body": "party",
    "state": "confirmed",
    "requested_by": None,
}
_RESOURCE: dict[str, Any] = {
    "resource_id": _B,
    "code": "activity",
    "kind": "room",
    "name_zh": "活动室",
    "name_en": "Activity room",
    "capacity": 80,
    "quantity": 1,
    "confidential": False,
    "active": True,
}
_CLOSURE: dict[str, Any] = {
    "closure_id": _A,
    "resource_id": _B,
    "code": "activity",
    "name_zh": "活动室",
    "name_en": "Activity room",
    **_WINDOW,
    "quantity": 1,
    "reason": "检修",
}

hold_granted = registry.event(
    "hold.granted",
    HoldGranted,
    meaning="All places that a request asked for are kept until expires_at.",
    example={
        "hold_id": _A,
        "requested_by": _BY,
        "expires_at": "2026-11-23T01:30:00+00:00",
        "bookings": [
            {"booking_id": _A, "resource_id": _B, "resource_code": "activity", **_WINDOW, "quantity": 1},
        ],
        "place_zh": "活动室",
        "place_en": "Activity room",
    },
)
hold_refused = registry.event(
    "hold.refused",
    HoldRefused,
    meaning="Not all places of a request can be had, so none is kept; why, and what is near.",
    example={
        "hold_id": _A,
        "requested_by": _BY,
        "reasons": [{"code": "slot-taken", "resource_code": "activity", **_WINDOW}],
        "alternatives": [
            {
                "kind": "other-time",
                "resource_code": "activity",
                **_NAMES,
                "starts_at": "2026-11-24T03:15:00+00:00",
                "ends_at": "2026-11-24T05:15:00+00:00",
                "quantity": 1,
            }
        ],
    },
)
hold_released = registry.event(
    "hold.released",
    HoldReleased,
    meaning="The places of a hold are free again: nobody confirmed it in time, or it was given up or replaced.",
    example={"hold_id": _A, "requested_by": _BY, "reason": "expired"},
)
booking_requested = registry.event(
    "booking.requested",
    BookingData,
    meaning="Somebody asks for a place that is given by approval; it is kept until that is decided.",
    example={**_BOOKING, "state": "requested"},
)
booking_confirmed = registry.event(
    "booking.confirmed", BookingData, meaning="A place is firmly somebody's for that time.", example=_BOOKING
)
booking_refused = registry.event(
    "booking.refused",
    BookingEnded,
    meaning="A requested booking was not approved.",
    example={**_BOOKING, "state": "refused", "reason": "另有安排"},
)
booking_moved = registry.event(
    "booking.moved",
    BookingMoved,
    meaning="A booking has another time or another place.",
    example={
        **_BOOKING,
        "was_resource_code": "reading",
        "was_starts_at": "2026-11-23T01:00:00+00:00",
        "was_ends_at": "2026-11-23T03:00:00+00:00",
    },
)
booking_cancelled = registry.event(
    "booking.cancelled",
    BookingEnded,
    meaning="A booking was given up; its place is free again.",
    example={**_BOOKING, "state": "cancelled", "reason": None},
)
booking_snapshot = registry.snapshot("booking", BookingData, meaning="A booking as it stands.", example=_BOOKING)
resource_changed = registry.event(
    "resource.changed", ResourceData, meaning="A resource is new or was changed.", example=_RESOURCE
)
resource_closed = registry.event(
    "resource.closed",
    ResourceClosure,
    meaning="A resource, or some of its units, cannot be used for that time.",
    example=_CLOSURE,
)
resource_reopened = registry.event(
    "resource.reopened", ResourceClosure, meaning="A closure was lifted early.", example=_CLOSURE
)
resource_snapshot = registry.snapshot("resource", ResourceData, meaning="A resource as it stands.", example=_RESOURCE)
