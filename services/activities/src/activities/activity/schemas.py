"""What the API takes and gives about activities."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from activities.activity.models import STATES
from activities.activity.queries import WHEN
from activities.activity.rules import KINDS, Need, SessionPlan
from shared.principal import BODIES
from shared.web import Input, PageQuery


class SessionIn(Input):
    starts_at = fields.AwareDateTime(required=True, metadata={"description": "When it begins, with its offset."})
    ends_at = fields.AwareDateTime(required=True, metadata={"description": "When it is over."})
    capacity = fields.Integer(
        required=True, strict=True, metadata={"description": "How many people it has places for."}
    )

    @post_load
    def _plan(self, data: dict[str, Any], **_: Any) -> SessionPlan:
        return SessionPlan(**data)


class NeedIn(Input):
    resource_code = fields.String(
        required=True, validate=validate.Length(1, 60), metadata={"description": "A room or equipment of facilities."}
    )
    quantity = fields.Integer(load_default=1, strict=True, metadata={"description": "How many of it."})

    @post_load
    def _need(self, data: dict[str, Any], **_: Any) -> Need:
        return Need(**data)


def _text(meaning: str, most: int, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=most), metadata={"description": meaning}, **more)


class ActivityChange(Input):
    """Fields that are left out stay as they are."""

    kind = fields.String(validate=validate.OneOf(tuple(KINDS)), metadata={"description": "What sort of activity."})
    title_zh = _text("Title in Chinese.", 120)
    title_en = _text("Title in English; the Chinese one where it is left out.", 120)
    description_zh = _text("Description in Chinese.", 4000)
    description_en = _text("Description in English.", 4000)
    venue_zh = _text("Where it takes place, when it is not a room of the centre.", 120)
    venue_en = _text("The same in English.", 120)
    bodies = fields.List(
        fields.String(validate=validate.OneOf(BODIES)), metadata={"description": "Who holds it; several for 联办."}
    )
    sessions = fields.List(fields.Nested(SessionIn), metadata={"description": "When it takes place."})
    needs = fields.List(fields.Nested(NeedIn), metadata={"description": "What each session needs from facilities."})
    registration_opens_at = fields.AwareDateTime(allow_none=True, metadata={"description": "From when; null: at once."})
    registration_closes_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Until when; null: until the session begins."}
    )
    families_may_be_passed = fields.Boolean(
        metadata={"description": "Whether smaller groups may pass a waiting family that does not fit yet."}
    )

    @post_load
    def _tuples(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


class ActivityIn(ActivityChange):
    """A new activity."""

    kind = fields.String(
        required=True, validate=validate.OneOf(tuple(KINDS)), metadata={"description": "What sort of activity."}
    )
    title_zh = _text("Title in Chinese.", 120, required=True)
    bodies = fields.List(
        fields.String(validate=validate.OneOf(BODIES)),
        required=True,
        metadata={"description": "Who holds it; several for 联办."},
    )
    sessions = fields.List(fields.Nested(SessionIn), required=True, metadata={"description": "When it takes place."})


class MovedSession(Input):
    session_id = fields.UUID(required=True, metadata={"description": "The session that moves."})
    starts_at = fields.AwareDateTime(required=True, metadata={"description": "Its new beginning."})
    ends_at = fields.AwareDateTime(required=True, metadata={"description": "Its new end."})


class MoveIn(Input):
    sessions = fields.List(
        fields.Nested(MovedSession),
        required=True,
        validate=validate.Length(1),
        metadata={"description": "The sessions that move; the others stay."},
    )


class CancelIn(Input):
    reason = fields.String(
        required=True,
        validate=validate.Length(max=400),
        metadata={"description": "Why; it is kept with the activity and goes along with its events."},
    )


class Nothing(Input):
    """An empty object, or no body at all."""


class CapacityIn(Input):
    capacity = fields.Integer(required=True, strict=True, metadata={"description": "Places of the session."})


class SessionOut(Schema):
    id = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    capacity = fields.Integer()
    confirmed = fields.Integer(metadata={"description": "How many have a place."})
    waiting = fields.Integer(metadata={"description": "How many wait for one."})
    places_left = fields.Integer(metadata={"description": "Places for newcomers: none as long as somebody waits."})
    moving_starts_at = fields.AwareDateTime(allow_none=True)
    moving_ends_at = fields.AwareDateTime(allow_none=True)


class NeedOut(Schema):
    resource_code = fields.String()
    quantity = fields.Integer()


class ActivityOut(Schema):
    id = fields.UUID()
    kind = fields.String()
    title_zh = fields.String()
    title_en = fields.String()
    description_zh = fields.String()
    description_en = fields.String()
    venue_zh = fields.String()
    venue_en = fields.String()
    place_zh = fields.String(metadata={"description": "The granted place, else where it was said to be."})
    place_en = fields.String()
    bodies = fields.List(fields.String())
    state = fields.String(validate=validate.OneOf(STATES))
    request_version = fields.Integer(metadata={"description": "Counts the requests for a place."})
    moving = fields.Boolean(metadata={"description": "A place for other times has been asked for."})
    notice = fields.Raw(allow_none=True, metadata={"description": "What the last answer about its place said."})
    flagged_at = fields.AwareDateTime(allow_none=True, metadata={"description": "Since when its place is in doubt."})
    cancel_reason = fields.String(allow_none=True)
    sessions = fields.List(fields.Nested(SessionOut))
    needs = fields.List(fields.Nested(NeedOut))
    registration_opens_at = fields.AwareDateTime(allow_none=True)
    registration_closes_at = fields.AwareDateTime(allow_none=True)
    families_may_be_passed = fields.Boolean()
    created_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class ActivityQuery(PageQuery):
    when = fields.String(
        load_default=None, validate=validate.OneOf(WHEN), metadata={"description": "upcoming, drafts or past."}
    )
    body = fields.String(
        load_default=None, validate=validate.OneOf(BODIES), metadata={"description": "Held by this body."}
    )
    kind = fields.String(
        load_default=None, validate=validate.OneOf(tuple(KINDS)), metadata={"description": "Of this kind."}
    )
    q = fields.String(load_default=None, metadata={"description": "Part of a title."})
