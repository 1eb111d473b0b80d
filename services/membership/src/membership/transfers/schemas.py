"""Transfers in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.transfers.rules import ROLES
from shared.web import Input, PageQuery


class TransferIn(Input):
    person_id = fields.UUID(required=True)
    to_organisation_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "A branch here."})
    to_place = fields.String(load_default=None, allow_none=True, metadata={"description": "Or where to, in words."})
    from_place = fields.String(
        load_default=None, allow_none=True, metadata={"description": "Where from, for who belongs to no branch here."}
    )
    role = fields.String(load_default="member", validate=validate.OneOf(ROLES))
    requested_on = fields.Date(required=True)
    note = fields.String(load_default="")


class AcceptanceIn(Input):
    accepted_on = fields.Date(required=True)


class ReturnIn(Input):
    note = fields.String(required=True)
    withdrawn = fields.Boolean(load_default=False, metadata={"description": "The old branch took it back."})


class TransferOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    from_organisation_id = fields.UUID(required=True, allow_none=True)
    from_place = fields.String(required=True, allow_none=True)
    to_organisation_id = fields.UUID(required=True, allow_none=True)
    to_place = fields.String(required=True, allow_none=True)
    role = fields.String(required=True)
    state = fields.String(required=True)
    requested_on = fields.Date(required=True)
    valid_until = fields.Date(required=True)
    accepted_on = fields.Date(required=True, allow_none=True)
    letter_number = fields.String(required=True)
    note = fields.String(required=True)
    version = fields.Integer(required=True)


class TransferQuery(PageQuery):
    state = fields.String(load_default=None)
    person_id = fields.UUID(load_default=None)
