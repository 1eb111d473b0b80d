"""Reading ballots, and who is due at one."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.ballots.models import Ballot
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.people.models import Person


def members_due(session: Session, organisation_id: UUID, day: date) -> Sequence[Person]:
    """Full members of the branch on that day, by name: who has a vote. Probationary members and guests have none."""
    held = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id, Membership.role == "member", holds_on(day)
    )
    return session.scalars(select(Person).where(Person.id.in_(held)).order_by(Person.name, Person.id)).all()


def ballots_of(session: Session, file_id: UUID) -> Sequence[Ballot]:
    return session.scalars(select(Ballot).where(Ballot.file_id == file_id).order_by(Ballot.id)).all()
