"""What the API takes and gives of funds."""

from marshmallow import Schema, fields, validate

from shared.principal import ALL_BODIES, BODIES
from shared.web import Input
from welfare.amounts import yuan


class FundIn(Input):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9][a-z0-9-]{1,39}\Z"))
    name_zh = fields.String(required=True, validate=validate.Length(1, 120))
    name_en = fields.String(required=True, validate=validate.Length(1, 120))
    body = fields.String(
        required=True,
        validate=validate.OneOf((*BODIES, ALL_BODIES)),
        metadata={"description": "Whose money it is; * for the centre's."},
    )
    budget = yuan("What there is to spend.", required=True)


class BudgetIn(Input):
    amount = yuan("What is added.", required=True)


class FundOut(Schema):
    id = fields.UUID()
    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    body = fields.String()
    budget = yuan("What there is in all.")
    reserved = yuan("Promised and not paid yet.")
    spent = yuan("Paid.")
    available = yuan("What may still be promised.")
    version = fields.Integer()


class EntryOut(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"description": "budget, reservation, release, payment or reversal"})
    amount = yuan("Negative where money comes back.")
    body = fields.String()
    application_id = fields.UUID(allow_none=True)
    reason = fields.String(allow_none=True)
    day = fields.Date()
    by_name = fields.String()
    recorded_at = fields.AwareDateTime()
