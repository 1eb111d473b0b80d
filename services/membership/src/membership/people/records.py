"""A person with the ids of the guardians, as the API shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from membership.people.contacts import guardian_ids
from membership.people.models import Person
from membership.people.queries import get_person


@dataclass(frozen=True)
class PersonRecord:
    person: Person
    guardian_ids: Sequence[UUID]

    @property
    def id(self) -> UUID:
        return self.person.id

    @property
    def version(self) -> int:
        return self.person.version

    @property
    def has_id_number(self) -> bool:
        return self.person.id_number_sealed is not None


def records(session: Session, people: Sequence[Person]) -> list[PersonRecord]:
    found = guardian_ids(session, [person.id for person in people])
    return [PersonRecord(person, found.get(person.id, ())) for person in people]


def get_record(session: Session, person_id: UUID) -> PersonRecord:
    """NotFound when there is no such person."""
    return records(session, [get_person(session, person_id)])[0]
