"""Figures of the first page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from membership.development.models import DevelopmentFile, DevelopmentStep
from membership.development.months import add_months
from membership.dues.models import DuesWaiver
from membership.dues.queries import sums
from membership.floating.models import FloatingStay
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.organisations.models import Organisation
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


def pending_count(session: Session) -> int:
    return session.scalar(select(func.count(Transfer.id)).where(Transfer.state == "requested")) or 0


@dataclass(frozen=True)
class MonthFigures:
    """What happened in the Party since the first of the month."""

    opened: int
    stages: int
    admitted: int
    transferred: int
    assessed: Decimal
    paid: Decimal


def month_figures(session: Session, today: date) -> MonthFigures:
    first = today.replace(day=1)

    def count(query: Any) -> int:
        return session.scalar(query) or 0

    stages = select(func.count(DevelopmentStep.id)).where(
        DevelopmentStep.held_on >= first, DevelopmentStep.held_on <= today, DevelopmentStep.passed
    )
    dues = sums(session, first)
    return MonthFigures(
        opened=count(select(func.count(DevelopmentFile.id)).where(DevelopmentFile.opened_on >= first)),
        stages=count(stages),
        admitted=count(stages.where(DevelopmentStep.step == "approval")),
        transferred=count(select(func.count(Transfer.id)).where(Transfer.accepted_on >= first)),
        assessed=dues.amount,
        paid=dues.paid,
    )


@dataclass(frozen=True)
class AgeBand:
    """Party members of these ages today; ``last`` None: and older, ``first`` None: no birth date on record."""

    first: int | None
    last: int | None
    full: int
    growing: int


_BANDS: Sequence[tuple[int, int | None]] = ((18, 25), (26, 35), (36, 45), (46, 55), (56, 65), (66, None))
_GROWING = ("probationary-member", "activist")


def age_pyramid(session: Session, today: date) -> list[AgeBand]:
    """Full members on one side, probationary members and activists on the other, the youngest first."""
    ages = [
        (add_months(today, -12 * (last + 1)) if last else None, add_months(today, -12 * first))
        for first, last in _BANDS
    ]
    place = case(
        *[
            (
                (Person.birth_on <= youngest)
                if oldest is None
                else (Person.birth_on > oldest) & (Person.birth_on <= youngest),
                number,
            )
            for number, (oldest, youngest) in enumerate(ages)
        ],
        else_=len(_BANDS),
    )
    query = (
        select(
            place.label("band"),
            (Membership.role == "member").label("is_full"),
            func.count(func.distinct(Membership.person_id)),
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.body == "party", Membership.role.in_(("member", *_GROWING)), holds_on(today))
        .join(Organisation, (Organisation.id == Membership.organisation_id) & (Organisation.kind == "party-branch"))
        .group_by("band", "is_full")
    )
    found = {(row[0], bool(row[1])): row[2] for row in session.execute(query)}
    bands = [
        AgeBand(*_BANDS[number], found.get((number, True), 0), found.get((number, False), 0))
        for number in range(len(_BANDS))
    ]
    unknown = AgeBand(None, None, found.get((len(_BANDS), True), 0), found.get((len(_BANDS), False), 0))
    return [*bands, unknown] if unknown.full or unknown.growing else bands


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
    return session.scalars(query.order_by(DuesWaiver.last_month, DuesWaiver.id)).all()


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
