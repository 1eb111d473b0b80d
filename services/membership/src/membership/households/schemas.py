"""Households in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.households.rules import PARTS
from shared.web import Input, PageQuery


class MemberIn(Input):
    person_id = fields.UUID(required=True)
    part = fields.String(load_default="adult", validate=validate.OneOf(PARTS))


class HouseholdIn(Input):
    name = fields.String(required=True)
    members = fields.List(fields.Nested(MemberIn), required=True, validate=validate.Length(1, 30))


class HouseholdChange(Input):
    name = fields.String()
    members = fields.List(
        fields.Nested(MemberIn),
        validate=validate.Length(1, 30),
        metadata={"description": "Everybody who lives there from now on."},
    )


class MemberOut(Schema):
    person_id = fields.UUID(required=True)
    name = fields.String(required=True, attribute="person.name")
    part = fields.String(required=True)


class HouseholdOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    members = fields.List(fields.Nested(MemberOut), required=True)
    sample = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class HouseholdQuery(PageQuery):
    text = fields.String(
        load_default=None, metadata={"description": "Part of its name, or of somebody's who lives there."}
    )
