"""Appraisals in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.appraisals.wording import GRADES
from shared.web import Input, PageQuery


class AppraisalIn(Input):
    organisation_id = fields.UUID(required=True, metadata={"description": "The branch."})
    year = fields.Integer(required=True, validate=validate.Range(1949, 2200))
    held_on = fields.Date(required=True, metadata={"description": "The day of the meeting; the roll is that day's."})


class GradeIn(Input):
    person_id = fields.UUID(required=True)
    grade = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(list(GRADES)),
        metadata={"description": "Null: none yet."},
    )


class GradesIn(Input):
    grades = fields.List(fields.Nested(GradeIn), required=True)


class GradeOut(Schema):
    person_id = fields.UUID(required=True)
    role = fields.String(required=True, metadata={"description": "member, or probationary-member without a grade."})
    grade = fields.String(required=True, allow_none=True)


class AppraisalOut(Schema):
    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    held_on = fields.Date(required=True)
    full_members = fields.Integer(required=True)
    excellent = fields.Integer(required=True)
    most_excellent = fields.Integer(required=True, metadata={"description": "How many of the full members may be."})
    closed_on = fields.Date(required=True, allow_none=True)
    grades = fields.List(fields.Nested(GradeOut), required=True)
    version = fields.Integer(required=True)


class AppraisalQuery(PageQuery):
    organisation_id = fields.UUID(load_default=None)
    year = fields.Integer(load_default=None)
