"""The first page of facilities, and its chart."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from facilities.bookings import queries as bookings
from facilities.bookings.day import asked_day, day_window
from facilities.resources.queries import rooms
from facilities.roster.queries import short_of_people
from facilities.today.queries import month_figures, week_counts
from shared.web import reading, requires, runtime
from shared.web.charts import bars, chart_answer

blueprint = Blueprint("today_pages", __name__, template_folder="templates")
MOST_BARS = 12
ONE_WEEK = timedelta(days=7)


@blueprint.get("/")
@requires("viewer")
def show() -> ResponseReturnValue:
    day, now, zone = asked_day(), runtime().clock(), runtime().settings.time_zone
    with reading() as session:
        window = day_window(day)
        rows = bookings.day(session, window.starts_at, window.ends_at)
        places = rooms(session)
        return render_template(
            "today/show.html",
            day=day,
            now=now,
            any_resource=bool(places),
            booked=[row for row in rows if row.kind != "closure" and row.starts_at >= window.starts_at],
            running=[row for row in rows if row.kind != "closure" and row.starts_at <= now < row.ends_at],
            coming=[row for row in rows if row.kind != "closure" and row.starts_at > now],
            closed=[row for row in rows if row.kind == "closure"],
            waiting=bookings.waiting_for_approval(session, now),
            short=short_of_people(session, now, now + ONE_WEEK),
            week=week_counts(session, day, zone),
            month=month_figures(session, places, day, zone),
            shown=MOST_BARS,
        )


@blueprint.get("/charts/rooms.svg")
@requires("viewer")
def rooms_chart() -> ResponseReturnValue:
    """Hours booked in this month, by room."""
    with reading() as session:
        found = month_figures(session, rooms(session), asked_day(), runtime().settings.time_zone).rooms[:MOST_BARS]
        names, hours = [str(use.room.name) for use in found], [use.hours for use in found]
    return chart_answer(bars(names, hours, gettext("Hours booked")))
