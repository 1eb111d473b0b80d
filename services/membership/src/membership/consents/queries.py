"""Reading consents, and the children for whom one is to be asked."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from membership.add_requests.visibility import seen_whole
from membership.consents.models import GuardianConsent
from membership.households.models import Guardianship
from membership.people.models import Person
from membership.people.rules import GUARDED_UNDER
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("consent")


def stands(child_id: Any) -> ColumnElement[bool]:
    """The condition that a consent stands for the child whom a column means."""
    return (
        select(GuardianConsent.id)
        .join(
            Guardianship,
            (Guardianship.child_id == GuardianConsent.child_id)
            & (Guardianship.guardian_id == GuardianConsent.guardian_id),
        )
        .where(GuardianConsent.child_id == child_id, GuardianConsent.withdrawn_on.is_(None))
        .exists()
    )


def has_consent(session: Session, child_id: UUID) -> bool:
    return bool(session.scalar(select(stands(child_id))))


def born_after(today: date) -> date:
    """Who was born later than this is under 14."""
    try:
        return today.replace(year=today.year - GUARDED_UNDER)
    except ValueError:  # 29 February: older from 1 March on
        return date(today.year - GUARDED_UNDER, 2, 28)


def missing_among(session: Session, people: Collection[UUID], today: date) -> set[UUID]:
    """Those of the people who are under 14 and for whom no consent stands."""
    query = select(Person.id).where(Person.id.in_(people), Person.birth_on > born_after(today), ~stands(Person.id))
    return set(session.scalars(query))


def without_consent(reader: Principal, today: date) -> Select[Person]:
    """Children under 14 without one, of those whose record the reader sees whole."""
    return select(Person).where(
        Person.birth_on > born_after(today),
        Person.erased_at.is_(None),
        ~stands(Person.id),
        seen_whole(reader, today, Person.id),
    )


def without_consent_count(session: Session, reader: Principal, today: date) -> int:
    found = without_consent(reader, today).with_only_columns(Person.id).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def consents_of(session: Session, child_id: UUID) -> list[GuardianConsent]:
    """All that were ever recorded, the latest first."""
    query = select(GuardianConsent).where(GuardianConsent.child_id == child_id)
    return list(session.scalars(query.order_by(GuardianConsent.given_on.desc(), GuardianConsent.id.desc())))


def get_consent(session: Session, consent_id: UUID) -> GuardianConsent:
    """NotFound when there is none."""
    found = session.get(GuardianConsent, consent_id)
    if found is None:
        raise NotFound(NOUN)
    return found
