"""What the API takes and gives of talks."""

from marshmallow import Schema, fields, validate

from shared.principal import BODIES
from shared.web import Input, PageQuery
from welfare.confidential.texts import LONGEST
from welfare.talks.rules import OUTCOMES, STATES


class TalkQuery(PageQuery):
    body = fields.String(load_default=None, metadata={"description": "Only those of one body."})
    state = fields.String(
        load_default=None,
        validate=validate.OneOf((*STATES, "open")),
        metadata={"description": "Only in this state; open: not held and not cancelled."},
    )
    person_id = fields.UUID(load_default=None, metadata={"description": "Only of this person."})
    since = fields.AwareDateTime(load_default=None, metadata={"description": "Beginning at this time or later."})
    before = fields.AwareDateTime(load_default=None, metadata={"description": "Beginning before this time."})
    q = fields.String(load_default=None, metadata={"description": "Part of the person's name."})


class TalkTimes(Input):
    starts_at = fields.AwareDateTime(required=True, metadata={"description": "When the talk begins."})
    ends_at = fields.AwareDateTime(required=True, metadata={"description": "When it ends; free again from then on."})


class TalkIn(TalkTimes):
    body = fields.String(required=True, validate=validate.OneOf(BODIES), metadata={"description": "Whose talk it is."})
    person_id = fields.UUID(required=True, metadata={"description": "Who comes."})
    officer_id = fields.UUID(metadata={"description": "The account that receives; without it, whoever asks."})


class OutcomeIn(Input):
    outcome = fields.String(
        required=True, validate=validate.OneOf(OUTCOMES), metadata={"description": "What came of the talk."}
    )
    note = fields.String(
        validate=validate.Length(max=LONGEST),
        metadata={"description": "Sealed; only read through /note, with a trace."},
    )
    follow_up_on = fields.Date(allow_none=True, metadata={"description": "When to look at it again."})


class HeldTalkIn(TalkIn, OutcomeIn):
    """A talk that was held without an appointment."""


class TalkOut(Schema):
    id = fields.UUID()
    body = fields.String()
    person_id = fields.UUID()
    officer_id = fields.UUID(allow_none=True)
    officer_name = fields.String()
    origin = fields.String(metadata={"description": "appointment or walk-in"})
    state = fields.String(metadata={"description": "requested, unplaced, scheduled, held or cancelled"})
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    place_zh = fields.String(allow_none=True)
    place_en = fields.String(allow_none=True)
    refusals = fields.Dict(
        allow_none=True, metadata={"description": "Why there is no place then, and other times, as facilities said."}
    )
    outcome = fields.String(allow_none=True)
    follow_up_on = fields.Date(allow_none=True)
    request_version = fields.Integer()
    version = fields.Integer()


class TextOut(Schema):
    text = fields.String(metadata={"description": "Reading it was noted."})
