"""What becomes of bookings and duties when two records turn out to be one person, or when a person is erased."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from facilities.occupancy.models import Occupancy
from facilities.people.models import Person
from facilities.roster import former_people as roster
from shared.database import UnitOfWork
from shared.former_people import bodies_forgotten


def move(work: UnitOfWork, old: UUID, new: UUID) -> Mapping[str, int]:
    """The bookings and duties of the old id become the other's. Forms that are open meanwhile are not stale by that."""
    duties = roster.move(work, old, new)
    moved: Any = work.session.execute(
        update(Occupancy).where(Occupancy.person_id == old).values(person_id=new),
        execution_options={"synchronize_session": False},
    )
    work.session.execute(delete(Person).where(Person.id == old))
    return {"bookings": moved.rowcount, **duties}


def erase(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """What they booked says when and where, and neither what for nor what was refused why; the name goes."""
    duties = roster.erase(work, person_id)
    mine = work.session.scalars(select(Occupancy.id).where(Occupancy.person_id == person_id)).all()
    work.session.execute(
        update(Occupancy).where(Occupancy.id.in_(mine)).values(title=None, title_en=None, reason=None),
        execution_options={"synchronize_session": False},
    )
    bodies_forgotten(work.session, mine, ("booking",))
    names: Any = work.session.execute(delete(Person).where(Person.id == person_id))
    return {"bookings": len(mine), "names": names.rowcount, **duties}


def still_open(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Bookings and duties that are not over."""
    query = select(func.count(Occupancy.id)).where(
        Occupancy.person_id == person_id, Occupancy.live, Occupancy.ends_at > work.now
    )
    return {"bookings": work.session.scalar(query) or 0, **roster.still_open(work, person_id)}
