"""Add-requests in requests and answers."""

from marshmallow import Schema, fields, validate

from shared.principal import BODIES
from shared.web import Input, PageQuery

STATES = ("requested", "accepted", "declined", "withdrawn", "revoked", "expired")


class AddRequestIn(Input):
    person_id = fields.UUID(required=True)
    body = fields.String(required=True, validate=validate.OneOf(BODIES), metadata={"description": "Who asks."})
    owner = fields.String(required=True, validate=validate.OneOf(BODIES), metadata={"description": "Who is asked."})
    reason = fields.String(required=True)
    until = fields.Date(required=True, metadata={"description": "The last day of the borrowing."})


class AnswerIn(Input):
    note = fields.String(required=True, metadata={"description": "Why not, or why no more."})


class AddRequestOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    body = fields.String(required=True)
    owner = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    until = fields.Date(required=True)
    answer_by = fields.Date(required=True)
    requested_by = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class AddRequestQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
