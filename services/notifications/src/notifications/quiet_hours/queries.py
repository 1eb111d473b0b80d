"""Reading the timetable; a sender remembers it for a moment."""

import time as clock
from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.messages.rules import QuietHours
from notifications.quiet_hours.models import SendingHours
from notifications.quiet_hours.rules import DaysAndHours, Timetable
from notifications.workdays.models import WORKDAYS
from shared.runtime import Runtime
from shared.workdays.queries import work_calendar

REMEMBERED_SECONDS = 10.0
"""So much later a change takes effect."""


def own_hours(session: Session) -> dict[str, SendingHours]:
    """What staff set, by category."""
    return {row.category: row for row in session.scalars(select(SendingHours))}


def timetable(session: Session, usual: QuietHours | None, zone: ZoneInfo) -> Timetable:
    """The quiet hours of all categories."""
    rows = own_hours(session)
    if not rows:
        return Timetable(usual)
    calendar = work_calendar(session, WORKDAYS)
    return Timetable(
        usual,
        {
            category: DaysAndHours(
                (time.fromisoformat(row.workday_from), time.fromisoformat(row.workday_until)),
                (time.fromisoformat(row.day_off_from), time.fromisoformat(row.day_off_until))
                if row.day_off_from and row.day_off_until
                else None,
                calendar,
                zone,
            )
            for category, row in rows.items()
        },
    )


class Hours:
    """The timetable as it was a moment ago. One a sender."""

    def __init__(self, runtime: Runtime, usual: QuietHours | None) -> None:
        self._runtime = runtime
        self._usual = usual
        self._read_at = float("-inf")
        self._known = Timetable(usual)

    def now(self) -> Timetable:
        if clock.monotonic() - self._read_at > REMEMBERED_SECONDS:
            with self._runtime.reading() as session:
                self._known = timetable(session, self._usual, self._runtime.settings.time_zone)
            self._read_at = clock.monotonic()
        return self._known
