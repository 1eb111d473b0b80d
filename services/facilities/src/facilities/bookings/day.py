"""A day's occupancy as the calendar of the pages kit shows it, and local times of forms."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from textwrap import shorten

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from facilities.bookings import queries
from facilities.occupancy.models import Occupancy
from facilities.occupancy.rules import Window
from facilities.resources.models import Resource
from facilities.wording import source_name, state_name
from shared.web import runtime
from shared.web.calendar import DayCalendar, Entry, Timeline, WeekCalendar, day_calendar, timeline, week_calendar

_LABEL = 28
"""As many characters of a name as stand beside a row of the calendar."""
_TONES = {"held": "warn", "requested": "warn", "confirmed": "info"}


def asked_day() -> date:
    """The day of the address (``?day=2026-11-23``); today in the centre's zone when absent or malformed."""
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return runtime().clock().astimezone(runtime().settings.time_zone).date()


def local_window(day: date, start: time, end: time) -> Window:
    """The window between two wall-clock times of a day in the centre's zone; ``00:00`` as an end is midnight after."""
    zone = runtime().settings.time_zone
    last = day + timedelta(days=1) if end == time() else day
    return Window(datetime.combine(day, start, zone), datetime.combine(last, end, zone))


def day_window(day: date) -> Window:
    return local_window(day, time(), time())


def calendar_of(session: Session, day: date, resources: Sequence[Resource]) -> DayCalendar:
    """The day of these resources, each as a row that leads to its page."""
    zone = runtime().settings.time_zone
    window = day_window(day)
    rows = queries.day(session, window.starts_at, window.ends_at)
    shown = {resource.id for resource in resources}
    lines = [(one.id, shorten(str(one.name), _LABEL, placeholder="…"), _page(one, day)) for one in resources]
    entries = [_entry(row) for row in rows if row.resource_id in shown]
    return day_calendar(day, zone, lines, entries)


def days_of(session: Session, monday: date, resources: Sequence[Resource]) -> Timeline:
    """Seven days of these resources, each as a row that leads to its own week."""
    zone = runtime().settings.time_zone
    start = day_window(monday).starts_at
    rows = queries.day(session, start, start + timedelta(days=7))
    lines = [
        (
            one.id,
            shorten(str(one.name), _LABEL, placeholder="…"),
            url_for("calendar_pages.show_resource", resource=one.code, day=monday),
        )
        for one in resources
    ]
    shown = {resource.id for resource in resources}
    return timeline(monday, zone, lines, [_entry(row) for row in rows if row.resource_id in shown])


def week_of(session: Session, monday: date, resource: Resource | None) -> WeekCalendar:
    """A week of one resource; an empty one where there is none."""
    start = day_window(monday).starts_at
    rows = queries.day(session, start, start + timedelta(days=7), resource.id) if resource is not None else []
    return week_calendar(monday, runtime().settings.time_zone, [_entry(row) for row in rows])


def _page(resource: Resource, day: date) -> str:
    return url_for("resources_pages.show_resource", resource_id=resource.id, day=day)


def _entry(row: Occupancy) -> Entry:
    if row.kind == "closure":
        title = gettext("Closed: %(reason)s", reason=row.reason or "")
        return Entry(row.resource_id, row.starts_at, row.ends_at, title, tone="bad")
    url = url_for("bookings_pages.show_booking", booking_id=row.id)
    title = str(row.shown_title) or (source_name(row.hold.source) if row.hold else "")
    if not row.exclusive:
        title = f"{row.quantity} × {title}"
    if row.confidential:
        tone = "neutral"
    elif row.hold_id is not None and row.state == "confirmed":
        tone = "good"
    else:
        tone = _TONES[row.state]
    state = "" if row.state == "confirmed" else state_name(row.state)
    return Entry(row.resource_id, row.starts_at, row.ends_at, title, url=url, tone=tone, state=state)
