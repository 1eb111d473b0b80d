"""The present state of each noun for consumers that ask: in the order of ids, past ``after`` or just ``only``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.development.models import DevelopmentFile
from membership.development.queries import event_data as development_data
from membership.dues.models import DuesAssessment
from membership.dues.queries import event_data as dues_data
from membership.floating.models import FloatingStay
from membership.floating.queries import event_data as floating_data
from membership.households.models import Household
from membership.households.queries import event_data as household_data
from membership.memberships.models import Membership
from membership.memberships.queries import event_data as membership_data
from membership.organisations.models import Organisation
from membership.organisations.queries import event_data as organisation_data
from membership.people.contacts import contact_data, guardian_ids
from membership.people.models import Person
from membership.people.queries import event_data as person_data
from membership.people.queries import former_data
from membership.provider.announcing import staff_snapshots
from membership.transfers.models import Transfer
from membership.transfers.queries import event_data as transfer_data
from shared.database.tables import FormerPerson

Found = Sequence[tuple[UUID, Mapping[str, Any]]]


def _rows(
    session: Session, model: Any, after: UUID | None, only: UUID | None, limit: int, *conditions: Any
) -> Sequence[Any]:
    query: Select[Any] = select(model).where(*conditions).order_by(model.id).limit(limit)
    if after is not None:
        query = query.where(model.id > after)
    if only is not None:
        query = query.where(model.id == only)
    return session.scalars(query).all()


def _of(model: Any, data: Callable[[Any], Mapping[str, Any]]) -> Callable[..., Found]:
    def provide(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Found:
        return [(row.id, data(row)) for row in _rows(session, model, after, only, limit)]

    return provide


def people(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Found:
    """Also those whose record is no more, so that whoever learns of people late learns that, too."""
    there = [(row.id, person_data(row)) for row in _rows(session, Person, after, only, limit)]
    former = select(FormerPerson).where(FormerPerson.merged_into.is_not(None))
    if after is not None:
        former = former.where(FormerPerson.person_id > after)
    if only is not None:
        former = former.where(FormerPerson.person_id == only)
    gone = session.scalars(former.order_by(FormerPerson.person_id).limit(limit)).all()
    stands = session.scalars(select(Person).where(Person.id.in_([row.merged_into for row in gone])))
    names = {person.id: person for person in stands}
    moved = [(row.person_id, former_data(row.person_id, names[row.merged_into])) for row in gone if row.merged_into]
    return sorted([*there, *moved], key=lambda found: found[0])[:limit]


def contacts(session: Session, after: UUID | None, only: UUID | None, limit: int) -> Found:
    """Contacts have the ids of their people."""
    people = _rows(session, Person, after, only, limit, Person.erased_at.is_(None))
    guardians = guardian_ids(session, [person.id for person in people])
    return [(person.id, contact_data(person, guardians.get(person.id, ()))) for person in people]


PROVIDERS = {
    "person": people,
    "contact": contacts,
    "membership": _of(Membership, membership_data),
    "organisation": _of(Organisation, organisation_data),
    "development": _of(DevelopmentFile, development_data),
    "dues": _of(DuesAssessment, dues_data),
    "transfer": _of(Transfer, transfer_data),
    "floating": _of(FloatingStay, floating_data),
    "household": _of(Household, household_data),
    "staff": staff_snapshots,
}
