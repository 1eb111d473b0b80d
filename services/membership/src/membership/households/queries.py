"""Reading households, guardians and the children somebody answers for.

A household is there for who sees the whole record of somebody in it; of the others who live there it tells the name.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.add_requests.whole import seen_whole, sees_every_body
from membership.households.models import Guardianship, Household, HouseholdMember
from membership.people.models import Person
from membership.searching import contains
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("household")


def get_household(session: Session, household_id: UUID) -> Household:
    """NotFound when there is none."""
    household = session.get(Household, household_id)
    if household is None:
        raise NotFound(NOUN)
    return household


def see_household(session: Session, household_id: UUID, reader: Principal, today: date) -> Household:
    """NotFound when there is none, or none in which the reader sees somebody's whole record."""
    query = selection(reader=reader, today=today).where(Household.id == household_id)
    household = session.scalars(query).unique().one_or_none()
    if household is None:
        raise NotFound(NOUN)
    return household


def household_of(session: Session, person_id: UUID) -> Household | None:
    query = select(Household).join(HouseholdMember).where(HouseholdMember.person_id == person_id)
    return session.scalars(query).unique().one_or_none()


def selection(*, reader: Principal, today: date, text: str | None = None) -> Select[Household]:
    """Households that the reader may see, by part of their name or of the name of somebody who lives there."""
    seen = select(HouseholdMember.household_id).where(seen_whole(reader, today, HouseholdMember.person_id))
    query = select(Household)
    if not sees_every_body(reader):
        query = query.where(Household.id.in_(seen))
    if text and text.strip():
        lives = (
            select(HouseholdMember.household_id)
            .join(Person, Person.id == HouseholdMember.person_id)
            .where(contains(Person.name, text))
        )
        query = query.where(contains(Household.name, text) | Household.id.in_(lives))
    return query


def guardians_of(session: Session, child_id: UUID) -> list[Person]:
    query = select(Person).join(Guardianship, Guardianship.guardian_id == Person.id)
    return list(session.scalars(query.where(Guardianship.child_id == child_id).order_by(Person.id)))


def children_of(session: Session, guardian_id: UUID) -> list[Person]:
    query = select(Person).join(Guardianship, Guardianship.child_id == Person.id)
    return list(session.scalars(query.where(Guardianship.guardian_id == guardian_id).order_by(Person.id)))


def event_data(household: Household) -> dict[str, Any]:
    """What household.changed and household.snapshot say."""
    return {
        "household_id": household.id,
        "member_ids": sorted(member.person_id for member in household.members),
    }
