"""Reading shifts, duties, the team and swaps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from facilities.occupancy.rules import Window
from facilities.people.models import Person
from facilities.roster.models import Duty, DutySwap, Shift, ShiftNeed, ShiftSeries, TeamMember

_WANTED = select(func.sum(ShiftNeed.people)).where(ShiftNeed.shift_id == Shift.id).scalar_subquery()
_THERE = select(func.count(Duty.id)).where(Duty.shift_id == Shift.id, Duty.live).scalar_subquery()
LACKING = (Shift.state == "planned", _WANTED > _THERE)
"""Conditions of shifts that lack people: no role ever has more than it needs, so the sums tell."""


def get_shift(session: Session, shift_id: UUID) -> Shift | None:
    return session.get(Shift, shift_id)


def get_series(session: Session, series_id: UUID) -> ShiftSeries | None:
    return session.get(ShiftSeries, series_id)


def list_shifts(
    *,
    state: str | None = None,
    body: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    lacking: bool | None = None,
    series_id: UUID | None = None,
) -> Select[Any]:
    """Shifts; those that overlap [start, end) where given, and only those that lack people when asked."""
    found = select(Shift)
    if state:
        found = found.where(Shift.state == state)
    if body:
        found = found.where(Shift.body == body)
    if start is not None:
        found = found.where(Shift.ends_at > start)
    if end is not None:
        found = found.where(Shift.starts_at < end)
    if lacking:
        found = found.where(*LACKING)
    if series_id is not None:
        found = found.where(Shift.series_id == series_id)
    return found


def shifts_between(session: Session, window: Window) -> list[Shift]:
    """Planned shifts that touch the window, by start."""
    found = list_shifts(state="planned", start=window.starts_at, end=window.ends_at)
    return list(session.scalars(found.order_by(Shift.starts_at, Shift.id)))


def short_of_people(session: Session, now: datetime, until: datetime) -> list[Shift]:
    """Shifts that begin before ``until``, are not over and lack people, the nearest first."""
    found = select(Shift).where(*LACKING, Shift.ends_at > now, Shift.starts_at < until)
    return list(session.scalars(found.order_by(Shift.starts_at, Shift.id)))


def duties_ahead(person_id: UUID, since: datetime) -> Select[Any]:
    """What a person is on duty for and that is not over."""
    return select(Duty).where(Duty.person_id == person_id, Duty.live, Duty.ends_at > since)


def duties_of(session: Session, person_id: UUID, since: datetime) -> list[Duty]:
    """The same, the nearest first."""
    return list(session.scalars(duties_ahead(person_id, since).order_by(Duty.starts_at)))


def swaps_waiting(session: Session, person_id: UUID) -> list[DutySwap]:
    """Swaps that this person was asked for or asks for, and that nobody answered yet."""
    mine = select(Duty.id).where(Duty.person_id == person_id)
    found = select(DutySwap).where(
        DutySwap.state == "asked", or_(DutySwap.to_person_id == person_id, DutySwap.duty_id.in_(mine))
    )
    return list(session.scalars(found.order_by(DutySwap.id)))


def swaps_of(session: Session, shift: Shift) -> list[DutySwap]:
    """Swaps about this shift that wait for an answer."""
    ids = [duty.id for duty in shift.on_duty]
    found = select(DutySwap).where(DutySwap.state == "asked", DutySwap.duty_id.in_(ids))
    return list(session.scalars(found.order_by(DutySwap.id)))


def list_team() -> Select[Any]:
    return select(TeamMember)


def team(session: Session, *, active: bool = True) -> Sequence[tuple[TeamMember, str | None]]:
    """The team with names, by name."""
    found = select(TeamMember, Person.name).outerjoin(Person, Person.id == TeamMember.person_id)
    if active:
        found = found.where(TeamMember.active)
    return [(row[0], row[1]) for row in session.execute(found.order_by(Person.name, TeamMember.person_id))]
