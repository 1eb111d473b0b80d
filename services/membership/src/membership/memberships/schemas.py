"""Memberships in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.organisations.kinds import kinds
from shared.principal import BODIES
from shared.web import Input, PageQuery


class MembershipIn(Input):
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=validate.OneOf(list(kinds().role_names)))
    start_on = fields.Date(required=True)
    end_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "The first day on which it no longer holds."}
    )


class MembershipEnd(Input):
    end_on = fields.Date(required=True, metadata={"description": "Said once; may lie ahead."})


class MembershipOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    body = fields.String(required=True, allow_none=True)
    complete = fields.Boolean(
        required=True,
        metadata={"description": "False for another body: who belongs there today is said, role and days are null."},
    )
    role = fields.String(required=True, allow_none=True)
    start_on = fields.Date(required=True, allow_none=True)
    end_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class MembershipQuery(PageQuery):
    person_id = fields.UUID(load_default=None)
    organisation_id = fields.UUID(load_default=None)
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))
    role = fields.String(load_default=None)
    as_of = fields.Date(load_default=None, metadata={"description": "Only what holds on that day."})
