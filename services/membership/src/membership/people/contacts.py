"""How a person is reached: what goes to the contacts exchange, and only there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.households.models import Guardianship
from membership.people.models import Person
from membership.people.rules import written_to_guardians
from membership.published import contact_changed
from membership.settings import Centre
from shared.database import UnitOfWork


def guardian_ids(session: Session, children: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    """The guardians of these people, by child, in the order of their ids."""
    query = select(Guardianship).where(Guardianship.child_id.in_(children)).order_by(Guardianship.guardian_id)
    found: dict[UUID, list[UUID]] = {}
    for row in session.scalars(query):
        found.setdefault(row.child_id, []).append(row.guardian_id)
    return found


def contact_data(person: Person, guardians: Sequence[UUID]) -> dict[str, Any]:
    """What contact.changed and contact.snapshot say; guardians only where they are written to instead."""
    return {
        "person_id": person.id,
        "name": person.name,
        "language": person.language,
        "phone": person.phone,
        "email": person.email,
        "guardians": list(guardians) if person.guarded else [],
        "sample": person.sample,
    }


def record_contact(work: UnitOfWork, person: Person, centre: Centre) -> None:
    """Decide anew who is written to for this person, and record contact.changed."""
    work.session.flush()
    guardians = guardian_ids(work.session, [person.id]).get(person.id, [])
    person.guarded = written_to_guardians(
        person.birth_on, person.phone, person.email, bool(guardians), centre.today(work.now)
    )
    work.record(contact_changed, person.id, contact_data(person, guardians))
