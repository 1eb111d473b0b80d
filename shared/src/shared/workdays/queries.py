"""Reading a service's calendar."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.workdays.rules import WorkCalendar
from shared.workdays.tables import CalendarDayColumns, WorkdayTables


def work_calendar(session: Session, tables: WorkdayTables) -> WorkCalendar:
    """All that is known; some thirty days a year, so it is read as a whole."""
    days = session.execute(select(tables.day.day, tables.day.working))
    return WorkCalendar({row[0]: row[1] for row in days}, frozenset(session.scalars(select(tables.year.year))))


def days_of(session: Session, tables: WorkdayTables, year: int) -> Sequence[CalendarDayColumns]:
    """What differs from a plain week in one year, in the order of days."""
    return session.scalars(select(tables.day).where(tables.day.year == year).order_by(tables.day.day)).all()


def is_official(session: Session, tables: WorkdayTables, year: int) -> bool:
    """Whether the plan of that year is known."""
    return session.get(tables.year, year) is not None
