"""Figures of the first page, always through the wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.principal import Principal
from welfare import wall
from welfare.funds.models import FundEntry

MONTHS = 6


@dataclass(frozen=True)
class MonthPaid:
    """What was paid in a calendar month less what was taken back, in yuan; the month by its first day."""

    month: date
    amount: Decimal


def paid_by_month(session: Session, principal: Principal, today: date) -> Sequence[MonthPaid]:
    """The last six months, this one included, oldest first."""
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    query = select(FundEntry.day, FundEntry.amount).where(
        FundEntry.kind.in_(("payment", "reversal")), FundEntry.day >= months[0], FundEntry.day <= today
    )
    sums = dict.fromkeys(months, Decimal("0.00"))
    for day, amount in session.execute(wall.visible(query, principal)):
        sums[day.replace(day=1)] += amount
    return [MonthPaid(month, amount) for month, amount in sums.items()]
