"""Many payments from one table, all of them or none. A reference that is known already changes nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.dues.commands import pay_dues
from membership.dues.models import DuesAssessment, DuesPayment
from membership.imports.reading import CellError, CsvFile, CsvRow, read
from membership.imports.rows import date_of
from membership.people import id_numbers, phones, sealing
from membership.people.models import Person
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.money import parse_yuan
from shared.refusal import Reason, Refused
from shared.texts import N_

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "name"),
    "id_number": ("身份证号", "身份证号码", "idnumber", "idno"),
    "phone": ("手机", "手机号", "手机号码", "phone", "mobile"),
    "amount": ("金额", "缴纳金额", "amount"),
    "paid_on": ("日期", "缴纳日期", "paidon", "date"),
    "reference": ("凭证号", "流水号", "reference", "transaction"),
}
REQUIRED = ("name", "amount", "paid_on", "reference")


@dataclass(frozen=True)
class PaymentRow:
    number: int
    person_id: UUID
    amount: Decimal
    paid_on: date
    reference: str


@dataclass(frozen=True)
class PaymentPlan:
    """``known`` counts the rows whose reference is entered already."""

    file: CsvFile
    rows: Sequence[PaymentRow]
    errors: Sequence[CellError]
    known: int


def plan_payments(session: Session, content: bytes, *, centre: Centre, today: date) -> PaymentPlan:
    """What importing the file would do, with all errors of all rows. Refused when it cannot be read at all."""
    file = read(content, COLUMNS, REQUIRED)
    errors = list(file.errors)
    references = [row.cells.get("reference", "") for row in file.rows]
    known = set(session.scalars(select(DuesPayment.reference).where(DuesPayment.reference.in_(references))))
    rows: list[PaymentRow] = []
    seen: set[str] = set()
    skipped = 0
    for row in file.rows:
        reference = row.cells.get("reference", "")
        if reference in known:
            skipped += 1
            continue
        found, wrong = _row(session, row, centre, today)
        if reference and reference in seen:
            wrong.append(("reference", Reason("twice-in-file", N_("The file has this reference twice."))))
        seen.add(reference)
        errors += [CellError(row.number, column, reason) for column, reason in wrong]
        if found is not None:
            rows.append(found)
    errors += _more_than_owed(session, rows)
    return PaymentPlan(file, rows, sorted(errors, key=lambda error: error.row), skipped)


def import_payments(work: UnitOfWork, content: bytes, *, centre: Centre) -> tuple[int, int]:
    """Enter every payment of the file, or none; how many were entered, and how many were known already."""
    work.actor.demand("officer", "party")
    plan = plan_payments(work.session, content, centre=centre, today=centre.today(work.now))
    if plan.errors:
        raise Refused.many([error.reason for error in plan.errors])
    for row in plan.rows:
        pay_dues(
            work,
            row.person_id,
            amount=row.amount,
            paid_on=row.paid_on,
            method="transfer",
            reference=row.reference,
            centre=centre,
        )
    work.audit("dues-imported", "dues/import", count=len(plan.rows), known=plan.known)
    return len(plan.rows), plan.known


def _row(
    session: Session, row: CsvRow, centre: Centre, today: date
) -> tuple[PaymentRow | None, list[tuple[str | None, Reason]]]:
    wrong: list[tuple[str | None, Reason]] = []
    amount = Decimal()
    try:
        amount = parse_yuan(re.sub(r"[¥￥,，\s元]", "", row.cells.get("amount", "")))
    except Refused as refused:
        wrong.append(("amount", refused.reasons[0]))
    paid_on = date_of(row.cells.get("paid_on", ""))
    if paid_on is None or paid_on > today:
        wrong.append(("paid_on", Reason("date-invalid", N_("This is no date, or it has not come yet."))))
    reference = row.cells.get("reference", "")
    if not 1 <= len(reference) <= 60:
        wrong.append(("reference", Reason("reference-length", N_("A reference has 1 to 60 characters."))))
    people = _people(session, row, centre)
    if len(people) != 1:
        text = N_("Nobody, or more than one person, is registered like this: add the ID number or phone.")
        wrong.append(("name", Reason("person-unclear", text)))
    if wrong or paid_on is None:
        return None, wrong
    return PaymentRow(row.number, people[0].id, amount, paid_on, reference), []


def _people(session: Session, row: CsvRow, centre: Centre) -> Sequence[Person]:
    query = select(Person).where(Person.name == row.cells.get("name", "")).limit(2)
    if row.cells.get("id_number"):
        number = id_numbers.normalised(row.cells["id_number"])
        query = query.where(Person.id_number_index == sealing.number_index(centre, number))
    if row.cells.get("phone"):
        query = query.where(Person.phone == phones.e164(row.cells["phone"], sample=True))
    return session.scalars(query).all()


def _more_than_owed(session: Session, rows: Sequence[PaymentRow]) -> list[CellError]:
    """Rows that bring more than what is open, counting what earlier rows bring."""
    people = {row.person_id for row in rows}
    query = select(DuesAssessment).where(
        DuesAssessment.person_id.in_(people), DuesAssessment.paid < DuesAssessment.amount
    )
    left: dict[UUID, Decimal] = {}
    for one in session.scalars(query):
        left[one.person_id] = left.get(one.person_id, Decimal()) + one.open
    errors = []
    for row in rows:
        open_now = left.get(row.person_id, Decimal())
        if row.amount > open_now:
            text = N_("Only %(open)s yuan are open; more cannot be taken.")
            errors.append(CellError(row.number, "amount", Reason("more-than-owed", text, None, {"open": open_now})))
        left[row.person_id] = max(open_now - row.amount, Decimal())
    return errors
