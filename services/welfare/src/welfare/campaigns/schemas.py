"""What the API takes and gives of campaigns."""

from marshmallow import Schema, fields, validate

from shared.principal import BODIES
from shared.web import Input, PageQuery
from welfare.amounts import yuan
from welfare.campaigns.models import LONGEST_PURPOSE
from welfare.campaigns.rules import STATES

_FIRST = {"description": "The first day; it belongs to the campaign."}
_LAST = {"description": "The last day; it belongs to the campaign."}
_FUND = {"description": "Where given, every application of the campaign asks this fund."}


class CampaignQuery(PageQuery):
    body = fields.String(load_default=None, metadata={"description": "Only those of one body."})
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    q = fields.String(load_default=None, metadata={"description": "Part of either name."})


class CampaignIn(Input):
    body = fields.String(required=True, validate=validate.OneOf(BODIES))
    name_zh = fields.String(required=True, validate=validate.Length(1, 120))
    name_en = fields.String(required=True, validate=validate.Length(1, 120))
    purpose = fields.String(validate=validate.Length(max=LONGEST_PURPOSE))
    starts_on = fields.Date(required=True, metadata=_FIRST)
    ends_on = fields.Date(required=True, metadata=_LAST)
    fund_id = fields.UUID(allow_none=True, metadata=_FUND)


class CampaignChange(Input):
    """Whatever is given is changed. Once the campaign is open, its first day and its fund stay."""

    name_zh = fields.String(validate=validate.Length(1, 120))
    name_en = fields.String(validate=validate.Length(1, 120))
    purpose = fields.String(validate=validate.Length(max=LONGEST_PURPOSE))
    starts_on = fields.Date(metadata=_FIRST)
    ends_on = fields.Date(metadata=_LAST)
    fund_id = fields.UUID(allow_none=True, metadata=_FUND)


class CampaignOut(Schema):
    id = fields.UUID()
    body = fields.String(attribute="campaign.body")
    name_zh = fields.String(attribute="campaign.name_zh")
    name_en = fields.String(attribute="campaign.name_en")
    purpose = fields.String(attribute="campaign.purpose")
    starts_on = fields.Date(attribute="campaign.starts_on", metadata=_FIRST)
    ends_on = fields.Date(attribute="campaign.ends_on", metadata=_LAST)
    fund_id = fields.UUID(attribute="campaign.fund_id", allow_none=True, metadata=_FUND)
    state = fields.String(attribute="campaign.state", metadata={"description": "planned, open or closed"})
    opened_on = fields.Date(attribute="campaign.opened_on", allow_none=True)
    closed_on = fields.Date(attribute="campaign.closed_on", allow_none=True)
    families_helped = fields.Integer(
        attribute="figures.families", metadata={"description": "Distinct families that were paid something under it."}
    )
    amount_paid = yuan("Payments less reversals, from the ledger.", attribute="figures.amount")
    cases_waiting = fields.Integer(
        attribute="figures.waiting", metadata={"description": "Its applications that have not come to an end."}
    )
    version = fields.Integer(attribute="campaign.version")
