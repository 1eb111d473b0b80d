"""People whose record is no more: the old id of a merge leads on to the other one, an erased person is gone."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.people.models import Person
from shared.database import UnitOfWork
from shared.former_people import current_id, is_former
from shared.refusal import NotFound, Refused
from shared.texts import N_


class Merged(Refused):
    """The record was merged; ``person_id`` of its facts is the one that stands for it now."""

    def __init__(self, person_id: UUID) -> None:
        text = N_("This record was merged into another one. Look there.")
        super().__init__("person-merged", text, person_id=str(person_id))
        self.person_id = person_id


class Erased(Refused):
    """Who it was is erased for good (RFC 9110, section 15.5.11)."""

    def __init__(self) -> None:
        super().__init__("person-erased", N_("This person was erased."), status=410)


def missing(session: Session, person_id: UUID) -> Refused:
    """What to say when there is no row: merged into which one, or no such person."""
    if is_former(session, person_id):
        return Merged(current_id(session, person_id))
    return NotFound("person")


def lock_people(work: UnitOfWork, ids: Collection[UUID]) -> list[Person]:
    """The people, locked in the order of their ids and returned in the order given.

    Raises Merged, Erased or NotFound for the first one that is not there.
    """
    query = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    found = {one.id: one for one in work.session.scalars(query.execution_options(populate_existing=True))}
    people = []
    for one in ids:
        if one not in found:
            raise missing(work.session, one)
        if found[one].erased_at is not None:
            raise Erased()
        people.append(found[one])
    return people


def living(work: UnitOfWork, person_id: UUID) -> Person:
    """The person, kept from being merged or erased until the end of the transaction, but not from other commands."""
    [person] = all_living(work, [person_id])
    return person


def all_living(work: UnitOfWork, ids: Sequence[UUID]) -> Sequence[Person]:
    """The same for many people, in the order of their ids."""
    query = select(Person).where(Person.id.in_(set(ids))).order_by(Person.id)
    people = work.session.scalars(query.with_for_update(read=True, key_share=True)).all()
    for gone in sorted(set(ids) - {one.id for one in people}):
        raise missing(work.session, gone)
    if any(one.erased_at is not None for one in people):
        raise Erased()
    return people
