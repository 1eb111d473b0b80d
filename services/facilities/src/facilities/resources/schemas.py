"""Resources over the API."""

from marshmallow import Schema, fields, validate

from facilities.resources.models import KINDS
from shared.web import Input, PageQuery


def _described(text: str) -> dict[str, str]:
    return {"description": text}


class ResourceOut(Schema):
    id = fields.UUID()
    code = fields.String(metadata=_described("Stable short name, e.g. activity."))
    kind = fields.String(metadata=_described("room, equipment or books."))
    name_zh = fields.String()
    name_en = fields.String()
    subject_zh = fields.String(allow_none=True)
    subject_en = fields.String(allow_none=True)
    capacity = fields.Integer(allow_none=True, metadata=_described("People a room takes."))
    quantity = fields.Integer(metadata=_described("Units of a pool; 1 for a room."))
    confidential = fields.Boolean(metadata=_described("Its bookings only say Busy."))
    needs_approval = fields.Boolean(metadata=_described("Officers' bookings wait for a manager."))
    after_hours_needs_duty = fields.Boolean()
    minutes_before = fields.Integer(metadata=_described("Blocked before each use."))
    minutes_after = fields.Integer(metadata=_described("Blocked after each use."))
    opening = fields.Raw(
        allow_none=True,
        metadata=_described("Seven days, Monday first: [opens, closes] or null for closed. Null: always open."),
    )
    time_zone = fields.String()
    active = fields.Boolean()
    version = fields.Integer()


class ResourceChange(Input):
    name_zh = fields.String(validate=validate.Length(1, 120))
    name_en = fields.String(validate=validate.Length(1, 120))
    subject_zh = fields.String(allow_none=True, validate=validate.Length(max=60))
    subject_en = fields.String(allow_none=True, validate=validate.Length(max=60))
    capacity = fields.Integer(allow_none=True, validate=validate.Range(1, 100_000))
    quantity = fields.Integer(validate=validate.Range(1, 1_000_000))
    needs_approval = fields.Boolean()
    after_hours_needs_duty = fields.Boolean()
    minutes_before = fields.Integer()
    minutes_after = fields.Integer()
    opening = fields.List(
        fields.List(fields.String(), allow_none=True), allow_none=True, metadata=_described("See ResourceOut.")
    )
    active = fields.Boolean()


class ResourceIn(ResourceChange):
    code = fields.String(required=True, validate=validate.Length(1, 60))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name_zh = fields.String(required=True, validate=validate.Length(1, 120))
    name_en = fields.String(required=True, validate=validate.Length(1, 120))
    confidential = fields.Boolean()

    class Meta(Input.Meta):
        exclude = ("active",)


class ResourceQuery(PageQuery):
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    q = fields.String(load_default=None, metadata=_described("Part of a name or code."))
    active = fields.Boolean(load_default=None, allow_none=True)
