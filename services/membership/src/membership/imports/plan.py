"""What an import would do, row by row, against the people and organisations that there are now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.erasures.keys import erased_among, keys_of
from membership.imports.reading import CellError, read
from membership.imports.rows import RowData, meaning
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.memberships.rules import joining_role
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.organisations.queries import by_codes
from membership.people import sealing
from membership.people.models import Person
from membership.settings import Centre
from shared.principal import Principal
from shared.refusal import Reason
from shared.texts import N_

_COMPARED = ("phone", "email", "birth_on")
_CHUNK = 500
Item = TypeVar("Item")


@dataclass
class PlannedRow:
    """``person`` is who is registered already, None for somebody new; ``joins`` are new memberships with their role."""

    data: RowData
    person: Person | None = None
    joins: list[tuple[Organisation, str]] = field(default_factory=list)
    notes: list[Reason] = field(default_factory=list)

    @property
    def action(self) -> str:
        """``register``, ``join`` or ``nothing``."""
        if self.person is None:
            return "register"
        return "join" if self.joins else "nothing"


@dataclass(frozen=True)
class Plan:
    """All rows, and every error of every row in the order of the file. With one error nothing is imported."""

    rows: Sequence[PlannedRow]
    errors: Sequence[CellError]

    def count(self, action: str) -> int:
        return sum(row.action == action for row in self.rows)

    @property
    def joins(self) -> int:
        return sum(len(row.joins) for row in self.rows)


def plan(session: Session, content: bytes, *, actor: Principal, centre: Centre, today: date) -> Plan:
    """Read the file and say what importing it would do. Refused when it cannot be read at all."""
    file = read(content)
    errors = list(file.errors)
    unreadable: dict[int, set[str | None]] = {}
    for error in file.errors:
        unreadable.setdefault(error.row, set()).add(error.column)
    rows: list[PlannedRow] = []
    for row in file.rows:
        data, wrong = meaning(row, today)
        unread = unreadable.get(row.number, set())
        errors += [error for error in wrong if error.column not in unread and not (unread and error.column is None)]
        rows.append(PlannedRow(data))
    errors += _repeated(rows)
    errors += _against_people(session, rows, centre)
    errors += _against_organisations(session, rows, actor, today)
    columns = [None, "name", "id_number", "phone", "email", "language", "birth_on", "organisation"]
    errors.sort(key=lambda error: (error.row, columns.index(error.column)))
    return Plan(rows, errors)


def _repeated(rows: Sequence[PlannedRow]) -> list[CellError]:
    """Rows that speak of a person whom an earlier row speaks of."""
    seen: dict[tuple[object, ...], int] = {}
    errors = []
    for row in rows:
        person = row.data.person
        keys: list[tuple[str, tuple[object, ...]]] = []
        if person.id_number:
            keys.append(("id_number", ("number", person.id_number)))
        for column in _COMPARED:
            value = getattr(person, column)
            if value:
                keys.append((column, (column, person.name, value)))
        earlier = [(column, seen[key]) for column, key in keys if key in seen]
        if earlier:
            column, number = earlier[0]
            text = N_("Row %(row)s speaks of the same person.")
            errors.append(CellError(row.data.number, column, Reason("twice-in-file", text, None, {"row": number})))
        for _, key in keys:
            seen.setdefault(key, row.data.number)
    return errors


def _against_people(session: Session, rows: Sequence[PlannedRow], centre: Centre) -> list[CellError]:
    numbers = [sealing.number_index(centre, row.data.person.id_number) for row in rows if row.data.person.id_number]
    by_number = {
        person.id_number_index: person
        for part in _chunks(numbers)
        for person in session.scalars(select(Person).where(Person.id_number_index.in_(part)))
    }
    by_name: dict[str, list[Person]] = {}
    for part in _chunks(sorted({row.data.person.name for row in rows if row.data.person.name})):
        for person in session.scalars(
            select(Person).where(Person.name.in_(part), Person.erased_at.is_(None)).order_by(Person.id)
        ):
            by_name.setdefault(person.name, []).append(person)
    errors: list[CellError] = []
    erased = _erased_rows(session, rows, centre)
    for row in rows:
        number = row.data.person.id_number
        if row.data.number in erased:
            text = N_("This person was erased. Whoever comes back is registered by hand.")
            errors.append(CellError(row.data.number, "name", Reason("erased-person", text)))
            continue
        same = by_number.get(sealing.number_index(centre, number)) if number else None
        if same is not None:
            errors += _differences(row, same)
        else:
            errors += _look_for_namesake(row, by_name.get(row.data.person.name, ()))
    return errors


def _erased_rows(session: Session, rows: Sequence[PlannedRow], centre: Centre) -> set[UUID | int]:
    """Rows that speak of somebody who was erased, by the number of the row."""
    return erased_among(
        session,
        {
            row.data.number: keys_of(
                centre,
                row.data.person.name,
                number=row.data.person.id_number,
                born=row.data.person.birth_on,
                phone=row.data.person.phone,
            )
            for row in rows
        },
    )


def _differences(row: PlannedRow, person: Person) -> list[CellError]:
    """The same ID number is the same person; what the file says otherwise is for somebody to decide by hand."""
    row.person = person
    errors = []
    for column in ("name", *(column for column in (*_COMPARED, "language") if column in row.data.given)):
        if getattr(row.data.person, column) != getattr(person, column):
            text = N_("%(name)s is registered with this ID number, and differs here. Change the record by hand.")
            facts = {"name": person.name, "person_id": str(person.id)}
            errors.append(CellError(row.data.number, column, Reason("differs-from-record", text, None, facts)))
    return errors


def _look_for_namesake(row: PlannedRow, namesakes: Sequence[Person]) -> list[CellError]:
    """Who has the same name and agrees in all that the row says is the same person."""
    data = row.data.person
    given = [column for column in _COMPARED if getattr(data, column)]
    for other in namesakes:
        agrees = [column for column in given if getattr(other, column) == getattr(data, column)]
        facts = {"name": other.name, "person_id": str(other.id)}
        if agrees and agrees == given:
            if data.id_number is None:
                row.person = other
                return []
            if other.id_number_index is None:
                text = N_("%(name)s is registered without an ID number. Add it to the record by hand.")
                return [CellError(row.data.number, "id_number", Reason("registered-without-number", text, None, facts))]
        if "birth_on" in agrees:
            text = N_("Somebody with this name and birthday is registered: look whether it is the same person.")
            row.notes.append(Reason("namesake", text, None, facts))
    return []


def _against_organisations(
    session: Session, rows: Sequence[PlannedRow], actor: Principal, today: date
) -> list[CellError]:
    codes = sorted({code for row in rows for code in row.data.codes})
    organisations: dict[str, Organisation] = {}
    for part in _chunks(codes):
        organisations.update(by_codes(session, part))
    held = _held(session, [row.person.id for row in rows if row.person is not None], today)
    errors: list[CellError] = []
    for row in rows:
        for code in row.data.codes:
            organisation = organisations.get(code)
            reason = _cannot_join(code, organisation, actor)
            if reason is not None:
                errors.append(CellError(row.data.number, "organisation", reason))
            elif organisation is not None:
                role = joining_role(kinds().by_code[organisation.kind])
                if role and not (row.person and (row.person.id, organisation.id, role) in held):
                    row.joins.append((organisation, role))
    return errors


def _cannot_join(code: str, organisation: Organisation | None, actor: Principal) -> Reason | None:
    facts: Mapping[str, str] = {"organisation": code}
    if organisation is None:
        return Reason("organisation-unknown", N_("There is no organisation %(organisation)s."), None, facts)
    if not organisation.active:
        return Reason("organisation-closed", N_("The organisation %(organisation)s is closed."), None, facts)
    if joining_role(kinds().by_code[organisation.kind]) is None:
        text = N_("People hold offices in %(organisation)s, but nobody joins it: name one of its branches.")
        return Reason("nobody-joins", text, None, facts)
    if not actor.allows("officer", organisation.body):
        text = N_("You may not enter members of %(organisation)s.")
        return Reason("not-your-body", text, None, facts)
    return None


def _held(session: Session, people: Sequence[UUID], today: date) -> set[tuple[UUID, UUID, str]]:
    held: set[tuple[UUID, UUID, str]] = set()
    for part in _chunks(people):
        query = select(Membership.person_id, Membership.organisation_id, Membership.role)
        for person, organisation, role in session.execute(query.where(Membership.person_id.in_(part), holds_on(today))):
            held.add((person, organisation, role))
    return held


def _chunks(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Not more bound values in a statement than either engine takes."""
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
