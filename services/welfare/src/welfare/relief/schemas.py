"""What the API takes and gives of relief applications and pay-outs."""

from marshmallow import Schema, fields, validate

from shared.principal import BODIES
from shared.web import Input, PageQuery
from welfare.amounts import yuan
from welfare.confidential.texts import LONGEST
from welfare.relief.rules import OCCASIONS, REVERSAL_REASONS, STATES


def _sealed(meaning: str) -> fields.String:
    return fields.String(validate=validate.Length(max=LONGEST), metadata={"description": f"{meaning} Sealed."})


class ReliefQuery(PageQuery):
    body = fields.String(load_default=None, metadata={"description": "Only those of one body."})
    state = fields.String(load_default=None, validate=validate.OneOf((*STATES, "open")))
    fund_id = fields.UUID(load_default=None, metadata={"description": "Only those that ask this fund."})
    campaign_id = fields.UUID(load_default=None, metadata={"description": "Only those of this campaign."})
    person_id = fields.UUID(load_default=None, metadata={"description": "Only those of this applicant."})
    q = fields.String(load_default=None, metadata={"description": "Part of the applicant's name."})


class ReliefIn(Input):
    body = fields.String(required=True, validate=validate.OneOf(BODIES))
    person_id = fields.UUID(required=True, metadata={"description": "Who applies; the household is looked up."})
    fund_id = fields.UUID(required=True)
    campaign_id = fields.UUID(allow_none=True, metadata={"description": "An open campaign of the same body."})
    amount_asked = yuan("What the family asks for.", required=True)
    occasion = fields.String(required=True, validate=validate.OneOf(OCCASIONS))
    submitted_on = fields.Date(metadata={"description": "Today unless given."})
    circumstances = _sealed("Why.")


class ReliefChange(Input):
    """Whatever is given is changed; an approval that was given ends with it."""

    fund_id = fields.UUID()
    campaign_id = fields.UUID(allow_none=True, metadata={"description": "Null takes it out of its campaign."})
    amount_asked = yuan("What the family asks for.")
    occasion = fields.String(validate=validate.OneOf(OCCASIONS))
    circumstances = _sealed("Why.")


class VisitIn(Input):
    visited_on = fields.Date(required=True)
    finding = _sealed("What was found.")


class ApprovalIn(Input):
    amount = yuan("What is granted; without it, what was asked for.")


class DisbursementIn(Input):
    relief_application_id = fields.UUID(required=True)
    amount = yuan("Where given, exactly what was approved.")
    paid_on = fields.Date(metadata={"description": "Today unless given."})
    receipt = fields.String(validate=validate.Length(max=60), metadata={"description": "Number of the receipt."})


class ReversalIn(Input):
    reason = fields.String(required=True, validate=validate.OneOf(REVERSAL_REASONS))


class VisitOut(Schema):
    id = fields.UUID()
    visited_on = fields.Date()
    visitor_name = fields.String()


class DecisionOut(Schema):
    outcome = fields.String()
    amount = yuan("What was granted.", allow_none=True)
    decided_on = fields.Date()
    approver_name = fields.String()
    voided_at = fields.AwareDateTime(allow_none=True)


class DisbursementOut(Schema):
    id = fields.UUID()
    relief_application_id = fields.UUID()
    body = fields.String()
    fund_id = fields.UUID()
    amount = yuan("What was paid.")
    paid_on = fields.Date()
    paid_by_name = fields.String()
    receipt = fields.String(allow_none=True)
    reversed_on = fields.Date(allow_none=True)
    reversal_reason = fields.String(allow_none=True)


class ReliefOut(Schema):
    id = fields.UUID()
    body = fields.String()
    person_id = fields.UUID()
    household_id = fields.UUID(allow_none=True)
    fund_id = fields.UUID()
    campaign_id = fields.UUID(allow_none=True)
    occasion = fields.String()
    amount_asked = yuan("What the family asks for.")
    state = fields.String()
    submitted_on = fields.Date()
    closed_on = fields.Date(allow_none=True)
    drafted_by_name = fields.String()
    visits = fields.List(fields.Nested(VisitOut))
    decisions = fields.List(fields.Nested(DecisionOut))
    disbursement = fields.Nested(DisbursementOut, allow_none=True)
    version = fields.Integer()
