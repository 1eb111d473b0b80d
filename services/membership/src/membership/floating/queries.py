"""Reading stays of floating members."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from membership.floating.models import FloatingStay
from membership.people.models import Person
from membership.searching import contains
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("floating member")


def get_stay(session: Session, stay_id: UUID) -> FloatingStay:
    """NotFound when there is none."""
    found = session.get(FloatingStay, stay_id)
    if found is None:
        raise NotFound(NOUN)
    return found


def selection(
    *, state: str | None = None, text: str | None = None, person_id: UUID | None = None, today: date
) -> Select[Any]:
    """Stays by state: ``open``, ``overdue`` (open past the expected day), ``one-ended`` (open, and one end has not
    registered it), ``closed``; None: all."""
    query = select(FloatingStay)
    if state in ("open", "overdue", "one-ended"):
        query = query.where(FloatingStay.ended_on.is_(None))
    if state == "closed":
        query = query.where(FloatingStay.ended_on.is_not(None))
    if state == "overdue":
        query = query.where(FloatingStay.expected_until < today)
    if state == "one-ended":
        query = query.where(FloatingStay.home_registered_on.is_(None) | FloatingStay.host_registered_on.is_(None))
    if person_id is not None:
        query = query.where(FloatingStay.person_id == person_id)
    if text and text.strip():
        query = query.where(FloatingStay.person_id.in_(select(Person.id).where(contains(Person.name, text))))
    return query


def event_data(stay: FloatingStay) -> dict[str, Any]:
    """What floating.registered, floating.closed and floating.snapshot say."""
    return {
        "floating_id": stay.id,
        "person_id": stay.person_id,
        "home_organisation_id": stay.home_organisation_id,
        "host_organisation_id": stay.host_organisation_id,
        "started_on": stay.started_on,
        "ended_on": stay.ended_on,
    }
