"""The front page: all rooms over one day, for the reception desk."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from facilities.bookings import queries
from facilities.bookings.day import asked_day, calendar_of, day_window
from facilities.resources.queries import pools, rooms
from shared.web import reading, requires, runtime

blueprint = Blueprint("calendar_pages", __name__, template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def show_day() -> ResponseReturnValue:
    day = asked_day()
    now = runtime().clock()
    with reading() as session:
        everything = [*rooms(session), *(pool for pool in pools(session) if pool.kind == "equipment")]
        window = day_window(day)
        today = queries.day(session, window.starts_at, window.ends_at)
        return render_template(
            "bookings/day.html",
            calendar=calendar_of(session, day, everything),
            any_resource=bool(everything),
            is_today=window.starts_at <= now < window.ends_at,
            running=[row for row in today if row.kind != "closure" and row.starts_at <= now < row.ends_at],
            coming=[row for row in today if row.kind != "closure" and row.starts_at > now],
            closed=[row for row in today if row.kind == "closure"],
            waiting=queries.waiting_for_approval(session, now),
        )
