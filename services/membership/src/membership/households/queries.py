"""Reading households, guardians and the children somebody answers for."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.households.models import Guardianship, Household, HouseholdMember
from membership.people.models import Person
from membership.searching import contains
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("household")


def get_household(session: Session, household_id: UUID) -> Household:
    """NotFound when there is none."""
    household = session.get(Household, household_id)
    if household is None:
        raise NotFound(NOUN)
    return household


def household_of(session: Session, person_id: UUID) -> Household | None:
    query = select(Household).join(HouseholdMember).where(HouseholdMember.person_id == person_id)
    return session.scalars(query).unique().one_or_none()


def selection(*, text: str | None = None) -> Select[Household]:
    """Households by part of their name or of the name of somebody who lives there."""
    query = select(Household)
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
