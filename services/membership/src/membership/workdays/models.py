"""The tables of membership's working-day calendar. A manager of any body edits it."""

from membership.base import Base
from shared.workdays.tables import CalendarDayColumns, OfficialYearColumns, WorkdayTables


class OfficialYear(OfficialYearColumns, Base):
    """The holiday plan of this year is known."""


class CalendarDay(CalendarDayColumns, Base):
    """A day that differs from a plain week."""


WORKDAYS = WorkdayTables(CalendarDay, OfficialYear)
"""To read it; :data:`membership.workdays.editing.EDITED` is what changes go through."""
