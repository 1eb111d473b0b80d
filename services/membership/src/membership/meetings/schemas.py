"""Completeness of a branch's meetings in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.meetings.wording import DUTIES
from shared.web import Input


class CellOut(Schema):
    first_month = fields.Integer(required=True)
    span = fields.Integer(required=True, metadata={"description": "How many months the period has."})
    state = fields.String(required=True, metadata={"description": "held, thin, missing, open, ahead or none."})
    session_id = fields.UUID(required=True, allow_none=True, attribute="sitting.session_id", dump_default=None)
    present = fields.Integer(required=True)
    due = fields.Integer(required=True)


class RowOut(Schema):
    duty = fields.String(required=True, attribute="duty.code")
    every = fields.String(required=True, attribute="duty.every")
    organisation_id = fields.UUID(required=True, metadata={"description": "The branch, or its group."})
    cells = fields.List(fields.Nested(CellOut), required=True)


class StudyOut(Schema):
    person_id = fields.UUID(required=True)
    minutes = fields.Integer(required=True)


class CompletenessOut(Schema):
    held = fields.Integer(required=True)
    owed = fields.Integer(required=True, metadata={"description": "Periods that are over, or in which it was held."})
    rows = fields.List(fields.Nested(RowOut), required=True)
    study = fields.List(fields.Nested(StudyOut), required=True)


class MeetingNoteIn(Input):
    duty = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(list(DUTIES)),
        metadata={"description": "Null: none of the meetings that a branch owes."},
    )


class MeetingNoteOut(Schema):
    session_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    duty = fields.String(required=True, allow_none=True)
