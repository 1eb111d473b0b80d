"""What facilities publishes about the duty roster: shifts, and for each person concerned the duty. Nobody is named."""

from typing import Any

from marshmallow import Schema, fields, validate

from facilities.published import registry

_SHIFT_ID = "0192f0c1-0000-7000-8000-0000000000d1"
_DUTY_ID = "0192f0c1-0000-7000-8000-0000000000d2"
_PERSON_ID = "0192f0c1-0000-7000-8000-0000000000d3"
_OTHER_ID = "0192f0c1-0000-7000-8000-0000000000d4"


class Words(Schema):
    zh = fields.String(required=True, metadata={"description": "In Chinese."})
    en = fields.String(required=True, metadata={"description": "In English."})


When = Schema.from_dict(
    {
        "from": fields.AwareDateTime(required=True, metadata={"description": "Start, UTC."}),
        "to": fields.AwareDateTime(required=True, metadata={"description": "End, UTC; the moment itself is free."}),
    },
    name="When",
)


class Need(Schema):
    role = fields.String(required=True, metadata={"description": "What is to be done, e.g. reception."})
    people = fields.Integer(
        required=True, validate=validate.Range(min=1), metadata={"description": "How many people it needs."}
    )


class ShiftData(Schema):
    shift_id = fields.UUID(required=True, metadata={"description": "The shift."})
    title = fields.Nested(Words, required=True, metadata={"description": "What it is called."})
    place = fields.Nested(
        Words, required=True, allow_none=True, metadata={"description": "Where; null when it is anywhere."}
    )
    when = fields.Nested(When, required=True, metadata={"description": "When; half-open."})
    body = fields.String(required=True, metadata={"description": "The body whose shift it is."})
    needs = fields.List(
        fields.Nested(Need), required=True, metadata={"description": "Whom it needs, one entry for each role."}
    )
    missing = fields.Integer(
        required=True, validate=validate.Range(min=0), metadata={"description": "How many people it still lacks."}
    )


class ShiftSwapped(ShiftData):
    left = fields.UUID(required=True, metadata={"description": "The person who is not on duty any more."})
    took = fields.UUID(required=True, metadata={"description": "The person who is on duty instead."})


class ShiftCancelled(ShiftData):
    reason = fields.String(allow_none=True, metadata={"description": "Why, in the words of staff; may be null."})


class ShiftSnapshot(ShiftData):
    state = fields.String(required=True, metadata={"description": "planned or cancelled."})


class DutyData(Schema):
    duty_id = fields.UUID(required=True, metadata={"description": "The duty: one person in one shift."})
    shift_id = fields.UUID(required=True, metadata={"description": "The shift."})
    person_id = fields.UUID(required=True, metadata={"description": "Who is on duty."})
    role = fields.String(required=True, metadata={"description": "What as, e.g. reception."})
    role_name = fields.Nested(Words, required=True, metadata={"description": "The role as people read it."})
    title = fields.Nested(Words, required=True, metadata={"description": "What the shift is called."})
    place = fields.Nested(
        Words, required=True, allow_none=True, metadata={"description": "Where; null when it is anywhere."}
    )
    when = fields.Nested(When, required=True, metadata={"description": "When; half-open."})
    body = fields.String(required=True, metadata={"description": "The body whose shift it is."})


class DutyMoved(DutyData):
    was = fields.Nested(When, required=True, metadata={"description": "When it was to be before."})
    was_place = fields.Nested(
        Words, required=True, allow_none=True, metadata={"description": "Where it was to be before; may be null."}
    )


class DutyReleased(DutyData):
    reason = fields.String(
        required=True, metadata={"description": "gave-up, swapped, removed, cancelled, merged or erased."}
    )


class DutySnapshot(DutyData):
    state = fields.String(required=True, metadata={"description": "assigned or released."})


_WORDS: dict[str, Any] = {
    "title": {"zh": "晚间值班", "en": "Evening duty"},
    "place": {"zh": "活动室", "en": "Activity room"},
    "when": {"from": "2026-11-24T09:30:00+00:00", "to": "2026-11-24T13:00:00+00:00"},
    "body": "party",
}
_SHIFT: dict[str, Any] = {
    "shift_id": _SHIFT_ID,
    **_WORDS,
    "needs": [{"role": "reception", "people": 1}, {"role": "fire-safety", "people": 1}],
    "missing": 1,
}
_DUTY: dict[str, Any] = {
    "duty_id": _DUTY_ID,
    "shift_id": _SHIFT_ID,
    "person_id": _PERSON_ID,
    "role": "reception",
    "role_name": {"zh": "接待", "en": "Reception"},
    **_WORDS,
}

shift_opened = registry.event(
    "shift.opened",
    ShiftData,
    meaning="A shift looks for people: it was planned, or somebody left one that was full.",
    example={**_SHIFT, "missing": 2},
)
shift_changed = registry.event(
    "shift.changed",
    ShiftData,
    meaning="A shift has another time, place, title or need. Who is on duty is told by duty.moved.",
    example=_SHIFT,
)
shift_filled = registry.event(
    "shift.filled", ShiftData, meaning="The last person that a shift lacked is there.", example={**_SHIFT, "missing": 0}
)
shift_understaffed = registry.event(
    "shift.understaffed",
    ShiftData,
    meaning="A shift begins soon and lacks people: once when it comes near, and whenever somebody leaves it then.",
    example=_SHIFT,
)
shift_swapped = registry.event(
    "shift.swapped",
    ShiftSwapped,
    meaning="One person took over from another; both agreed. Each of them has a duty event, too.",
    example={**_SHIFT, "left": _PERSON_ID, "took": _OTHER_ID},
)
shift_cancelled = registry.event(
    "shift.cancelled",
    ShiftCancelled,
    meaning="A shift is not needed. Everybody who was on duty has a duty.released.",
    example={**_SHIFT, "reason": "停电检修"},
)
shift_snapshot = registry.snapshot(
    "shift", ShiftSnapshot, meaning="A shift as it stands.", example={**_SHIFT, "state": "planned"}
)
duty_assigned = registry.event(
    "duty.assigned", DutyData, meaning="A person is on duty in a shift: put there, or signed up.", example=_DUTY
)
duty_moved = registry.event(
    "duty.moved",
    DutyMoved,
    meaning="The shift of somebody on duty is at another time or place now; the person stays on duty.",
    example={
        **_DUTY,
        "was": {"from": "2026-11-23T09:30:00+00:00", "to": "2026-11-23T13:00:00+00:00"},
        "was_place": {"zh": "阅览室", "en": "Reading room"},
    },
)
duty_released = registry.event(
    "duty.released",
    DutyReleased,
    meaning="A person is not on duty in that shift any more.",
    example={**_DUTY, "reason": "gave-up"},
)
duty_snapshot = registry.snapshot(
    "duty", DutySnapshot, meaning="A duty as it stands.", example={**_DUTY, "state": "assigned"}
)
