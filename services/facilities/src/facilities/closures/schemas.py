"""Closures over the API."""

from marshmallow import Schema, fields, validate

from shared.web import Input, PageQuery


class ClosureOut(Schema):
    id = fields.UUID()
    state = fields.String(metadata={"description": "confirmed, or released when it was lifted early."})
    resource_id = fields.UUID()
    resource_code = fields.String(attribute="resource.code")
    quantity = fields.Integer(metadata={"description": "Units out of use; 1 for a room."})
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String(allow_none=True)
    version = fields.Integer()


class ClosureIn(Input):
    resource_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 500))
    quantity = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1),
        metadata={"description": "Units out of use; all of them when left out."},
    )
    cancel_bookings = fields.Boolean(
        load_default=False,
        metadata={"description": "Cancel this desk's own bookings in the way. Other services' are never cancelled."},
    )


class ClosureQuery(PageQuery):
    resource_id = fields.UUID(load_default=None)
    current = fields.Boolean(load_default=False, metadata={"description": "Only those in force or to come."})
