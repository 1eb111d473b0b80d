"""Every event that this service publishes, with its meaning: the place to look."""

from marshmallow import Schema, fields, validate

from shared.events import Registry
from shared.former_people import declare_answers
from shared.principal import BODIES

registry = Registry("activities")
answers = declare_answers(registry)


def _id(meaning: str) -> fields.UUID:
    return fields.UUID(required=True, metadata={"description": meaning})


def _text(meaning: str) -> fields.String:
    return fields.String(required=True, metadata={"description": meaning})


def _time(meaning: str, **more: bool) -> fields.AwareDateTime:
    return fields.AwareDateTime(format="iso", required=True, metadata={"description": meaning}, **more)


def _number(meaning: str) -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(0), metadata={"description": meaning})


class NeedData(Schema):
    resource_code = _text("The code of a room or of equipment in facilities.")
    quantity = fields.Integer(
        required=True, validate=validate.Range(1), metadata={"description": "How many of it; one of a room."}
    )


class RequestedSession(Schema):
    session_id = _id("The session.")
    starts_at = _time("When it begins.")
    ends_at = _time("When it is over; the moment itself belongs to it no more.")
    needs = fields.List(fields.Nested(NeedData), required=True, metadata={"description": "What it needs."})


class PlacedSession(Schema):
    session_id = _id("The session.")
    starts_at = _time("When it begins.")
    ends_at = _time("When it is over.")
    place_zh = _text("Where, in Chinese.")
    place_en = _text("Where, in English.")


class ActivityId(Schema):
    activity_id = _id("The activity.")


class Request(ActivityId):
    request_version = _number("Counts the requests for a place; an answer names the one it answers.")


class Titled(Request):
    title_zh = _text("Title in Chinese.")
    title_en = _text("Title in English.")


class PlaceRequested(Titled):
    bodies = fields.List(
        fields.String(validate=validate.OneOf(BODIES)), required=True, metadata={"description": "Who holds it."}
    )
    sessions = fields.List(
        fields.Nested(RequestedSession), required=True, metadata={"description": "All get their place, or none."}
    )


class ActivityData(Titled):
    kind = _text(
        "film, visit, show, games, class, meeting, members-meeting, committee-meeting, group-meeting, lecture, "
        "theme-day, study or volunteering."
    )
    bodies = fields.List(
        fields.String(validate=validate.OneOf(BODIES)), required=True, metadata={"description": "Who holds it."}
    )
    sessions = fields.List(fields.Nested(PlacedSession), required=True, metadata={"description": "When and where."})


class ActivityChanged(ActivityData):
    changes = fields.List(
        fields.String(validate=validate.OneOf(("times", "place", "words", "registration", "capacity"))),
        metadata={"description": "What is new."},
    )


class ActivityCancelled(Titled):
    reason = _text("Why, as staff wrote it.")
    starts_at = _time("When the first session was to begin.")


class ActivitySnapshot(ActivityData):
    state = fields.String(
        required=True,
        validate=validate.OneOf(("draft", "placing", "published", "cancelled", "completed")),
        metadata={"description": "How far it is."},
    )


class RegistrationData(Schema):
    registration_id = _id("The registration: one person for one session.")
    activity_id = _id("The activity.")
    session_id = _id("The session.")
    person_id = _id("Who takes part.")
    title_zh = _text("Title of the activity in Chinese.")
    title_en = _text("Title of the activity in English.")
    starts_at = _time("When the session begins.")
    ends_at = _time("When it is over.")
    place_zh = _text("Where, in Chinese.")
    place_en = _text("Where, in English.")


class RegistrationWaitlisted(RegistrationData):
    waiting_number = _number("Their place on the waiting list, from 1.")


class RegistrationMoved(RegistrationData):
    state = fields.String(
        required=True,
        validate=validate.OneOf(("confirmed", "waitlisted")),
        metadata={"description": "Whether they have a place or wait for one; a move changes neither."},
    )
    was_starts_at = _time("When the session was to begin.")
    was_ends_at = _time("When it was to be over.")
    was_place_zh = _text("Where it was to be, in Chinese.")
    was_place_en = _text("Where it was to be, in English.")


class RegistrationCancelled(RegistrationData):
    was = fields.String(
        required=True,
        validate=validate.OneOf(("confirmed", "waitlisted")),
        metadata={"description": "Whether they had a place or waited for one."},
    )
    reason = fields.String(
        required=True,
        validate=validate.OneOf(("own", "staff", "activity-cancelled")),
        metadata={"description": "Who ended it."},
    )
    because = fields.String(metadata={"description": "The words of staff where the activity was cancelled."})
    doubled = fields.Boolean(
        metadata={"description": "The person was registered under two ids, and keeps the other registration."}
    )


class RegistrationSnapshot(RegistrationData):
    state = fields.String(
        required=True,
        validate=validate.OneOf(("confirmed", "waitlisted", "cancelled")),
        metadata={"description": "Whether they have a place."},
    )
    waiting_number = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Place on the waiting list, or null."}
    )


class AttendanceData(Schema):
    registration_id = _id("The registration.")
    activity_id = _id("The activity.")
    session_id = _id("The session; the events of its activity say when it begins.")
    person_id = _id("Who.")
    kind = _text("The kind of activity, which says what sort of hours these are.")
    present = fields.Boolean(required=True, metadata={"description": "Whether they were there."})
    minutes = _number("For how long, in minutes.")


class AttendanceCorrected(AttendanceData):
    was_minutes = _number("What had been said before, in minutes.")


_ACTIVITY = {"activity_id": "0192f0c1-0000-7000-8000-00000000a001", "request_version": 1}
_TITLES = {"title_zh": "小候鸟培训班", "title_en": "Little migratory birds summer class"}
_SESSION = {
    "session_id": "0192f0c1-0000-7000-8000-00000000b001",
    "starts_at": "2026-07-06T01:00:00+00:00",
    "ends_at": "2026-07-06T03:00:00+00:00",
}
_PLACE = {"place_zh": "活动室", "place_en": "Activity room"}
_PUBLISHED = {
    **_ACTIVITY,
    **_TITLES,
    "kind": "class",
    "bodies": ["union", "women"],
    "sessions": [{**_SESSION, **_PLACE}],
}
_REGISTRATION = {
    "registration_id": "0192f0c1-0000-7000-8000-00000000c001",
    "activity_id": _ACTIVITY["activity_id"],
    "person_id": "0192f0c1-0000-7000-8000-00000000d001",
    **_TITLES,
    **_SESSION,
    **_PLACE,
}
_ATTENDANCE = {
    **{name: _REGISTRATION[name] for name in ("registration_id", "activity_id", "session_id", "person_id")},
    "kind": "class",
    "present": True,
    "minutes": 120,
}

place_requested = registry.event(
    "activity.place-requested",
    PlaceRequested,
    meaning="An activity asks for all that its sessions need; facilities answers with hold.granted or hold.refused.",
    example={
        **_ACTIVITY,
        **_TITLES,
        "bodies": ["union", "women"],
        "sessions": [{**_SESSION, "needs": [{"resource_code": "activity", "quantity": 1}]}],
    },
)
place_released = registry.event(
    "activity.place-released",
    Request,
    meaning="What was held or booked for this request is not needed any more.",
    example=_ACTIVITY,
)
activity_published = registry.event(
    "activity.published",
    ActivityData,
    meaning="Everybody may know; the hold of this request becomes a booking.",
    example=_PUBLISHED,
)
activity_changed = registry.event(
    "activity.changed",
    ActivityChanged,
    meaning="A published activity is different now; after a move the hold of this request becomes a booking.",
    example={**_PUBLISHED, "request_version": 2, "changes": ["times", "place"]},
)
activity_cancelled = registry.event(
    "activity.cancelled",
    ActivityCancelled,
    meaning="It does not take place; whatever was held for it is free. Each registration has its own event.",
    example={**_ACTIVITY, **_TITLES, "reason": "高温停课", "starts_at": _SESSION["starts_at"]},
)
activity_completed = registry.event(
    "activity.completed", ActivityData, meaning="Its last session is over.", example=_PUBLISHED
)
activity_snapshot = registry.snapshot(
    "activity", ActivitySnapshot, meaning="An activity as it is.", example={**_PUBLISHED, "state": "published"}
)
registration_confirmed = registry.event(
    "registration.confirmed",
    RegistrationData,
    meaning="The person has a place in the session.",
    example=_REGISTRATION,
)
registration_waitlisted = registry.event(
    "registration.waitlisted",
    RegistrationWaitlisted,
    meaning="The session is full; the person waits for a place.",
    example={**_REGISTRATION, "waiting_number": 3},
)
registration_promoted = registry.event(
    "registration.promoted",
    RegistrationData,
    meaning="The person waited and has a place now.",
    example=_REGISTRATION,
)
registration_moved = registry.event(
    "registration.moved",
    RegistrationMoved,
    meaning="The session has other times or another place now; the person keeps the place, or the turn to wait.",
    example={
        **_REGISTRATION,
        "state": "confirmed",
        "was_starts_at": "2026-07-03T01:00:00+00:00",
        "was_ends_at": "2026-07-03T03:00:00+00:00",
        "was_place_zh": "阅览室",
        "was_place_en": "Reading room",
    },
)
registration_cancelled = registry.event(
    "registration.cancelled",
    RegistrationCancelled,
    meaning="The person takes part no more, or waits no more.",
    example={**_REGISTRATION, "was": "waitlisted", "reason": "activity-cancelled", "because": "高温停课"},
)
registration_snapshot = registry.snapshot(
    "registration",
    RegistrationSnapshot,
    meaning="A registration as it is.",
    example={**_REGISTRATION, "state": "waitlisted", "waiting_number": 3},
)
attendance_confirmed = registry.event(
    "attendance.confirmed",
    AttendanceData,
    meaning="The desk noted that the person was there, and for how long.",
    example=_ATTENDANCE,
)
attendance_corrected = registry.event(
    "attendance.corrected",
    AttendanceCorrected,
    meaning="What attendance.confirmed had said is replaced.",
    example={**_ATTENDANCE, "present": False, "minutes": 0, "was_minutes": 120},
)
attendance_snapshot = registry.snapshot(
    "attendance",
    AttendanceData,
    meaning="Whether a person was there, as the desk noted it last.",
    example=_ATTENDANCE,
)
