"""Reading people: one, many by name, phone and organisation, their masked ID numbers, and snapshots."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from membership.add_requests.visibility import seen_whole, whole
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.memberships.visibility import told
from membership.people import id_numbers, sealing
from membership.people.former import missing
from membership.people.models import Person
from membership.people.tokens import phone_ends_with
from membership.searching import contains
from membership.settings import Centre
from shared.principal import Principal
from shared.texts import N_

NOUN = N_("person")
_NAMESAKES = 50


def get_person(session: Session, person_id: UUID) -> Person:
    """Also an erased one, who has no name any more. Merged for an old id; NotFound when there never was one."""
    person = session.get(Person, person_id)
    if person is None:
        raise missing(session, person_id)
    return person


def name_order(person_id: Any) -> Any:
    """How the name of the person that a column means is read, for sorting by it."""
    return select(Person.sort_key).where(Person.id == person_id).scalar_subquery()


def get_people(session: Session, ids: Sequence[UUID]) -> list[Person]:
    """Those of the people that exist, in the order of their names."""
    return list(session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.sort_key, Person.id)))


def selection(
    *,
    reader: Principal,
    today: date,
    name: str | None = None,
    phone: str | None = None,
    organisation_id: UUID | None = None,
    body: str | None = None,
    search: ColumnElement[bool] | None = None,
    by_birth: bool = False,
) -> Select[Person]:
    """People by part of the name, the last digits of the phone, and the organisation or body they belong to today.

    ``search`` is a condition of :func:`membership.people.tokens.found_by`. Nobody is found by what the reader may not
    read: by the phone, or in an order ``by_birth``, only those whose record they see whole.
    """
    query = select(Person).where(Person.erased_at.is_(None))
    if search is not None:
        query = query.where(search)
    if name and name.strip():
        query = query.where(contains(Person.name, name))
    digits = "".join(character for character in phone or "" if character.isdecimal() and character.isascii())
    if digits:
        query = query.where(phone_ends_with(digits), seen_whole(reader, today, Person.id))
    if by_birth:
        query = query.where(seen_whole(reader, today, Person.id))
    if organisation_id or body:
        held = select(Membership.person_id).where(holds_on(today), told(reader, today))
        if organisation_id:
            held = held.where(Membership.organisation_id == organisation_id)
        if body:
            held = held.where(Membership.body == body)
        query = query.where(Person.id.in_(held))
    return query


def find_by_id_number(session: Session, centre: Centre, number: str, *, besides: UUID | None = None) -> Person | None:
    """Who is registered with this normalised ID number."""
    query = select(Person).where(Person.id_number_index == sealing.number_index(centre, number))
    if besides is not None:
        query = query.where(Person.id != besides)
    with session.no_autoflush:
        return session.scalars(query).one_or_none()


def masked_id_number(person: Person, centre: Centre) -> str | None:
    """``110105********002X``. Made when shown: mask and birth date kept side by side would be the number itself."""
    if person.id_number_sealed is None:
        return None
    return id_numbers.masked(sealing.open_number(centre, person.id, person.id_number_sealed))


def namesakes(session: Session, person: Person, reader: Principal, today: date) -> list[Person]:
    """Others with the same name and birthday, perhaps the same person, whose birthday the reader may know."""
    if person.birth_on is None:
        return []
    query = select(Person).where(Person.name == person.name, Person.birth_on == person.birth_on, Person.id != person.id)
    found = session.scalars(query.order_by(Person.id).limit(_NAMESAKES)).all()
    seen = whole(session, reader, [one.id for one in found], today)
    return [one for one in found if one.id in seen]


def event_data(person: Person) -> dict[str, Any]:
    """What person.registered, person.updated and person.snapshot say."""
    said = {"person_id": person.id, "name": person.name, "sample": person.sample}
    return said if person.erased_at is None else {**said, "erased": True}


def former_data(person_id: UUID, stands: Person) -> dict[str, Any]:
    """What person.snapshot says of an id that was merged into another record."""
    return {**event_data(stands), "person_id": person_id, "merged_into": stands.id}
