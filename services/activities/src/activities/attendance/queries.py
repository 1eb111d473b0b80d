"""Reading who was there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from activities.activity.models import Activity
from activities.attendance.commands import told
from activities.attendance.models import Attendance
from activities.lookups import Person
from activities.registration.models import Registration
from shared.refusal import NotFound


def get_mark(session: DatabaseSession, registration_id: UUID) -> Attendance:
    mark = session.get(Attendance, registration_id)
    if mark is None:
        raise NotFound("attendance")
    return mark


def roll(session: DatabaseSession, session_id: UUID) -> Sequence[tuple[Registration, Person | None, Attendance | None]]:
    """Everybody who has a place in the session, by name, with their mark where there is one."""
    query = (
        select(Registration, Person, Attendance)
        .outerjoin(Person, Person.id == Registration.person_id)
        .outerjoin(Attendance, Attendance.registration_id == Registration.id)
        .where(Registration.session_id == session_id, Registration.state == "confirmed")
        .order_by(Person.name, Registration.id)
    )
    return [(row, person, mark) for row, person, mark in session.execute(query)]


def attendance_snapshots(
    session: DatabaseSession, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Marks that others were told of, for consumers that ask for them."""
    query = (
        select(Registration, Activity, Attendance)
        .join(Attendance, Attendance.registration_id == Registration.id)
        .join(Activity, Activity.id == Registration.activity_id)
        .where(Attendance.announced.is_(True))
        .order_by(Registration.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Registration.id > after)
    if only is not None:
        query = query.where(Registration.id == only)
    return [(row.id, told(row, activity, mark)) for row, activity, mark in session.execute(query)]
