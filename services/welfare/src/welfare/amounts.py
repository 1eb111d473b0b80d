"""Money in requests and answers: a string of yuan with two decimals."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from shared.money import parse_yuan, yuan_text
from shared.refusal import Refused


class Yuan(fields.Field[Decimal]):
    """``"2000.00"``. Numbers of JSON are refused: they are floats on the way."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else yuan_text(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            return parse_yuan(value)
        except Refused as refused:
            raise ValidationError(refused.reasons[0].text) from refused


def yuan(meaning: str, **more: Any) -> Yuan:
    """A field of money for schemas."""
    described = {"description": f"{meaning} In yuan, with two decimals.", "type": "string", "example": "2000.00"}
    return Yuan(metadata=described, **more)
