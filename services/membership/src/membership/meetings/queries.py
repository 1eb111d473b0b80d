"""Reading who attended what, and laying it against what a branch owes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from membership.house import house
from membership.meetings.models import ActivitySession, Attendance, MeetingNote
from membership.meetings.rules import (
    MEMBERS,
    Attended,
    Holding,
    Row,
    Sitting,
    duty_of,
    grid,
    people_on,
    study_minutes,
)
from membership.memberships.models import Membership
from membership.organisations.models import Organisation


@dataclass(frozen=True)
class SittingShown:
    """A session of the year with how many of the branch were there, and what it counts as."""

    session: ActivitySession
    day: date
    duty: str | None
    noted: bool
    present: int


@dataclass(frozen=True)
class BranchYear:
    """A branch in a year: its duties, its sessions, and each member's minutes of study."""

    rows: Sequence[Row]
    sittings: Sequence[SittingShown]
    study: Mapping[UUID, int]


def branch_year(session: Session, branch_id: UUID, year: int, today: date, zone: ZoneInfo) -> BranchYear:
    """Computed from the memberships and attendances of the year, so that a correction shows at once."""
    groups = session.scalars(
        select(Organisation.id).where(Organisation.parent_id == branch_id, Organisation.kind == "party-group")
    ).all()
    holdings = _holdings(session, [branch_id, *groups], year)
    people = {one.person_id for one in holdings}
    found = _attended(session, people, year, zone)
    notes = {
        one.session_id: one.duty
        for one in session.scalars(select(MeetingNote).where(MeetingNote.organisation_id == branch_id))
    }
    present: dict[UUID, set[UUID]] = {}
    sessions: dict[UUID, ActivitySession] = {}
    for attendance, held in found:
        sessions[held.id] = held
        present.setdefault(held.id, set()).add(attendance.person_id)
    duties = house().duties
    sittings = [
        Sitting(
            held.id,
            held.starts_at.astimezone(zone).date(),
            notes[held.id] if held.id in notes else duty_of(held.kind, duties),
            frozenset(present[held.id]),
        )
        for held in sorted(sessions.values(), key=lambda one: (one.starts_at, one.id))
    ]
    minutes = study_minutes(
        [Attended(row.person_id, held.kind, held.starts_at, row.minutes) for row, held in found], house().study
    )
    last = min(today, date(year, 12, 31))
    members = people_on(holdings, branch_id, (*MEMBERS, "probationary-member"), last)
    return BranchYear(
        rows=grid(year, today, branch_id, groups, holdings, sittings, duties, house().branch, house().attended),
        sittings=[
            SittingShown(sessions[one.session_id], one.day, one.duty, one.session_id in notes, len(one.present))
            for one in sittings
        ],
        study={person_id: minutes.get(person_id, 0) for person_id in members},
    )


def attended_between(
    session: Session, person_id: UUID, first: date, last: date, zone: ZoneInfo
) -> Sequence[tuple[Attendance, ActivitySession]]:
    """What somebody attended from one day to another, both included, in their order."""
    query = (
        select(Attendance, ActivitySession)
        .join(ActivitySession, ActivitySession.id == Attendance.session_id)
        .where(
            Attendance.person_id == person_id,
            Attendance.present,
            ActivitySession.starts_at >= _midnight(first, zone),
            ActivitySession.starts_at < _midnight(date.fromordinal(last.toordinal() + 1), zone),
        )
        .order_by(ActivitySession.starts_at, ActivitySession.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _holdings(session: Session, organisations: Sequence[UUID], year: int) -> list[Holding]:
    query = select(
        Membership.person_id, Membership.organisation_id, Membership.role, Membership.start_on, Membership.end_on
    ).where(
        Membership.organisation_id.in_(organisations),
        Membership.start_on <= date(year, 12, 31),
        or_(Membership.end_on.is_(None), Membership.end_on > date(year, 1, 1)),
    )
    return [Holding(*row) for row in session.execute(query)]


def _attended(
    session: Session, people: set[UUID], year: int, zone: ZoneInfo
) -> list[tuple[Attendance, ActivitySession]]:
    query = (
        select(Attendance, ActivitySession)
        .join(ActivitySession, ActivitySession.id == Attendance.session_id)
        .where(
            Attendance.person_id.in_(people),
            Attendance.present,
            ActivitySession.starts_at >= _midnight(date(year, 1, 1), zone),
            ActivitySession.starts_at < _midnight(date(year + 1, 1, 1), zone),
        )
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
