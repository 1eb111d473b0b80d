"""Reading memberships: of a person, of an organisation, as of a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from membership.memberships.models import Membership
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("membership")


def get_membership(session: Session, membership_id: UUID) -> Membership:
    """NotFound when there is none."""
    found = session.get(Membership, membership_id)
    if found is None:
        raise NotFound(NOUN)
    return found


def holds_on(day: date) -> ColumnElement[bool]:
    """The condition that a membership holds on that day."""
    return (Membership.start_on <= day) & or_(Membership.end_on.is_(None), Membership.end_on > day)


def selection(
    *,
    person_id: UUID | None = None,
    organisation_id: UUID | None = None,
    body: str | None = None,
    role: str | None = None,
    as_of: date | None = None,
) -> Select[Membership]:
    query = select(Membership)
    for column, value in (
        (Membership.person_id, person_id),
        (Membership.organisation_id, organisation_id),
        (Membership.body, body),
        (Membership.role, role),
    ):
        if value is not None:
            query = query.where(column == value)
    return query if as_of is None else query.where(holds_on(as_of))


def counts(session: Session, day: date) -> Mapping[UUID, int]:
    """How many people hold a role on that day, by organisation."""
    query = (
        select(Membership.organisation_id, func.count(func.distinct(Membership.person_id)))
        .where(holds_on(day))
        .group_by(Membership.organisation_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def event_data(membership: Membership) -> dict[str, Any]:
    """What membership.started, membership.ended and membership.snapshot say."""
    return {
        "membership_id": membership.id,
        "person_id": membership.person_id,
        "organisation_id": membership.organisation_id,
        "body": membership.body,
        "role": membership.role,
        "start_on": membership.start_on,
        "end_on": membership.end_on,
    }
