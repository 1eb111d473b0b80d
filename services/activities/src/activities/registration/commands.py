"""Registering, cancelling, and changing how many places there are. Each locks the session's row first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from activities.activity.announcing import announce_change
from activities.activity.models import Activity, Session
from activities.activity.rules import check_capacity
from activities.lookups import known_people
from activities.permissions import demand
from activities.published import registration_confirmed, registration_waitlisted
from activities.registration import promotion
from activities.registration.models import Registration
from activities.registration.rules import Window, check_cancellable, check_open, check_people, gets_a_place
from shared.database import UnitOfWork, violated
from shared.identifiers import new_id
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_


def register_people(
    work: UnitOfWork,
    activity_id: UUID,
    person_ids: Sequence[UUID],
    session_id: UUID | None = None,
    group_id: UUID | None = None,
) -> list[Registration]:
    """Register one person or a family for a session: all get a place, or all wait.

    Refused with every broken rule. ``session_id`` may be left out where there is one session; ``group_id`` is for
    loaders that know their ids.
    """
    activity, session = _locked(work, _session_id(work, activity_id, session_id), activity_id)
    demand(work.actor, "officer", activity.bodies)
    window = Window(activity.state, activity.registration_opens_at, activity.registration_closes_at, session.starts_at)
    reasons = check_open(window, work.now)
    known = known_people(work.session, person_ids)
    registered = _registered(work, session, person_ids)
    reasons += check_people(person_ids, known, registered, session.capacity)
    if reasons:
        raise Refused.many(reasons, status=409 if _in_the_way(reasons) else 422)
    confirmed = promotion.confirmed_count(work.session, session.id)
    waiting, last = _queue(work, session)
    placed = gets_a_place(len(person_ids), session.capacity, confirmed, waiting, activity.families_may_be_passed)
    first_id = group_id or new_id()
    rows = [
        Registration(
            id=first_id if position == 0 else new_id(),
            activity_id=activity.id,
            session_id=session.id,
            person_id=person_id,
            group_id=first_id,
            state="confirmed" if placed else "waitlisted",
            queue_number=None if placed else last + position + 1,
            registered_at=work.now,
            registered_by=work.actor.name[:120],
        )
        for position, person_id in enumerate(person_ids)
    ]
    with _held_by_the_database():
        work.session.add_all(rows)
        work.session.flush()
    for position, row in enumerate(rows):
        if placed:
            promotion.record(work, registration_confirmed, row, activity, session)
        else:
            number = waiting + position + 1
            promotion.record(work, registration_waitlisted, row, activity, session, waiting_number=number)
    return rows


def cancel_registration(
    work: UnitOfWork, registration_id: UUID, *, reason: str = "own", whole_group: bool = False
) -> Registration:
    """Give a place back, or leave the waiting list; whoever is next moves up.

    ``reason`` is own or staff; ``whole_group`` ends it for all who registered together.
    """
    session_id = work.session.scalar(select(Registration.session_id).where(Registration.id == registration_id))
    if session_id is None:
        raise NotFound("registration")
    activity, session = _locked(work, session_id)
    demand(work.actor, "officer", activity.bodies)
    row = work.session.get_one(Registration, registration_id, populate_existing=True)
    check_cancellable(row.state, session.starts_at <= work.now)
    rows = [row]
    if whole_group:
        rows = list(
            work.session.scalars(
                select(Registration)
                .where(Registration.group_id == row.group_id, Registration.state != "cancelled")
                .order_by(Registration.id)
            )
        )
    promotion.end(work, activity, session, rows, reason)
    promotion.promote(work, activity, session)
    return row


def set_capacity(
    work: UnitOfWork, session_id: UUID, capacity: int, activity_id: UUID | None = None, *, before: int | None = None
) -> Session:
    """Change how many people a session has places for. Raised: the waiting list moves up.

    Stale when it has not ``before`` places any more, where that is given.
    """
    activity, session = _locked(work, session_id, activity_id)
    demand(work.actor, "manager" if activity.state == "published" else "officer", activity.bodies)
    if before is not None and session.capacity != before:
        raise Stale(session.capacity)
    check_capacity(activity.state, capacity, promotion.confirmed_count(work.session, session.id))
    if capacity == session.capacity:
        return session
    was, session.capacity = session.capacity, capacity
    work.session.flush()
    work.audit("capacity-changed", f"activity/{activity.id}", before=was, after=capacity)
    if activity.state == "published":
        announce_change(work, activity, ["capacity"])
        promotion.promote(work, activity, session)
    return session


def _session_id(work: UnitOfWork, activity_id: UUID, session_id: UUID | None) -> UUID:
    """The session that is meant, before it is locked."""
    ids = work.session.scalars(select(Session.id).where(Session.activity_id == activity_id)).all()
    if not ids:
        raise NotFound("activity")
    if session_id is None and len(ids) == 1:
        return ids[0]
    if session_id is None:
        text = N_("This activity has %(count)s sessions. Say which one.")
        raise Refused("session-missing", text, field="session_id", status=422, count=len(ids))
    if session_id not in ids:
        raise Refused("session-unknown", N_("This activity has no such session."), field="session_id", status=422)
    return session_id


def _locked(work: UnitOfWork, session_id: UUID, activity_id: UUID | None = None) -> tuple[Activity, Session]:
    """The session locked, then its activity as it is at that moment."""
    session: Session | None = work.lock(Session, session_id)
    if session is None or activity_id not in (None, session.activity_id):
        raise NotFound("session")
    activity = work.session.get(Activity, session.activity_id, populate_existing=True)
    assert activity is not None
    return activity, session


def _registered(work: UnitOfWork, session: Session, person_ids: Sequence[UUID]) -> set[UUID]:
    query = select(Registration.person_id).where(
        Registration.session_id == session.id,
        Registration.state != "cancelled",
        Registration.person_id.in_(list(person_ids)),
    )
    return set(work.session.scalars(query))


def _queue(work: UnitOfWork, session: Session) -> tuple[int, int]:
    """How many wait, and the last number in use."""
    query = select(func.count(), func.coalesce(func.max(Registration.queue_number), 0)).where(
        Registration.session_id == session.id, Registration.state == "waitlisted"
    )
    count, last = work.session.execute(query).one()
    return int(count), int(last)


def _in_the_way(reasons: Sequence[Reason]) -> bool:
    """Whether it is the state of things, not the input, that stands in the way."""
    return any(reason.code not in ("person-unknown", "person-missing", "person-twice") for reason in reasons)


@contextmanager
def _held_by_the_database() -> Iterator[None]:
    """What the row lock should have kept out, the database refuses: said in the same words."""
    try:
        yield
    except IntegrityError as error:
        name = violated(error) or ""
        if "uq_registrations_active" in name or "person_id" in name:
            text = N_("One of the people is registered for this session already.")
            raise Refused("already-registered", text, field="person_ids") from error
        raise
