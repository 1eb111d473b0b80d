"""Reading dues: of a month, of a person, what is overdue, who has no base."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from membership.dues.models import DuesAssessment, DuesBase, DuesPayment, DuesReceiptNumber, DuesWaiver
from membership.dues.rules import due_on, first_of_month
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.searching import contains
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("payment")
PAYING_ROLES = ("member", "probationary-member")
RECEIPT_DIGITS = 6


@dataclass(frozen=True)
class Sums:
    """Figures of a month: how many members are assessed, what they owe and what came in."""

    count: int
    amount: Decimal
    paid: Decimal

    @property
    def open(self) -> Decimal:
        return self.amount - self.paid


def assessments(
    *,
    month: date | None = None,
    organisation_id: UUID | None = None,
    person_id: UUID | None = None,
    state: str | None = None,
    text: str | None = None,
    today: date,
) -> Select[Any]:
    """Assessments by month, branch, person and state: open, paid, waived or overdue."""
    query = select(DuesAssessment)
    for column, value in (
        (DuesAssessment.month, month),
        (DuesAssessment.organisation_id, organisation_id),
        (DuesAssessment.person_id, person_id),
    ):
        if value is not None:
            query = query.where(column == value)
    is_open = DuesAssessment.paid < DuesAssessment.amount
    if state == "open":
        query = query.where(is_open)
    elif state == "paid":
        query = query.where(DuesAssessment.amount > Decimal(), DuesAssessment.paid == DuesAssessment.amount)
    elif state == "waived":
        query = query.where(DuesAssessment.waiver_id.is_not(None))
    elif state == "overdue":
        query = query.where(is_open, DuesAssessment.month < first_of_month(today))
    if text and text.strip():
        query = query.where(DuesAssessment.person_id.in_(select(Person.id).where(contains(Person.name, text))))
    return query


def sums(session: Session, month: date) -> Sums:
    query = select(func.count(DuesAssessment.id), func.sum(DuesAssessment.amount), func.sum(DuesAssessment.paid)).where(
        DuesAssessment.month == month
    )
    count, amount, paid = session.execute(query).one()
    return Sums(count, amount or Decimal(), paid or Decimal())


def overdue_count(session: Session, today: date) -> int:
    """How many people owe something for a month that is over."""
    overdue = assessments(state="overdue", today=today).subquery()
    return session.scalar(select(func.count(func.distinct(overdue.c.person_id)))) or 0


def without_base(session: Session, month: date) -> Sequence[Person]:
    """Members of that month who cannot be assessed because nobody entered what their dues are reckoned from."""
    based = select(DuesBase.person_id).where(DuesBase.from_month <= month)
    query = select(Person).where(Person.id.in_(paying(month)), Person.id.not_in(based))
    return session.scalars(query.order_by(Person.name, Person.id).limit(200)).all()


def paying(month: date) -> Select[Any]:
    """The people who owe dues for a month: members of a branch on its first day, on probation or not."""
    return (
        select(Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.kind == "party-branch", Membership.role.in_(PAYING_ROLES), holds_on(month))
    )


def bases_for(session: Session, people: Sequence[UUID], month: date) -> Mapping[UUID, DuesBase]:
    """The base that holds in that month, by person."""
    query = select(DuesBase).where(DuesBase.person_id.in_(people), DuesBase.from_month <= month)
    return {row.person_id: row for row in session.scalars(query.order_by(DuesBase.from_month))}


def waivers_for(session: Session, people: Sequence[UUID], month: date) -> Mapping[UUID, DuesWaiver]:
    query = select(DuesWaiver).where(
        DuesWaiver.person_id.in_(people), DuesWaiver.first_month <= month, DuesWaiver.last_month >= month
    )
    return {row.person_id: row for row in session.scalars(query)}


def bases_of(session: Session, person_id: UUID) -> Sequence[DuesBase]:
    query = select(DuesBase).where(DuesBase.person_id == person_id)
    return session.scalars(query.order_by(DuesBase.from_month.desc())).all()


def waivers_of(session: Session, person_id: UUID) -> Sequence[DuesWaiver]:
    query = select(DuesWaiver).where(DuesWaiver.person_id == person_id)
    return session.scalars(query.order_by(DuesWaiver.first_month.desc())).all()


def payments_of(session: Session, person_id: UUID) -> Sequence[DuesPayment]:
    query = select(DuesPayment).where(DuesPayment.person_id == person_id)
    return session.scalars(query.order_by(DuesPayment.id.desc()).limit(60)).all()


def open_months(person_id: UUID) -> Select[Any]:
    """What somebody still owes, the oldest month first."""
    owed = DuesAssessment.paid < DuesAssessment.amount
    return select(DuesAssessment).where(DuesAssessment.person_id == person_id, owed).order_by(DuesAssessment.month)


def next_receipt(session: Session, year: int) -> str:
    """The number that the next payment gets, unless somebody enters another one first."""
    last = session.scalar(select(DuesReceiptNumber.last).where(DuesReceiptNumber.year == year)) or 0
    return f"{year}-{last + 1:0{RECEIPT_DIGITS}d}"


def reference_known(session: Session, reference: str) -> bool:
    """Whether a payment that stands has this reference."""
    return session.scalar(select(DuesPayment.id).where(DuesPayment.reference == reference)) is not None


def get_payment(session: Session, payment_id: UUID) -> DuesPayment:
    """NotFound when there is none."""
    found = session.get(DuesPayment, payment_id)
    if found is None:
        raise NotFound(NOUN)
    return found


def event_data(assessment: DuesAssessment) -> dict[str, Any]:
    """What dues.due, dues.paid and dues.snapshot say."""
    return {
        "assessment_id": assessment.id,
        "person_id": assessment.person_id,
        "organisation_id": assessment.organisation_id,
        "month": f"{assessment.month:%Y-%m}",
        "amount": f"{assessment.amount:.2f}",
        "due_on": due_on(assessment.month),
        "paid_on": assessment.paid_on,
    }
