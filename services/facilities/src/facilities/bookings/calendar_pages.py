"""The calendar for the reception desk: all rooms over a day or a week, and one of them over its week."""

from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from facilities.bookings.day import asked_day, calendar_of, days_of, week_of
from facilities.resources.models import Resource
from facilities.resources.queries import pools, rooms
from shared.web import reading, requires
from shared.web.calendar import monday_of

blueprint = Blueprint("calendar_pages", __name__, url_prefix="/calendar", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def show_day() -> ResponseReturnValue:
    day = asked_day()
    with reading() as session:
        everything = _shown(session)
        calendar = calendar_of(session, day, everything)
        return render_template(
            "bookings/day.html", calendar=calendar, day=day, any_resource=bool(everything), views=_views("show_day")
        )


@blueprint.get("/week")
@requires("viewer")
def show_week() -> ResponseReturnValue:
    """A row for each resource over seven days."""
    day = asked_day()
    with reading() as session:
        everything = _shown(session)
        calendar = days_of(session, monday_of(day), everything)
        return render_template(
            "bookings/week.html", calendar=calendar, day=day, any_resource=bool(everything), views=_views("show_week")
        )


@blueprint.get("/resource")
@requires("viewer")
def show_resource() -> ResponseReturnValue:
    """One room or pool over a week, the hours going down."""
    day = asked_day()
    with reading() as session:
        everything = _shown(session)
        chosen = next((one for one in everything if one.code == request.args.get("resource")), None)
        chosen = chosen or (everything[0] if everything else None)
        return render_template(
            "bookings/resource_week.html",
            calendar=week_of(session, monday_of(day), chosen),
            day=day,
            chosen=chosen,
            places=everything,
            day_url=lambda one: url_for(".show_day", day=one),
            last=monday_of(day) + timedelta(days=6),
            views=_views("show_resource"),
        )


def _shown(session: Session) -> list[Resource]:
    """Rooms and equipment; books have no days worth a row."""
    return [*rooms(session), *(pool for pool in pools(session) if pool.kind == "equipment")]


def _views(current: str) -> list[tuple[str, str, bool]]:
    """The same day in each of the three calendars."""
    names = {"show_day": gettext("One day"), "show_week": gettext("Week"), "show_resource": gettext("One room")}
    given = {name: value for name in ("day", "resource") if (value := request.args.get(name))}
    return [(label, url_for(f".{name}", **given), name == current) for name, label in names.items()]
