"""Reading registrations: who takes part, who waits and why, how many places are left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session as DatabaseSession

from activities.activity.models import Activity, Session
from activities.lookups import Person, known_people
from activities.registration.models import Registration
from activities.registration.promotion import registration_data, waiting_groups, waiting_rows
from activities.registration.rules import Wait, why_they_wait
from shared.refusal import NotFound


@dataclass(frozen=True)
class Places:
    """How full a session is."""

    capacity: int
    confirmed: int
    waiting: int
    families_may_be_passed: bool = False

    @property
    def left(self) -> int:
        """Places that a newcomer could have: none as long as somebody waits who may not be passed."""
        closed = self.waiting and not self.families_may_be_passed
        return 0 if closed else max(self.capacity - self.confirmed, 0)


@dataclass(frozen=True)
class Entry:
    """A registration as people see it. ``waiting_number`` is the place on the waiting list, from 1."""

    registration: Registration
    person: Person | None
    waiting_number: int | None = None
    wait: Wait | None = None

    @property
    def name(self) -> str:
        return self.person.name if self.person else ""

    @property
    def id(self) -> UUID:
        return self.registration.id

    @property
    def activity_id(self) -> UUID:
        return self.registration.activity_id

    @property
    def session_id(self) -> UUID:
        return self.registration.session_id

    @property
    def person_id(self) -> UUID:
        return self.registration.person_id

    @property
    def group_id(self) -> UUID:
        return self.registration.group_id

    @property
    def state(self) -> str:
        return self.registration.state


@dataclass(frozen=True)
class Group:
    """What one request registered: the first entry stands for all of them."""

    entries: tuple[Entry, ...]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.entries[0], name)

    @property
    def registrations(self) -> tuple[Entry, ...]:
        return self.entries


def places(session: DatabaseSession, sessions: Sequence[Session]) -> dict[UUID, Places]:
    """How full each of the sessions is, counted now."""
    rows = session.execute(
        select(Registration.session_id, Registration.state, func.count())
        .where(Registration.session_id.in_([one.id for one in sessions]), Registration.state != "cancelled")
        .group_by(Registration.session_id, Registration.state)
    )
    counted = {(session_id, state): number for session_id, state, number in rows}
    return {
        one.id: Places(one.capacity, counted.get((one.id, "confirmed"), 0), counted.get((one.id, "waitlisted"), 0))
        for one in sessions
    }


def participants(session: DatabaseSession, session_id: UUID) -> list[Entry]:
    """Who has a place, in the order in which they got it."""
    query = (
        select(Registration, Person)
        .outerjoin(Person, Person.id == Registration.person_id)
        .where(Registration.session_id == session_id, Registration.state == "confirmed")
        .order_by(func.coalesce(Registration.promoted_at, Registration.registered_at), Registration.id)
    )
    return [Entry(row, person) for row, person in session.execute(query)]


def waiting_list(session: DatabaseSession, activity: Activity, one: Session) -> list[Entry]:
    """Who waits, first in line first, and why."""
    rows = waiting_rows(session, one.id)
    free = one.capacity - places(session, [one])[one.id].confirmed
    reasons = why_they_wait(waiting_groups(rows), free, activity.families_may_be_passed)
    people = known_people(session, [row.person_id for row in rows])
    return [
        Entry(row, people.get(row.person_id), number, reasons[row.group_id]) for number, row in enumerate(rows, start=1)
    ]


def registrations(
    activity_id: UUID | None = None, session_id: UUID | None = None, state: str | None = None
) -> Select[tuple[Registration]]:
    """A selection, newest first."""
    query = select(Registration).order_by(Registration.id.desc())
    if activity_id:
        query = query.where(Registration.activity_id == activity_id)
    if session_id:
        query = query.where(Registration.session_id == session_id)
    if state:
        query = query.where(Registration.state == state)
    return query


def get_entry(session: DatabaseSession, registration_id: UUID) -> Entry:
    """One registration with its name and its place on the waiting list; NotFound."""
    row = session.get(Registration, registration_id)
    if row is None:
        raise NotFound("registration")
    return entries(session, [row])[0]


def get_group(session: DatabaseSession, group_id: UUID) -> Group:
    """All who were registered together, the first one first; NotFound."""
    rows = session.scalars(
        select(Registration).where(Registration.group_id == group_id).order_by(Registration.id)
    ).all()
    if not rows:
        raise NotFound("registration")
    ordered = sorted(rows, key=lambda row: (row.id != group_id, row.id))
    return Group(tuple(entries(session, ordered)))


def entries(session: DatabaseSession, rows: Sequence[Registration]) -> list[Entry]:
    """Registrations with names and places on the waiting list."""
    people = known_people(session, [row.person_id for row in rows])
    return [
        Entry(row, people.get(row.person_id), waiting_number(session, row) if row.state == "waitlisted" else None)
        for row in rows
    ]


def waiting_number(session: DatabaseSession, row: Registration) -> int:
    """The place on the waiting list, from 1: how many stand in front, and one."""
    query = select(func.count()).where(
        Registration.session_id == row.session_id,
        Registration.state == "waitlisted",
        Registration.queue_number <= row.queue_number,
    )
    return int(session.scalar(query) or 0)


def concerned(session: DatabaseSession, activity: Activity, now: datetime) -> tuple[int, int]:
    """How many people have a place in what is still to come, and how many only wait: those who would get a message."""
    rows = session.execute(
        select(Registration.person_id, Registration.state)
        .join(Session, Session.id == Registration.session_id)
        .where(Registration.activity_id == activity.id, Registration.state != "cancelled", Session.ends_at > now)
    ).all()
    confirmed = {person_id for person_id, state in rows if state == "confirmed"}
    return len(confirmed), len({person_id for person_id, _ in rows} - confirmed)


def registration_snapshots(
    session: DatabaseSession, after: UUID | None, only: UUID | None, limit: int
) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    query = (
        select(Registration, Session, Activity)
        .join(Session, Session.id == Registration.session_id)
        .join(Activity, Activity.id == Registration.activity_id)
        .order_by(Registration.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Registration.id > after)
    if only is not None:
        query = query.where(Registration.id == only)
    return [
        (
            row.id,
            {
                **registration_data(row, activity, one),
                "state": row.state,
                "waiting_number": waiting_number(session, row) if row.state == "waitlisted" else None,
            },
        )
        for row, one, activity in session.execute(query)
    ]
