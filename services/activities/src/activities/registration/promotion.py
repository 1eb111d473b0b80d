"""Moving up on the waiting list, ending registrations, and telling them of a move: what every path uses that frees a
place or changes what people counted on.

Whoever calls has locked the session's row, so counting and changing are one step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from activities.activity.announcing import place_of
from activities.activity.models import Activity, Session
from activities.attendance.commands import take_back
from activities.published import registration_cancelled, registration_moved, registration_promoted
from activities.registration.models import Registration
from activities.registration.rules import WaitingGroup, who_moves_up
from shared.database import UnitOfWork
from shared.events.declaration import EventType


def confirmed_count(session: Any, session_id: Any) -> int:
    """How many have a place in the session."""
    query = select(func.count()).where(Registration.session_id == session_id, Registration.state == "confirmed")
    return int(session.scalar(query))


def waiting_rows(session: Any, session_id: Any) -> Sequence[Registration]:
    """The waiting list, first in line first."""
    query = (
        select(Registration)
        .where(Registration.session_id == session_id, Registration.state == "waitlisted")
        .order_by(Registration.queue_number)
    )
    rows: Sequence[Registration] = session.scalars(query).all()
    return rows


def waiting_groups(rows: Sequence[Registration]) -> list[WaitingGroup]:
    """Those who wait together, in the order of the queue."""
    members: dict[Any, list[Registration]] = {}
    for row in rows:
        members.setdefault(row.group_id, []).append(row)
    return [
        WaitingGroup(group_id, min(row.queue_number or 0 for row in group), len(group))
        for group_id, group in members.items()
    ]


def promote(work: UnitOfWork, activity: Activity, session: Session) -> int:
    """Give free places to the waiting list. Returns how many people moved up; none once the session has begun."""
    if activity.state != "published" or session.starts_at <= work.now:
        return 0
    work.session.flush()
    waiting = waiting_rows(work.session, session.id)
    free = session.capacity - confirmed_count(work.session, session.id)
    moving = {group.id for group in who_moves_up(waiting_groups(waiting), free, activity.families_may_be_passed)}
    promoted = [row for row in waiting if row.group_id in moving]
    for row in promoted:
        row.state, row.queue_number, row.promoted_at = "confirmed", None, work.now
    work.session.flush()
    for row in promoted:
        record(work, registration_promoted, row, activity, session)
    return len(promoted)


def end(
    work: UnitOfWork,
    activity: Activity,
    session: Session,
    rows: Sequence[Registration],
    reason: str,
    because: str = "",
    *,
    doubled: bool = False,
) -> None:
    """Cancel these registrations of one session; who waits does not move up by this alone.

    Whoever was checked in before the session began was not there after all. ``doubled``: the person was registered
    under two ids and keeps the other registration.
    """
    for row in rows:
        row.was, row.state, row.queue_number = row.state, "cancelled", None
        row.cancelled_at, row.cancelled_because = work.now, reason
    work.session.flush()
    for row in rows:
        more: dict[str, Any] = {"because": because} if because else {}
        if doubled:
            more["doubled"] = True
        record(work, registration_cancelled, row, activity, session, was=row.was, reason=reason, **more)
    take_back(work, activity, rows)


def cancel_all(work: UnitOfWork, activity: Activity, sessions: Sequence[Session], because: str) -> int:
    """Cancel every active registration of these sessions with the activity. Returns how many people are concerned."""
    concerned = set()
    for session in sessions:
        rows = _active(work, session)
        end(work, activity, session, rows, "activity-cancelled", because)
        concerned.update(row.person_id for row in rows)
    return len(concerned)


@dataclass(frozen=True)
class Before:
    """When and where a session was to be until now."""

    starts_at: datetime
    ends_at: datetime
    place_zh: str
    place_en: str


def appointments(activity: Activity) -> dict[UUID, Before]:
    """When and where each session is to be, by its id; to be taken before a change and given to ``tell_moved``."""
    return {
        session.id: Before(session.starts_at, session.ends_at, activity.place_zh, activity.place_en)
        for session in activity.sessions
    }


def tell_moved(work: UnitOfWork, activity: Activity, before: Mapping[UUID, Before]) -> int:
    """Record registration.moved for each active registration of a session that is at another time or place now.

    Sessions that are over concern nobody any more. Returns how many people are concerned.
    """
    now_so = appointments(activity)
    concerned = set()
    for session in activity.sessions:
        was = before[session.id]
        if now_so[session.id] == was or session.ends_at <= work.now:
            continue
        rows = _active(work, session)
        for row in rows:
            more = {f"was_{name}": getattr(was, name) for name in Before.__dataclass_fields__}
            record(work, registration_moved, row, activity, session, state=row.state, **more)
        concerned.update(row.person_id for row in rows)
    return len(concerned)


def _active(work: UnitOfWork, session: Session) -> Sequence[Registration]:
    rows: Sequence[Registration] = work.session.scalars(
        select(Registration)
        .where(Registration.session_id == session.id, Registration.state != "cancelled")
        .order_by(Registration.id)
    ).all()
    return rows


def record(
    work: UnitOfWork, event: EventType, row: Registration, activity: Activity, session: Session, **more: Any
) -> None:
    """Record an event about one registration with what people need to read."""
    work.record(event, row.id, {**registration_data(row, activity, session), **more})


def registration_data(row: Registration, activity: Activity, session: Session) -> dict[str, Any]:
    return {
        "registration_id": row.id,
        "activity_id": activity.id,
        "session_id": session.id,
        "person_id": row.person_id,
        "title_zh": activity.title_zh,
        "title_en": activity.title_en,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        **place_of(activity),
    }
