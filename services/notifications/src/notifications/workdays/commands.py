"""Keeping the calendar: planting what the library knows, and what staff enter."""

from datetime import date

from chinese_calendar import constants
from sqlalchemy import select

from notifications.workdays.models import CalendarDay, OfficialYear
from shared.database import UnitOfWork
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused
from shared.texts import N_

FIRST_YEAR, LAST_YEAR = 2004, 2100


def plant_calendar(work: UnitOfWork) -> int:
    """Take over every year that the library knows and the database does not; staff's own days stay. Safe to repeat.

    The library (chinesecalendar) raises for years whose plan is not published: those are simply not there yet.
    """
    known = {day.year for day in constants.holidays}
    wanted = known - set(work.session.scalars(select(OfficialYear.year)))
    kept = set(work.session.scalars(select(CalendarDay.day)))
    for working, days in ((False, constants.holidays), (True, constants.workdays)):
        for day, name in days.items():
            if day.year in wanted and day not in kept and working != (day.weekday() < 5):
                row = CalendarDay(day=day, year=day.year, working=working, note=str(name)[:60], source="library")
                work.session.add(row)
    work.session.add_all(OfficialYear(year=year, source="library") for year in sorted(wanted))
    work.session.flush()
    return len(wanted)


def set_day(work: UnitOfWork, day: date, working: bool, note: str) -> CalendarDay:
    """Say of one day whether it is worked on. What staff say stays when the library learns of the year."""
    work.actor.demand("manager", ALL_BODIES)
    _check_year(day.year, "day")
    note = " ".join(note.split())
    if len(note) > 60:
        raise Refused("note-length", N_("A note has at most 60 characters."), field="note", status=422)
    row: CalendarDay | None = work.lock(CalendarDay, day)
    if row is None:
        row = CalendarDay(day=day, year=day.year)
        work.session.add(row)
    row.working, row.note, row.source = working, note, "staff"
    work.session.flush()
    work.audit("calendar-day-set", f"calendar/{day.year}", day=day.isoformat(), working=working)
    return row


def forget_day(work: UnitOfWork, day: date) -> None:
    """The day is again what its weekday makes it."""
    work.actor.demand("manager", ALL_BODIES)
    row: CalendarDay | None = work.lock(CalendarDay, day)
    if row is None:
        raise NotFound(N_("calendar day"))
    work.session.delete(row)
    work.session.flush()
    work.audit("calendar-day-forgotten", f"calendar/{day.year}", day=day.isoformat())


def declare_official(work: UnitOfWork, year: int) -> OfficialYear:
    """Somebody entered the year's published plan."""
    work.actor.demand("manager", ALL_BODIES)
    _check_year(year, "year")
    row: OfficialYear | None = work.lock(OfficialYear, year)
    if row is None:
        row = OfficialYear(year=year, source="staff")
        work.session.add(row)
        work.session.flush()
        work.audit("calendar-year-official", f"calendar/{year}")
    return row


def _check_year(year: int, field: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        text = N_("The calendar has the years %(first)s to %(last)s.")
        raise Refused("year-out-of-range", text, field=field, status=422, first=FIRST_YEAR, last=LAST_YEAR)
