"""Floating members in requests and answers."""

from marshmallow import Schema, fields, validate

from shared.web import Input, PageQuery


class StayQuery(PageQuery):
    state = fields.String(
        load_default=None,
        validate=validate.OneOf(["open", "overdue", "one-ended", "closed"]),
        metadata={
            "description": "open, overdue (open past the expected day), one-ended (open, registered at one end)."
        },
    )
    person_id = fields.UUID(load_default=None)


class StayIn(Input):
    person_id = fields.UUID(required=True)
    host_organisation_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "A branch here."})
    host_place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))
    home_place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))
    started_on = fields.Date(required=True)
    expected_until = fields.Date(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=300))


class DayIn(Input):
    on = fields.Date(required=True)


class StatementIn(Input):
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    received_on = fields.Date(required=True)
    attended = fields.Integer(required=True, validate=validate.Range(0, 1000))
    place = fields.String(required=True, metadata={"description": "Where the paper is kept, or who sent it."})
    note = fields.String(load_default="")


class StatementOut(Schema):
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    received_on = fields.Date(required=True)
    attended = fields.Integer(required=True)
    place = fields.String(required=True)
    note = fields.String(required=True)


class StayOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    home_organisation_id = fields.UUID(required=True, allow_none=True)
    home_place = fields.String(required=True, allow_none=True)
    host_organisation_id = fields.UUID(required=True, allow_none=True)
    host_place = fields.String(required=True, allow_none=True)
    started_on = fields.Date(required=True)
    expected_until = fields.Date(required=True)
    ended_on = fields.Date(required=True, allow_none=True)
    home_registered_on = fields.Date(required=True, allow_none=True)
    host_registered_on = fields.Date(required=True, allow_none=True)
    note = fields.String(required=True)
    version = fields.Integer(required=True)
    statements = fields.List(fields.Nested(StatementOut), required=True)
