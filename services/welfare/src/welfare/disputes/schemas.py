"""What the API takes and gives of disputes."""

from marshmallow import Schema, fields, validate

from shared.principal import BODIES
from shared.web import Input, PageQuery
from welfare.confidential.texts import LONGEST
from welfare.disputes.rules import KINDS, STATES


def _sealed(meaning: str) -> fields.String:
    return fields.String(validate=validate.Length(max=LONGEST), metadata={"description": f"{meaning} Sealed."})


class DisputeQuery(PageQuery):
    body = fields.String(load_default=None, metadata={"description": "Only those of one body."})
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    person_id = fields.UUID(load_default=None, metadata={"description": "Only those with this person."})
    q = fields.String(load_default=None, metadata={"description": "Part of the name of somebody in it."})


class DisputeIn(Input):
    body = fields.String(required=True, validate=validate.OneOf(BODIES))
    person_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(max=20))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    opened_on = fields.Date(metadata={"description": "Today unless given."})
    matter = _sealed("What it is about.")


class SessionIn(Input):
    held_on = fields.Date(required=True)
    note = _sealed("What was said.")


class GiveUpIn(Input):
    closed_on = fields.Date(required=True, metadata={"description": "The day that mediation ended."})


class SettleIn(Input):
    closed_on = fields.Date(required=True, metadata={"description": "The day of the agreement."})
    terms = _sealed("What was agreed.")


class SessionOut(Schema):
    id = fields.UUID()
    held_on = fields.Date()
    mediator_name = fields.String()


class DisputeOut(Schema):
    id = fields.UUID()
    body = fields.String()
    kind = fields.String()
    state = fields.String()
    opened_on = fields.Date()
    closed_on = fields.Date(allow_none=True)
    person_ids = fields.List(fields.UUID())
    sessions = fields.List(fields.Nested(SessionOut))
    version = fields.Integer()
