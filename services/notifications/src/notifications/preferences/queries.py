"""Reading what people switched off."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.preferences.models import OptOut
from shared.database import among


def switched_off(session: Session, person_id: UUID) -> set[str]:
    """The topics that a person does not want."""
    return set(session.scalars(select(OptOut.topic).where(OptOut.person_id == person_id)))


def choices_of(session: Session, person_id: UUID) -> Sequence[OptOut]:
    """What a person switched off, with when and how; the oldest first."""
    return session.scalars(select(OptOut).where(OptOut.person_id == person_id).order_by(OptOut.since)).all()


def switched_off_by_all(session: Session, people: Collection[UUID]) -> dict[UUID, set[str]]:
    """The same for many people; those who want everything are left out."""
    found: dict[UUID, set[str]] = {}
    if people:
        rows = session.execute(select(OptOut.person_id, OptOut.topic).where(among(session, OptOut.person_id, people)))
        for person_id, topic in rows:
            found.setdefault(person_id, set()).add(topic)
    return found
