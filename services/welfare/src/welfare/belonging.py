"""Whose the records are that addresses name: nobody outside its body learns that there is such a case."""

from typing import Any

from sqlalchemy import select

from shared.web import Belonging, Owned
from welfare.base import Base
from welfare.campaigns.models import Campaign
from welfare.disputes.models import Dispute
from welfare.funds.models import Fund
from welfare.relief.models import Disbursement, ReliefApplication
from welfare.talks.models import Talk
from welfare.wall import PASSED, noun_of


def _case(model: type[Base]) -> Owned:
    columns: Any = model.__table__.c
    owners = select(columns.id, columns.body).execution_options(**{PASSED: True})
    return Owned(owners, noun_of(model), confidential=True)


BELONGING = Belonging(
    {
        "application_id": _case(ReliefApplication),
        "dispute_id": _case(Dispute),
        "talk_id": _case(Talk),
        "campaign_id": _case(Campaign),
        "fund_id": _case(Fund),
        "disbursement_id": _case(Disbursement),
    }
)
