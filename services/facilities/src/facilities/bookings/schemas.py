"""Bookings over the API."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.principal import BODIES
from shared.web import Input, PageQuery

STATES = ("live", "held", "requested", "confirmed", "cancelled", "refused", "released", "expired")


def _described(text: str) -> dict[str, str]:
    return {"description": text}


class RequestedByOut(Schema):
    source = fields.String()
    id = fields.UUID()
    version = fields.Integer()


class BookingOut(Schema):
    id = fields.UUID()
    kind = fields.String(metadata=_described("booking, or hold while another service may still give it up."))
    state = fields.String()
    resource_id = fields.UUID()
    resource_code = fields.String(attribute="resource.code")
    resource_zh = fields.String(attribute="resource.name_zh")
    resource_en = fields.String(attribute="resource.name_en")
    quantity = fields.Integer()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    blocked_from = fields.AwareDateTime(metadata=_described("Start with the time to make ready."))
    blocked_until = fields.AwareDateTime(metadata=_described("End with the time to clear up."))
    confidential = fields.Boolean(metadata=_described("Then titles say Busy, and body and person are null."))
    title_zh = fields.String(attribute="shown_title_zh")
    title_en = fields.String(attribute="shown_title_en")
    body = fields.Function(lambda row: None if row.confidential else row.body)
    person_id = fields.UUID(allow_none=True)
    people = fields.Integer(allow_none=True)
    group_id = fields.UUID(metadata=_described("The same for all that was booked together."))
    requested_by = fields.Nested(RequestedByOut, attribute="hold.requested_by", allow_none=True)
    version = fields.Integer()


class ItemIn(Input):
    resource_code = fields.String(required=True, validate=validate.Length(1, 60))
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))


class BookingIn(Input):
    """Either ``items``, or one of ``resource_id`` and ``resource_code`` with an optional ``quantity``."""

    resource_id = fields.UUID()
    resource_code = fields.String(validate=validate.Length(1, 60))
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    items = fields.List(
        fields.Nested(ItemIn),
        validate=validate.Length(1, 20),
        metadata=_described("Several things, all of them or nothing."),
    )
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True, metadata=_described("Half-open: the end belongs to the next one."))
    title = fields.String(
        load_default=None,
        validate=validate.Length(1, 200),
        metadata=_described("What it is for; not kept for confidential bookings."),
    )
    title_en = fields.String(load_default=None, validate=validate.Length(1, 200))
    body = fields.String(required=True, validate=validate.OneOf(BODIES))
    person_id = fields.UUID(load_default=None, allow_none=True, metadata=_described("Who is told about it."))
    people = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 100_000))
    confidential = fields.Boolean(load_default=False)

    @validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        if sum(name in data for name in ("items", "resource_id", "resource_code")) != 1:
            raise ValidationError("Name either items, resource_id or resource_code.", "resource_code")


class BookingMove(Input):
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    resource_id = fields.UUID(load_default=None)


class ReasonIn(Input):
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class RefusalIn(Input):
    reason = fields.String(required=True, validate=validate.Length(1, 500))


class BookingQuery(PageQuery):
    resource_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(STATES), metadata=_described("live: in force."))
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))
    starts_at = fields.AwareDateTime(load_default=None, metadata=_described("Only those that end after this."))
    ends_at = fields.AwareDateTime(load_default=None, metadata=_described("Only those that start before this."))
