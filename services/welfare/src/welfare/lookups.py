"""People and households as membership tells them: only what this service needs to name who came."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database import UnitOfWork, UtcDateTime, Uuid
from shared.refusal import Reason
from shared.texts import N_
from welfare.base import Base


class Person(Base):
    """Somebody whom membership knows. Kept current by its events."""

    __tablename__ = "people"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    sample: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HouseholdMember(Base):
    """Who lives together. A person belongs to one household at most."""

    __tablename__ = "household_members"
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    household_id: Mapped[UUID] = mapped_column(Uuid, index=True)


def keep_person(work: UnitOfWork, person_id: UUID, name: str, sample: bool) -> None:
    """Write down a person as they now are."""
    work.session.merge(Person(id=person_id, name=name, sample=sample, updated_at=work.now))


def keep_household(work: UnitOfWork, household_id: UUID, member_ids: Sequence[UUID]) -> None:
    """Write down who now lives in a household."""
    work.session.execute(delete(HouseholdMember).where(HouseholdMember.household_id == household_id))
    for member_id in member_ids:
        work.session.merge(HouseholdMember(person_id=member_id, household_id=household_id))


def name_order(person_id: Any) -> Any:
    """The name of the person that a column means, for sorting by it."""
    return select(Person.name).where(Person.id == person_id).scalar_subquery()


def names_of(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Names by id; who is unknown is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def find_people(session: Session, words: str, limit: int = 20) -> Sequence[Person]:
    """People whose name contains the words, by name."""
    query = select(Person).where(Person.name.contains(words.strip(), autoescape=True)).order_by(Person.name, Person.id)
    return session.scalars(query.limit(limit)).all()


def household_of(session: Session, person_id: UUID) -> UUID | None:
    return session.scalar(select(HouseholdMember.household_id).where(HouseholdMember.person_id == person_id))


def members_of(session: Session, household_id: UUID) -> Sequence[UUID]:
    return session.scalars(select(HouseholdMember.person_id).where(HouseholdMember.household_id == household_id)).all()


def unknown_people(session: Session, ids: Sequence[UUID], field: str) -> list[Reason]:
    """A reason for every one of them whom membership has not told us of."""
    known = names_of(session, ids)
    return [
        Reason("person-unknown", N_("Membership knows no such person."), field, {"person_id": str(person_id)})
        for person_id in dict.fromkeys(ids)
        if person_id not in known
    ]
