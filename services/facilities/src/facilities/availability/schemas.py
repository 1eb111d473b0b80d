"""The search for what is free, over the API."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate


class Needs(fields.Field[dict[str, int]]):
    """``code:quantity,code:quantity``; a code alone means one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, int]:
        try:
            return parse_needs(str(value))
        except ValueError as error:
            raise ValidationError("Write code:quantity, separated by commas.") from error


def parse_needs(text: str) -> dict[str, int]:
    """ValueError when malformed, or when a quantity is not positive."""
    found: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        code, _, quantity = part.partition(":")
        found[code] = found.get(code, 0) + int(quantity or 1)
        if found[code] < 1:
            raise ValueError(part)
    return found


class AvailabilityQuery(Schema):
    class Meta:
        unknown = EXCLUDE

    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    minutes = fields.Integer(
        load_default=None,
        validate=validate.Range(5, 24 * 60),
        metadata={"description": "How long within the stretch; the whole stretch when left out."},
    )
    people = fields.Integer(load_default=None, validate=validate.Range(1, 100_000))
    needs = Needs(
        load_default=None,
        metadata={"type": "string", "description": "Units of pools that are needed, too: code:quantity,code:quantity."},
    )


class FreeRoomOut(Schema):
    resource_id = fields.UUID(attribute="resource.id")
    resource_code = fields.String(attribute="resource.code")
    resource_zh = fields.String(attribute="resource.name_zh")
    resource_en = fields.String(attribute="resource.name_en")
    capacity = fields.Integer(attribute="resource.capacity", allow_none=True)
    starts_at = fields.AwareDateTime(attribute="window.starts_at")
    ends_at = fields.AwareDateTime(attribute="window.ends_at")


class FreePoolOut(Schema):
    resource_id = fields.UUID(attribute="resource.id")
    resource_code = fields.String(attribute="resource.code")
    resource_zh = fields.String(attribute="resource.name_zh")
    resource_en = fields.String(attribute="resource.name_en")
    quantity = fields.Integer(attribute="resource.quantity")
    free = fields.Integer(metadata={"description": "Units that are free during the whole stretch."})


class AvailabilityOut(Schema):
    rooms = fields.List(fields.Nested(FreeRoomOut))
    pools = fields.List(fields.Nested(FreePoolOut))
