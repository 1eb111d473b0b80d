"""Checking in at the desk. Marking twice the same way changes nothing; marking otherwise is a correction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from activities.activity.models import Activity, Session
from activities.attendance.models import Attendance
from activities.attendance.rules import check_markable, minutes_of
from activities.permissions import demand
from activities.published import attendance_confirmed, attendance_corrected
from activities.registration.models import Registration
from shared.database import UnitOfWork
from shared.refusal import NotFound


def mark_attendance(
    work: UnitOfWork, registration_id: UUID, present: bool, activity_id: UUID | None = None
) -> Attendance:
    """Note that a registered person is there, or is not. NotFound also for a registration of another activity."""
    registration: Registration | None = work.lock(Registration, registration_id)
    if registration is None or activity_id not in (None, registration.activity_id):
        raise NotFound("registration")
    session = work.session.get_one(Session, registration.session_id)
    activity = work.session.get_one(Activity, registration.activity_id)
    demand(work.actor, "officer", activity.bodies)
    check_markable(registration.state, activity.state, session.starts_at, work.now)
    mark = work.session.get(Attendance, registration_id)
    if mark is not None and mark.present == present:
        return mark
    minutes = minutes_of(session.starts_at, session.ends_at, present)
    if mark is None:
        mark = Attendance(registration_id=registration_id, minutes=0, announced=False)
        work.session.add(mark)
    _note(work, mark, registration, activity, present, minutes)
    return mark


def take_back(work: UnitOfWork, activity: Activity, registrations: Sequence[Registration]) -> None:
    """These registrations ended; who of them had been checked in was not there after all."""
    ended = {registration.id: registration for registration in registrations}
    marks = select(Attendance).where(Attendance.registration_id.in_(ended), Attendance.present.is_(True))
    for mark in work.session.scalars(marks.order_by(Attendance.registration_id)).all():
        _note(work, mark, ended[mark.registration_id], activity, False, 0)


def _note(
    work: UnitOfWork, mark: Attendance, registration: Registration, activity: Activity, present: bool, minutes: int
) -> None:
    """Write a mark, and tell of it: the first presence is confirmed, whatever differs later is a correction."""
    before = mark.minutes
    mark.present, mark.minutes = present, minutes
    mark.marked_at, mark.marked_by = work.now, work.actor.name[:120]
    data = told(registration, activity, mark)
    if mark.announced:
        work.record(attendance_corrected, registration.id, {**data, "was_minutes": before})
    elif present:
        work.record(attendance_confirmed, registration.id, data)
        mark.announced = True
    work.session.flush()


def told(registration: Registration, activity: Activity, mark: Attendance) -> dict[str, Any]:
    """What events say of a mark."""
    return {
        "registration_id": registration.id,
        "activity_id": activity.id,
        "session_id": registration.session_id,
        "person_id": registration.person_id,
        "kind": activity.kind,
        "present": mark.present,
        "minutes": mark.minutes,
    }
