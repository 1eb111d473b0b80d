"""The tables of this service's working-day calendar. Messages are everybody's: a manager of all bodies edits it."""

from notifications.tables import Base
from shared.principal import ALL_BODIES
from shared.workdays.tables import CalendarDayColumns, OfficialYearColumns, WorkdayTables


class OfficialYear(OfficialYearColumns, Base):
    """The holiday plan of this year is known."""


class CalendarDay(CalendarDayColumns, Base):
    """A day that differs from a plain week."""


WORKDAYS = WorkdayTables(CalendarDay, OfficialYear, ALL_BODIES)
