"""Consents in requests and answers."""

from marshmallow import Schema, fields

from shared.web import Input


class ConsentIn(Input):
    guardian_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Who gave it; the first guardian when absent."}
    )
    given_on = fields.Date(required=True)
    paper = fields.String(required=True, metadata={"description": "Reference of the paper that was signed."})


class WithdrawalIn(Input):
    withdrawn_on = fields.Date(required=True)


class ConsentOut(Schema):
    id = fields.UUID(required=True)
    child_id = fields.UUID(required=True)
    guardian_id = fields.UUID(required=True)
    given_on = fields.Date(required=True)
    paper = fields.String(required=True)
    recorded_by = fields.String(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    withdrawn_on = fields.Date(required=True, allow_none=True)
