"""Figures of the first page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from membership.development.models import DevelopmentFile
from membership.development.months import add_months
from membership.dues.models import DuesWaiver
from membership.floating.models import FloatingStay
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.people.models import Person
from membership.transfers.models import Transfer


@dataclass(frozen=True)
class MonthCount:
    """How many full and probationary members there were on the last day of a month, or today."""

    day: date
    full: int
    probationary: int


def people_count(session: Session) -> int:
    return session.scalar(select(func.count(Person.id)).where(Person.erased_at.is_(None))) or 0


def pending_transfers(session: Session, limit: int = 20) -> Sequence[Transfer]:
    """The longest pending first."""
    query = select(Transfer).where(Transfer.state == "requested").order_by(Transfer.requested_on, Transfer.id)
    return session.scalars(query.limit(limit)).all()


def one_ended_stays(session: Session) -> int:
    """Floating members whom the other end has not registered."""
    query = select(func.count(FloatingStay.id)).where(
        FloatingStay.ended_on.is_(None),
        FloatingStay.home_registered_on.is_(None) | FloatingStay.host_registered_on.is_(None),
    )
    return session.scalar(query) or 0


def ending_waivers(session: Session, today: date) -> Sequence[DuesWaiver]:
    """Waivers whose last month is this one or the next: somebody decides anew, or the full amount falls due."""
    query = select(DuesWaiver).where(
        DuesWaiver.last_month >= today.replace(day=1), DuesWaiver.last_month <= add_months(today, 1)
    )
    return session.scalars(query.order_by(DuesWaiver.last_month, DuesWaiver.id).limit(20)).all()


def stage_counts(session: Session) -> Mapping[str, int]:
    """Open files by the stage that they have reached."""
    query = select(DevelopmentFile.stage, func.count(DevelopmentFile.id)).where(DevelopmentFile.state == "open")
    return {row[0]: row[1] for row in session.execute(query.group_by(DevelopmentFile.stage))}


def member_trend(session: Session, today: date, months: int = 12) -> list[MonthCount]:
    """Party members month by month up to today, counted from the periods as of each day."""
    days = [add_months(today.replace(day=1), -back + 1) - timedelta(days=1) for back in range(months, 0, -1)]
    counts = []
    for day in [*days[1:], today]:
        query = (
            select(Membership.role, func.count(func.distinct(Membership.person_id)))
            .where(Membership.body == "party", Membership.role.in_(("member", "probationary-member")), holds_on(day))
            .group_by(Membership.role)
        )
        found = {row[0]: row[1] for row in session.execute(query)}
        counts.append(MonthCount(day, found.get("member", 0), found.get("probationary-member", 0)))
    return counts
