"""Dues in requests and answers. Months are ``2026-11``, amounts strings with two decimals."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from membership.dues.rates import all_rates
from membership.dues.rules import METHODS
from shared.money import parse_yuan, yuan_text
from shared.refusal import Refused
from shared.web import Input, PageQuery

_CATEGORIES = validate.OneOf(list(all_rates()[-1].categories))


class Month(fields.String):
    """``2026-11`` as its first day."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else f"{value:%Y-%m}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return datetime.strptime(str(value), "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
        except ValueError as error:
            raise ValidationError("Not a valid month.") from error


class Yuan(fields.String):
    """Money as a string with two decimals."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else yuan_text(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return parse_yuan(value, zero=True)
        except Refused as refused:
            raise ValidationError(refused.reasons[0].text) from refused


class AssessmentOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    month = Month(required=True)
    category = fields.String(required=True)
    amount = Yuan(required=True)
    paid = Yuan(required=True)
    rates = fields.String(required=True, metadata={"description": "The version of the rates."})
    waiver_id = fields.UUID(required=True, allow_none=True)
    paid_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class DuesQuery(PageQuery):
    month = Month(load_default=None)
    organisation_id = fields.UUID(load_default=None)
    person_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(["open", "paid", "waived", "overdue"]))


class BaseIn(Input):
    person_id = fields.UUID(required=True)
    category = fields.String(required=True, validate=_CATEGORIES)
    base = Yuan(load_default=Decimal("0.00"), metadata={"description": "Monthly income after tax."})
    from_month = Month(required=True)


class BaseOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    category = fields.String(required=True)
    base = Yuan(required=True)
    from_month = Month(required=True)


class WaiverIn(Input):
    person_id = fields.UUID(required=True)
    first = Month(required=True)
    last = Month(required=True)
    reduced_to = Yuan(load_default=Decimal("0.00"))
    decided_on = fields.Date(required=True)
    reason = fields.String(required=True)


class WaiverOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    first_month = Month(required=True)
    last_month = Month(required=True)
    reduced_to = Yuan(required=True)
    decided_on = fields.Date(required=True)


class PaymentIn(Input):
    person_id = fields.UUID(required=True)
    amount = Yuan(required=True)
    paid_on = fields.Date(required=True)
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    reference = fields.String(load_default=None, allow_none=True, metadata={"description": "Unique; of a transfer."})


class PaymentOut(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True, metadata={"description": "Of the receipt."})
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True, metadata={"description": "The branch that received it."})
    amount = Yuan(required=True)
    paid_on = fields.Date(required=True)
    method = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    reversed_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Taken back; the number stays and counts for nothing."}
    )
    reversal_reason = fields.String(required=True, allow_none=True)


class ReversalIn(Input):
    reason = fields.String(required=True, metadata={"description": "5 to 300 characters."})
