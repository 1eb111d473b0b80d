"""What the API gives of a report."""

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from shared.texts import N_
from welfare.amounts import yuan
from welfare.report.queries import EARLIEST, LATEST


class PeriodQuery(Schema):
    """``?from=2026-01-01&to=2026-12-31``: both days belong to the period."""

    class Meta:
        unknown = EXCLUDE

    first = fields.Date(
        data_key="from",
        required=True,
        validate=validate.Range(EARLIEST, LATEST),
        metadata={"description": "The first day."},
    )
    last = fields.Date(
        data_key="to",
        required=True,
        validate=validate.Range(EARLIEST, LATEST),
        metadata={"description": "The last day; it belongs to it."},
    )

    @validates_schema
    def check_order(self, data: dict[str, object], **_kwargs: object) -> None:
        if data["first"] > data["last"]:  # type: ignore[operator]
            raise ValidationError(N_("The period ends before it begins."), "to")


class FiguresOut(Schema):
    body = fields.String(allow_none=True, metadata={"description": "Null in the totals."})
    talks_received = fields.Integer(metadata={"description": "Talks held in the period."})
    disputes_settled = fields.Integer(metadata={"description": "Disputes settled by mediation in the period."})
    disputes_unsettled = fields.Integer(metadata={"description": "Disputes whose mediation failed in the period."})
    families_visited = fields.Integer(metadata={"description": "Distinct families with a home visit in the period."})
    families_helped = fields.Integer(metadata={"description": "Distinct families that were paid something."})
    amount_paid = yuan("Payments less reversals, from the ledger.")


class ReportOut(Schema):
    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    bodies = fields.List(fields.Nested(FiguresOut), metadata={"description": "The bodies that you may see."})
    totals = fields.Nested(FiguresOut, metadata={"description": "Of those bodies; a family counts once."})
