"""The tables of membership's working-day calendar. A manager of any body edits it."""

from importlib import import_module

from membership.base import Base
from shared.database import UnitOfWork
from shared.workdays.tables import CalendarDayColumns, OfficialYearColumns, WorkdayTables


class OfficialYear(OfficialYearColumns, Base):
    """The holiday plan of this year is known."""


class CalendarDay(CalendarDayColumns, Base):
    """A day that differs from a plain week."""


def _changed(work: UnitOfWork) -> None:
    """Development reads this calendar, so it is looked up when it is called."""
    import_module("membership.development.terms").keep_working_day_terms(work)


WORKDAYS = WorkdayTables(CalendarDay, OfficialYear, changed=_changed)
