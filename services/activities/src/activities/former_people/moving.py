"""Making the registrations of one person id another's, and ending those of somebody who is erased."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from activities.activity.models import Activity, Session
from activities.attendance.models import Attendance
from activities.lookups import HouseholdMember, Person
from activities.registration import promotion
from activities.registration.models import Registration
from shared.database import UnitOfWork

_UNSEEN = {"synchronize_session": False}


def move(work: UnitOfWork, old: UUID, new: UUID) -> Mapping[str, int]:
    """Registrations of the old id become the other's.

    Who was registered for a session under both ids keeps the better one of the two: who was there, before who has a
    place, before who waits. The other one ends, and its place goes to whoever is next.
    """
    doubled = _sessions_of_both(work, old, new)
    for session_id in doubled:
        _keep_one(work, session_id, old, new)
    work.session.flush()
    moved: Any = work.session.execute(
        update(Registration).where(Registration.person_id == old).values(person_id=new), execution_options=_UNSEEN
    )
    _move_home(work, old, new)
    work.session.execute(delete(Person).where(Person.id == old), execution_options=_UNSEEN)
    work.session.expire_all()
    return {"registrations": moved.rowcount, "registered-twice": len(doubled)}


def erase(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """End what lies ahead, and forget the name; that somebody was there stays, for the figures."""
    ahead = work.session.execute(
        select(Registration.session_id).where(*_active(person_id)).order_by(Registration.session_id)
    )
    ended = 0
    for session_id in [row.session_id for row in ahead]:
        ended += _end(work, session_id, person_id)
    names: Any = work.session.execute(delete(Person).where(Person.id == person_id), execution_options=_UNSEEN)
    work.session.execute(
        delete(HouseholdMember).where(HouseholdMember.person_id == person_id), execution_options=_UNSEEN
    )
    count = work.session.scalar(select(func.count(Registration.id)).where(Registration.person_id == person_id))
    return {"registrations": count or 0, "registrations-ended": ended, "names": names.rowcount}


def still_open(work: UnitOfWork, person_id: UUID) -> Mapping[str, int]:
    """Registrations for what has not begun: they end with the erasure, or are cancelled before."""
    query = (
        select(func.count(Registration.id))
        .join(Session, Session.id == Registration.session_id)
        .where(*_active(person_id), Session.starts_at > work.now)
    )
    return {"registrations": work.session.scalar(query) or 0}


def _active(person_id: UUID) -> tuple[Any, ...]:
    return Registration.person_id == person_id, Registration.state != "cancelled"


def _sessions_of_both(work: UnitOfWork, old: UUID, new: UUID) -> list[UUID]:
    other = select(Registration.session_id).where(*_active(new))
    query = select(Registration.session_id).where(*_active(old), Registration.session_id.in_(other))
    return list(work.session.scalars(query.order_by(Registration.session_id)))


def _locked(work: UnitOfWork, session_id: UUID) -> tuple[Activity, Session]:
    session = work.lock(Session, session_id)
    assert session is not None
    return work.session.get_one(Activity, session.activity_id), session


def _keep_one(work: UnitOfWork, session_id: UUID, old: UUID, new: UUID) -> None:
    activity, session = _locked(work, session_id)
    rows = work.session.scalars(
        select(Registration)
        .where(
            Registration.session_id == session_id,
            Registration.person_id.in_((old, new)),
            Registration.state != "cancelled",
        )
        .execution_options(populate_existing=True)
    ).all()
    there = set(
        work.session.scalars(
            select(Attendance.registration_id).where(
                Attendance.registration_id.in_([row.id for row in rows]), Attendance.present
            )
        )
    )
    kept, *ended = sorted(
        rows, key=lambda row: (row.id not in there, row.state != "confirmed", row.queue_number or 0, row.id)
    )
    promotion.end(work, activity, session, ended, "staff", doubled=True)
    promotion.promote(work, activity, session)
    work.audit("registered-twice", f"registration/{kept.id}")


def _end(work: UnitOfWork, session_id: UUID, person_id: UUID) -> int:
    activity, session = _locked(work, session_id)
    if session.starts_at <= work.now:
        return 0
    rows = work.session.scalars(
        select(Registration).where(Registration.session_id == session_id, *_active(person_id))
    ).all()
    promotion.end(work, activity, session, rows, "staff")
    promotion.promote(work, activity, session)
    return len(rows)


def _move_home(work: UnitOfWork, old: UUID, new: UUID) -> None:
    here = select(HouseholdMember.household_id).where(HouseholdMember.person_id == new)
    work.session.execute(
        delete(HouseholdMember).where(HouseholdMember.person_id == old, HouseholdMember.household_id.in_(here)),
        execution_options=_UNSEEN,
    )
    work.session.execute(
        update(HouseholdMember).where(HouseholdMember.person_id == old).values(person_id=new),
        execution_options=_UNSEEN,
    )
