"""What the answers of facilities do to an activity, and what happens because time passed.

Each answer names the request it answers; one that answers another request than the one that waits changes nothing,
so replays and late old answers are harmless.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from activities.activity.announcing import announce, described, release_place
from activities.activity.commands import lock_activity, lock_sessions, take_new_times
from activities.activity.models import Activity, PlaceBooking, Session
from activities.published import activity_completed
from activities.registration.promotion import appointments
from shared.database import UnitOfWork


def place_granted(
    work: UnitOfWork,
    activity_id: UUID,
    request_version: int,
    *,
    place_zh: str,
    place_en: str,
    bookings: Sequence[Mapping[str, Any]],
) -> None:
    """The place is held: the activity is public, or its move takes effect and the former place is given back."""
    activity = _waiting(work, activity_id, request_version)
    if activity is None:
        return
    lock_sessions(work, activity)
    former, before = activity.place_version, appointments(activity)
    place_changed = (activity.granted_zh, activity.granted_en) != (place_zh, place_en)
    activity.granted_zh, activity.granted_en = place_zh, place_en
    activity.place_version, activity.placing_version = request_version, None
    activity.notice = activity.flagged_at = None
    activity.version += 1
    place = {"place_zh": place_zh, "place_en": place_en}
    first = activity.state == "placing"
    if first:
        activity.state, activity.published_at = "published", work.now
    _keep_bookings(work, activity, request_version, bookings)
    if first:
        announce(work, activity)
        work.audit("place-granted", f"activity/{activity.id}", version=request_version, **place)
        return
    told = take_new_times(work, activity, ["times", "place"] if place_changed else ["times"], before)
    if former is not None:
        release_place(work, activity, former)
    work.audit("move-granted", f"activity/{activity.id}", version=request_version, concerned=told, **place)


def place_refused(
    work: UnitOfWork,
    activity_id: UUID,
    request_version: int,
    *,
    reasons: Sequence[Mapping[str, Any]],
    alternatives: Sequence[Mapping[str, Any]],
) -> None:
    """There is no such place: back to draft, or the move is off and everything stays as it was.

    A refusal of the place that a published activity counts on says that it expired and went to somebody else.
    """
    activity = _waiting(work, activity_id, request_version)
    if activity is None:
        _flag_if_held(work, activity_id, request_version, {"kind": "place-lost", "reason": "expired"})
        return
    first = activity.state == "placing"
    kind = "place-refused" if first else "move-refused"
    _back(work, activity)
    activity.notice = {"kind": kind, "reasons": list(reasons), "alternatives": list(alternatives)}
    work.audit(kind, f"activity/{activity.id}", version=request_version)
    if not first:
        _flag_what_was_lost(work, activity)


def place_lost(work: UnitOfWork, activity_id: UUID, request_version: int, reason: str) -> None:
    """A hold ended. Before publishing: draft again. Expired although it was published: staff must see to it.

    Holds that were replaced or given up ended because we asked for it: of a replaced one, the answer to the request
    that replaced it tells the rest, whichever of the two comes first.
    """
    if reason == "replaced":
        return
    activity = _waiting(work, activity_id, request_version)
    if activity is not None:
        first = activity.state == "placing"
        _back(work, activity)
        activity.notice = {"kind": "hold-released", "reason": reason}
        work.audit("hold-released", f"activity/{activity.id}", version=request_version, reason=reason)
        if not first:
            _flag_what_was_lost(work, activity)
    elif reason == "expired":
        _flag_if_held(work, activity_id, request_version, {"kind": "place-lost", "reason": reason})


def booking_lost(work: UnitOfWork, booking_id: UUID, reason: str) -> None:
    """Facilities cancelled a booking. When it is part of a published activity's place, staff must see to it.

    While a move waits for its answer the booking may have made room for the new one: that answer decides. One that
    was replaced is only lost when the request that replaced it came to nothing in the meantime.
    """
    booking = work.session.get(PlaceBooking, booking_id)
    if booking is None:
        return
    activity = lock_activity(work, booking.activity_id)
    booking.lost_at = work.now
    if activity.placing_version is not None or not _counts_on(activity, booking.request_version):
        return
    if reason != "replaced" or activity.request_version > booking.request_version:
        _flag(work, activity, {"kind": "booking-cancelled", "resource_code": booking.resource_code, "reason": reason})


def complete_activities(work: UnitOfWork, before: datetime, limit: int = 50) -> int:
    """Published activities whose last session was over before this moment are completed. Returns how many."""
    over = (
        select(Activity.id)
        .join(Session, Session.activity_id == Activity.id)
        .where(Activity.state == "published")
        .group_by(Activity.id)
        .having(func.max(Session.ends_at) <= before)
        .order_by(Activity.id)
        .limit(limit)
    )
    done = 0
    for activity_id in work.session.scalars(over).all():
        activity = lock_activity(work, activity_id)
        lock_sessions(work, activity)
        if activity.state != "published" or activity.ends_at > before:
            continue
        if activity.placing_version is not None:
            release_place(work, activity, activity.placing_version)
            _forget_move(activity)
        activity.state = "completed"
        activity.version += 1
        work.record(activity_completed, activity.id, described(activity))
        work.audit("activity-completed", f"activity/{activity.id}")
        done += 1
    return done


def _waiting(work: UnitOfWork, activity_id: UUID, request_version: int) -> Activity | None:
    """The activity, locked, if this very request of it waits for its answer."""
    activity: Activity | None = work.lock(Activity, activity_id)
    if activity is None or activity.placing_version != request_version:
        return None
    return activity if activity.state in ("placing", "published") else None


def _counts_on(activity: Activity, request_version: int) -> bool:
    return activity.state == "published" and activity.place_version == request_version


def _flag_if_held(work: UnitOfWork, activity_id: UUID, request_version: int, notice: Mapping[str, Any]) -> None:
    """Flag an activity that counts on this place. While it moves, the answer to the move decides: noted till then."""
    activity = work.lock(Activity, activity_id)
    if activity is None or not _counts_on(activity, request_version):
        return
    if activity.placing_version is None:
        _flag(work, activity, notice)
        return
    for booking in _bookings_of_the_place(work, activity):
        booking.lost_at = work.now


def _flag_what_was_lost(work: UnitOfWork, activity: Activity) -> None:
    """A move came to nothing, and facilities cancelled bookings of the present place in the meantime."""
    lost = next((one for one in _bookings_of_the_place(work, activity) if one.lost_at is not None), None)
    if lost is not None:
        _flag(work, activity, {"kind": "booking-cancelled", "resource_code": lost.resource_code, "reason": ""})


def _bookings_of_the_place(work: UnitOfWork, activity: Activity) -> Sequence[PlaceBooking]:
    rows: Sequence[PlaceBooking] = work.session.scalars(
        select(PlaceBooking)
        .where(
            PlaceBooking.activity_id == activity.id,
            PlaceBooking.request_version == activity.place_version,
        )
        .order_by(PlaceBooking.booking_id)
    ).all()
    return rows


def _back(work: UnitOfWork, activity: Activity) -> None:
    lock_sessions(work, activity)
    if activity.state == "placing":
        activity.state = "draft"
    _forget_move(activity)
    activity.version += 1


def _forget_move(activity: Activity) -> None:
    activity.placing_version = None
    for session in activity.sessions:
        session.moving_starts_at = session.moving_ends_at = None


def _flag(work: UnitOfWork, activity: Activity, notice: Mapping[str, Any]) -> None:
    activity.flagged_at, activity.notice = work.now, dict(notice)
    activity.version += 1
    work.audit("activity-flagged", f"activity/{activity.id}", **notice)


def _keep_bookings(
    work: UnitOfWork, activity: Activity, request_version: int, bookings: Sequence[Mapping[str, Any]]
) -> None:
    for booking in bookings:
        work.session.merge(
            PlaceBooking(
                booking_id=booking["booking_id"],
                activity_id=activity.id,
                request_version=request_version,
                resource_code=booking["resource_code"],
            )
        )
