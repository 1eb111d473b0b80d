"""Reading the calendar."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.workdays.models import CalendarDay, OfficialYear
from membership.workdays.rules import WorkCalendar


def work_calendar(session: Session) -> WorkCalendar:
    """All that is known; some thirty days a year, so it is read as a whole."""
    days = session.execute(select(CalendarDay.day, CalendarDay.working))
    return WorkCalendar({row[0]: row[1] for row in days}, frozenset(session.scalars(select(OfficialYear.year))))


def days_of(session: Session, year: int) -> Sequence[CalendarDay]:
    return session.scalars(select(CalendarDay).where(CalendarDay.year == year).order_by(CalendarDay.day)).all()


def official_source(session: Session, year: int) -> str | None:
    """Who says that the year's plan is published; None while it is not."""
    found = session.get(OfficialYear, year)
    return None if found is None else found.source
