"""A person with the ids of the guardians, as the API shows it to somebody: the whole record, or a projection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from membership.add_requests.visibility import whole
from membership.consents.queries import missing_among
from membership.people.contacts import guardian_ids
from membership.people.models import Person
from membership.people.queries import get_person
from membership.people.rules import is_child
from shared.principal import Principal


@dataclass(frozen=True)
class PersonRecord:
    """``complete`` is False for who sees the projection alone: then only name and contact status are said."""

    person: Person
    all_guardians: Sequence[UUID]
    complete: bool
    guardian_consent: str | None = None

    @property
    def id(self) -> UUID:
        return self.person.id

    @property
    def version(self) -> int:
        return self.person.version

    @property
    def phone(self) -> str | None:
        return self.person.phone if self.complete else None

    @property
    def email(self) -> str | None:
        return self.person.email if self.complete else None

    @property
    def birth_on(self) -> date | None:
        return self.person.birth_on if self.complete else None

    @property
    def has_id_number(self) -> bool | None:
        return self.person.id_number_sealed is not None if self.complete else None

    @property
    def guardian_ids(self) -> Sequence[UUID]:
        return self.all_guardians if self.complete else ()

    @property
    def contact(self) -> str:
        """How the person can be reached: ``guardians``, ``phone``, ``email`` or ``none``."""
        if self.person.guarded:
            return "guardians"
        return "phone" if self.person.phone else "email" if self.person.email else "none"


def records(session: Session, people: Sequence[Person], principal: Principal, today: date) -> list[PersonRecord]:
    """What this principal may see of the people."""
    ids = [person.id for person in people]
    found, complete = guardian_ids(session, ids), whole(session, principal, ids, today)
    missing = missing_among(session, ids, today)

    def consent(person: Person) -> str | None:
        if person.id not in complete or not is_child(person.birth_on, today):
            return None
        return "missing" if person.id in missing else "given"

    return [PersonRecord(one, found.get(one.id, ()), one.id in complete, consent(one)) for one in people]


def get_record(session: Session, person_id: UUID, principal: Principal, today: date) -> PersonRecord:
    """NotFound when there is no such person."""
    return records(session, [get_person(session, person_id)], principal, today)[0]
