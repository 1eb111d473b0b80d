"""Read models kept from other services' events: people and households of membership, resources of facilities."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as DatabaseSession

from activities.base import Base
from shared.database import UnitOfWork, Uuid


class Person(Base):
    """A person as membership told us: enough to find and name them, and no more."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_search_name", "search_name"),)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    search_name: Mapped[str] = mapped_column(String(120))
    sample: Mapped[bool]


class HouseholdMember(Base):
    """Who lives in which household, so that a family can be registered together."""

    __tablename__ = "household_members"
    __table_args__ = (Index("ix_household_members_person_id", "person_id"),)
    household_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


class Resource(Base):
    """A room or equipment that an activity can need, by its code."""

    __tablename__ = "resources"
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    quantity: Mapped[int]
    active: Mapped[bool]


def searchable(name: str) -> str:
    """A name as it is compared: full-width letters, case and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def remember_person(work: UnitOfWork, person_id: UUID, name: str, sample: bool) -> None:
    known = work.session.get(Person, person_id)
    if known is None:
        known = Person(id=person_id)
        work.session.add(known)
    known.name, known.search_name, known.sample = name[:120], searchable(name)[:120], sample


def remember_household(work: UnitOfWork, household_id: UUID, member_ids: Iterable[UUID]) -> None:
    """Replace what is known of the household."""
    work.session.execute(delete(HouseholdMember).where(HouseholdMember.household_id == household_id))
    work.session.add_all(HouseholdMember(household_id=household_id, person_id=one) for one in dict.fromkeys(member_ids))


def remember_resource(
    work: UnitOfWork, code: str, kind: str, name_zh: str, name_en: str, quantity: int, active: bool
) -> None:
    known = work.session.get(Resource, code)
    if known is None:
        known = Resource(code=code)
        work.session.add(known)
    known.kind, known.name_zh, known.name_en = kind, name_zh, name_en
    known.quantity, known.active = quantity, active


def resources(session: DatabaseSession) -> Sequence[Resource]:
    """All resources we were told of, rooms first."""
    return session.scalars(select(Resource).order_by(Resource.kind != "room", Resource.name_zh)).all()


def known_people(session: DatabaseSession, person_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Those of the people whom we know, by id."""
    found = session.scalars(select(Person).where(Person.id.in_(list(person_ids))))
    return {person.id: person for person in found}


def search_people(session: DatabaseSession, text: str, limit: int = 20) -> Sequence[Person]:
    """People whose name contains the text, shortest names first; none for an empty text."""
    wanted = searchable(text)
    if not wanted:
        return []
    pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(Person)
        .where(Person.search_name.like(f"%{pattern}%", escape="\\"))
        .order_by(func.length(Person.search_name), Person.search_name, Person.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def families_of(session: DatabaseSession, person_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[Person]]:
    """For each person the others of the same household, where they are known."""
    mine = (
        select(HouseholdMember.person_id, HouseholdMember.household_id)
        .where(HouseholdMember.person_id.in_(list(person_ids)))
        .subquery()
    )
    rows = session.execute(
        select(mine.c.person_id, Person)
        .join(HouseholdMember, HouseholdMember.household_id == mine.c.household_id)
        .join(Person, Person.id == HouseholdMember.person_id)
        .where(Person.id != mine.c.person_id)
        .order_by(Person.name)
    )
    families: dict[UUID, list[Person]] = {}
    for person_id, member in rows:
        families.setdefault(person_id, []).append(member)
    return families
