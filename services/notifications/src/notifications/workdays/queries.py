"""Reading the calendar."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.workdays.models import CalendarDay, OfficialYear
from notifications.workdays.rules import WorkCalendar


def work_calendar(session: Session) -> WorkCalendar:
    """All that is known; some thirty days a year, so it is read as a whole."""
    days = session.execute(select(CalendarDay.day, CalendarDay.working))
    return WorkCalendar({row[0]: row[1] for row in days}, frozenset(session.scalars(select(OfficialYear.year))))


def days_of(session: Session, year: int) -> Sequence[CalendarDay]:
    """What differs from a plain week in one year, in the order of days."""
    return session.scalars(select(CalendarDay).where(CalendarDay.year == year).order_by(CalendarDay.day)).all()


def is_official(session: Session, year: int) -> bool:
    """Whether the plan of that year is known."""
    return session.get(OfficialYear, year) is not None
