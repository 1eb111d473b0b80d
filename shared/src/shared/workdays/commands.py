"""Keeping a service's calendar: planting what the library knows, and what staff enter."""

from datetime import date

from chinese_calendar import constants
from sqlalchemy import select

from shared.database import UnitOfWork
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.workdays.tables import CalendarDayColumns, OfficialYearColumns, WorkdayTables

FIRST_YEAR, LAST_YEAR = 2004, 2100
LONGEST_NOTE = 60


def plant_calendar(work: UnitOfWork, tables: WorkdayTables) -> int:
    """Take over every year that the library knows and the database does not; staff's own days stay. Safe to repeat.

    Answers how many years these were. A year whose plan is not published is not in the library, so it is simply not
    there yet.
    """
    known = {day.year for day in constants.holidays}
    wanted = known - set(work.session.scalars(select(tables.year.year)))
    kept = set(work.session.scalars(select(tables.day.day)))
    for working, days in ((False, constants.holidays), (True, constants.workdays)):
        for day, name in days.items():
            if day.year in wanted and day not in kept and working != (day.weekday() < 5):
                _say(_new_day(work, tables, day), working, str(name)[:LONGEST_NOTE], "library")
    for year in sorted(wanted):
        _new_year(work, tables, year, "library")
    work.session.flush()
    if wanted:
        _changed(work, tables)
    return len(wanted)


def set_day(work: UnitOfWork, tables: WorkdayTables, day: date, working: bool, note: str) -> CalendarDayColumns:
    """Say of one day whether it is worked on. What staff say stays when the library learns of the year."""
    work.actor.demand("manager", tables.body)
    _check_year(day.year, "day")
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refused("note-length", N_("A note has at most 60 characters."), field="note", status=422)
    row: CalendarDayColumns = work.lock(tables.day, day) or _new_day(work, tables, day)
    _say(row, working, note, "staff")
    work.session.flush()
    work.audit("calendar-day-set", f"calendar/{day.year}", day=day.isoformat(), working=working)
    _changed(work, tables)
    return row


def forget_day(work: UnitOfWork, tables: WorkdayTables, day: date) -> None:
    """The day is again what its weekday makes it."""
    work.actor.demand("manager", tables.body)
    row = work.lock(tables.day, day)
    if row is None:
        raise NotFound(N_("calendar day"))
    work.session.delete(row)
    work.session.flush()
    work.audit("calendar-day-forgotten", f"calendar/{day.year}", day=day.isoformat())
    _changed(work, tables)


def declare_official(work: UnitOfWork, tables: WorkdayTables, year: int) -> None:
    """Somebody entered the year's published plan; from now on counts in it are no longer provisional."""
    work.actor.demand("manager", tables.body)
    _check_year(year, "year")
    if work.lock(tables.year, year) is None:
        _new_year(work, tables, year, "staff")
        work.session.flush()
        work.audit("calendar-year-official", f"calendar/{year}")
        _changed(work, tables)


def _changed(work: UnitOfWork, tables: WorkdayTables) -> None:
    if tables.changed is not None:
        tables.changed(work)


def _new_day(work: UnitOfWork, tables: WorkdayTables, day: date) -> CalendarDayColumns:
    row = tables.day()
    row.day, row.year = day, day.year
    work.session.add(row)
    return row


def _say(row: CalendarDayColumns, working: bool, note: str, source: str) -> None:
    row.working, row.note, row.source = working, note, source


def _new_year(work: UnitOfWork, tables: WorkdayTables, year: int, source: str) -> OfficialYearColumns:
    row = tables.year()
    row.year, row.source = year, source
    work.session.add(row)
    return row


def _check_year(year: int, field: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        text = N_("The calendar has the years %(first)s to %(last)s.")
        raise Refused("year-out-of-range", text, field=field, status=422, first=FIRST_YEAR, last=LAST_YEAR)
