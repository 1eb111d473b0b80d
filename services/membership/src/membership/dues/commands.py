"""Bases, waivers, the monthly assessments and payments. For officers of the Party office."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from membership.dues.models import (
    DuesAssessment,
    DuesBase,
    DuesPayment,
    DuesPaymentLine,
    DuesReceiptNumber,
    DuesWaiver,
)
from membership.dues.queries import PAYING_ROLES, RECEIPT_DIGITS, bases_for, event_data, open_months, waivers_for
from membership.dues.rates import rates_on
from membership.dues.rules import (
    METHODS,
    Owed,
    assessed,
    base_reasons,
    first_of_month,
    spread,
    waiver_reasons,
)
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.numbering import next_number
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.published_party import dues_due, dues_paid
from membership.refusals import refused_by
from membership.settings import Centre
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused
from shared.texts import N_

BODY = "party"
BATCH = 200


def set_base(work: UnitOfWork, person_id: UUID, *, category: str, base: Decimal, from_month: date) -> DuesBase:
    """From a month on, dues are reckoned from this. Entering the same month again replaces it.

    Months that are assessed already stay as they are.
    """
    work.actor.demand("officer", BODY)
    month = first_of_month(from_month)
    _person(work, person_id)
    reasons = base_reasons(rates_on(month), category, base)
    if reasons:
        raise Refused.many(reasons)
    query = select(DuesBase).where(DuesBase.person_id == person_id, DuesBase.from_month == month).with_for_update()
    row = work.session.scalars(query).one_or_none()
    if row is None:
        row = DuesBase(id=new_id(), person_id=person_id, from_month=month)
        work.session.add(row)
    row.category, row.base = category, base
    row.recorded_by, row.recorded_at = work.actor.name[:120], work.now
    work.session.flush()
    work.audit("dues-base-set", f"person/{person_id}", month=f"{month:%Y-%m}", category=category)
    return row


def grant_waiver(
    work: UnitOfWork,
    person_id: UUID,
    *,
    first: date,
    last: date,
    reduced_to: Decimal,
    decided_on: date,
    reason: str,
    centre: Centre,
) -> DuesWaiver:
    """The branch decided to ask for less in hardship, until a month. It also lowers what is open of those months."""
    work.actor.demand("manager", BODY)
    first, last = first_of_month(first), first_of_month(last)
    _person(work, person_id)
    reasons = waiver_reasons(first, last, decided_on, reason, centre.today(work.now))
    if reasons:
        raise Refused.many(reasons)
    waiver = DuesWaiver(
        id=new_id(),
        person_id=person_id,
        first_month=first,
        last_month=last,
        reduced_to=reduced_to,
        decided_on=decided_on,
        reason=reason.strip(),
        recorded_by=work.actor.name[:120],
        recorded_at=work.now,
    )
    with refused_by(work.session, _OVERLAP):
        work.session.add(waiver)
    open_ones = select(DuesAssessment).where(
        DuesAssessment.person_id == person_id,
        DuesAssessment.month >= first,
        DuesAssessment.month <= last,
        DuesAssessment.paid < DuesAssessment.amount,
    )
    for one in work.session.scalars(open_ones.order_by(DuesAssessment.month).with_for_update()):
        one.amount = max(min(one.amount, reduced_to), one.paid)
        one.waiver_id = waiver.id
        one.version += 1
        if one.amount == one.paid:
            one.paid_on = decided_on
            work.record(dues_paid, one.id, event_data(one))
    work.session.flush()
    work.audit("dues-waived", f"person/{person_id}", months=f"{first:%Y-%m} – {last:%Y-%m}")
    return waiver


def generate_month(work: UnitOfWork, month: date) -> int:
    """Assess up to BATCH members who are not assessed for that month yet; how many were. Twice adds nothing.

    Two processes at a time add nothing twice either: the pair of person and month is unique.
    """
    work.actor.demand("officer", BODY)
    month = first_of_month(month)
    there = select(DuesAssessment.person_id).where(DuesAssessment.month == month)
    based = select(DuesBase.person_id).where(DuesBase.from_month <= month)
    query = (
        select(Membership.person_id, Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.kind == "party-branch", Membership.role.in_(PAYING_ROLES), holds_on(month))
        .where(Membership.person_id.not_in(there), Membership.person_id.in_(based))
        .order_by(Membership.person_id, Membership.start_on)
        .limit(BATCH)
    )
    branches = {row[0]: row[1] for row in work.session.execute(query)}
    bases = bases_for(work.session, list(branches), month)
    waivers = waivers_for(work.session, list(branches), month)
    rates = rates_on(month)
    insert = insert_on(dialect_of(work.session))
    made = 0
    for person_id, organisation_id in branches.items():
        base, waiver = bases[person_id], waivers.get(person_id)
        values = {
            "id": new_id(),
            "person_id": person_id,
            "organisation_id": organisation_id,
            "month": month,
            "category": base.category,
            "base": base.base,
            "amount": assessed(rates, base.category, base.base, waiver.reduced_to if waiver else None),
            "paid": Decimal(),
            "rates": rates.version,
            "waiver_id": waiver.id if waiver else None,
            "version": 1,
            "created_at": work.now,
        }
        statement = insert(DuesAssessment).values(values).on_conflict_do_nothing(index_elements=["person_id", "month"])
        added = work.session.scalar(statement.returning(DuesAssessment.id))
        if added is not None:
            made += 1
            if values["amount"] > 0:
                work.record(dues_due, added, event_data(work.session.get_one(DuesAssessment, added)))
    if made:
        work.audit("dues-generated", f"dues/{month:%Y-%m}", count=made)
    return made


def pay_dues(
    work: UnitOfWork,
    person_id: UUID,
    *,
    amount: Decimal,
    paid_on: date,
    method: str,
    reference: str | None = None,
    centre: Centre,
) -> DuesPayment:
    """Money came in; it settles the oldest months first. Refused when it is more than what is open.

    A reference that is known already is refused, so that no transfer is entered twice.
    """
    work.actor.demand("officer", BODY)
    _person(work, person_id)
    query = open_months(person_id).with_for_update()
    rows = {row.id: row for row in work.session.scalars(query)}
    today = centre.today(work.now)
    parts, reference = settled(
        list(rows.values()), amount=amount, paid_on=paid_on, method=method, reference=reference, today=today
    )
    payment = DuesPayment(
        id=new_id(),
        number=next_number(work, DuesReceiptNumber, today.year, digits=RECEIPT_DIGITS),
        person_id=person_id,
        organisation_id=rows[parts[-1][0].assessment_id].organisation_id,
        amount=amount,
        paid_on=paid_on,
        method=method,
        reference=reference,
        recorded_by=work.actor.name[:120],
        recorded_by_id=work.actor.id,
        recorded_at=work.now,
    )
    with refused_by(work.session, _REFERENCE):
        work.session.add(payment)
    for owed, part in parts:
        row = rows[owed.assessment_id]
        row.paid += part
        row.version += 1
        work.session.add(DuesPaymentLine(payment_id=payment.id, assessment_id=row.id, amount=part))
        if row.open == 0:
            row.paid_on = paid_on
            work.record(dues_paid, row.id, event_data(row))
    work.session.flush()
    work.session.refresh(payment)
    work.audit("dues-payment", f"person/{person_id}", number=payment.number)
    return payment


def settled(
    rows: Sequence[DuesAssessment],
    *,
    amount: Decimal,
    paid_on: date,
    method: str,
    reference: str | None,
    today: date,
) -> tuple[list[tuple[Owed, Decimal]], str | None]:
    """What a payment would settle of these open months, and its reference as it is kept. Refused as a payment is."""
    parts, reasons = spread(amount, [Owed(row.id, row.month, row.open) for row in rows])
    if method not in METHODS:
        reasons.append(Reason("method-unknown", N_("There is no such way to pay."), "method"))
    if paid_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "paid_on"))
    reference = (reference or "").strip() or None
    if reference is not None and len(reference) > 60:
        reasons.append(Reason("reference-length", N_("A reference has at most 60 characters."), "reference"))
    if reasons:
        raise Refused.many(reasons)
    return parts, reference


def _person(work: UnitOfWork, person_id: UUID) -> Person:
    person: Person | None = work.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person


KNOWN = Reason("reference-known", N_("A payment with this reference is entered already."), "reference")
_REFERENCE = {"uq_dues_payments_reference": KNOWN, "dues_payments.reference": KNOWN}
_OVERLAP = {
    "ex_dues_waivers_overlap": Reason("waiver-overlaps", N_("A waiver holds in some of these months already."), "first")
}
