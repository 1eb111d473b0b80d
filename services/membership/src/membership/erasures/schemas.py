"""Erasures in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.duplicates.schemas import AnswerOut
from shared.web import Input, PageQuery

STATES = ("requested", "done", "declined", "withdrawn")


class ErasureIn(Input):
    person_id = fields.UUID(required=True)
    reason = fields.String(required=True, metadata={"description": "Why, without personal data: it stays."})


class DeclineIn(Input):
    note = fields.String(required=True)


class StandingOut(Schema):
    code = fields.String(required=True)
    service = fields.Function(lambda reason: reason.facts.get("service"), metadata={"type": "string"})


class ErasureOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    requested_by_name = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    decided_by_name = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    standing_against = fields.List(fields.Nested(StandingOut), required=True)
    answers = fields.List(
        fields.Nested(AnswerOut), required=True, metadata={"description": "To the check, and once done to the erasure."}
    )
    version = fields.Integer(required=True)


class ErasureQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
