"""What the centre did in a period, from its own records."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from shared.principal import Principal
from welfare.disputes.queries import count_closed
from welfare.funds.queries import paid_by_body
from welfare.relief.queries import families_helped, families_visited
from welfare.talks.queries import count_held

ZERO = Decimal("0.00")
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days that a period may begin and end with."""


@dataclass(frozen=True)
class Figures:
    """``amount_paid`` in yuan, payments less reversals; ``body`` is None for the totals."""

    body: str | None
    talks_received: int
    disputes_settled: int
    disputes_unsettled: int
    families_visited: int
    families_helped: int
    amount_paid: Decimal


@dataclass(frozen=True)
class PeriodReport:
    """``first`` and ``last`` both belong to the period. Totals count a family once, whoever visited or helped it."""

    first: date
    last: date
    bodies: tuple[Figures, ...]
    totals: Figures


def period_report(session: Session, principal: Principal, first: date, last: date, zone: ZoneInfo) -> PeriodReport:
    """Figures of the bodies whose cases the principal may see, and their totals; nothing of the other bodies.

    A talk counts on the centre's day on which it began, a dispute on the day it ended, a visit on its own day, and
    money on its day in the ledger: a pay-out that is taken back later lowers the later period.
    """
    since = datetime.combine(first, time(), zone)
    before = datetime.combine(last + timedelta(days=1), time(), zone)
    talks = count_held(session, principal, since, before)
    settled = count_closed(session, principal, "settled", first, last)
    unsettled = count_closed(session, principal, "unsettled", first, last)
    visited = families_visited(session, principal, first, last)
    helped = families_helped(session, principal, first, last)
    paid = paid_by_body(session, principal, first, last)
    rows = tuple(
        Figures(
            body,
            talks.get(body, 0),
            settled.get(body, 0),
            unsettled.get(body, 0),
            len(visited.get(body, ())),
            len(helped.get(body, ())),
            paid.get(body, ZERO),
        )
        for body in principal.bodies()
    )
    totals = Figures(
        None,
        sum(row.talks_received for row in rows),
        sum(row.disputes_settled for row in rows),
        sum(row.disputes_unsettled for row in rows),
        len(set().union(*visited.values())),
        len(set().union(*helped.values())),
        sum((row.amount_paid for row in rows), ZERO),
    )
    return PeriodReport(first, last, rows, totals)
