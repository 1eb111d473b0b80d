"""/api/v1/calendar: holidays and make-up workdays."""

from datetime import date
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.workdays.editing import EDITED
from membership.workdays.schemas import CalendarDayIn, CalendarDayOut, CalendarYearOut
from shared.refusal import NotFound
from shared.texts import N_
from shared.web import ApiBlueprint, reading, requires, unit_of_work
from shared.workdays.commands import declare_official, set_day
from shared.workdays.queries import days_of, is_official
from shared.workdays.tables import CalendarDayColumns

blueprint = ApiBlueprint(
    "calendar", __name__, url_prefix="/api/v1/calendar", description="Holidays and make-up workdays."
)


def shown(session: Session, year: int) -> dict[str, Any]:
    return {
        "year": year,
        "official": is_official(session, EDITED, year),
        "days": list(days_of(session, EDITED, year)),
    }


@blueprint.route("/<int:year>")
class Year(MethodView):
    @requires("viewer")
    @blueprint.response(200, CalendarYearOut)
    def get(self, year: int) -> dict[str, Any]:
        """What differs from a plain week in one year."""
        with reading() as session:
            return shown(session, year)


@blueprint.route("/<int:year>/official")
class Official(MethodView):
    @requires("manager")
    @blueprint.response(200, CalendarYearOut)
    def put(self, year: int) -> dict[str, Any]:
        """Say that the year's plan is entered; saying it again changes nothing."""
        with unit_of_work() as work:
            declare_official(work, EDITED, year)
            return shown(work.session, year)


@blueprint.route("/days/<string:day>")
class Day(MethodView):
    @requires("manager")
    @blueprint.arguments(CalendarDayIn)
    @blueprint.response(200, CalendarDayOut)
    def put(self, data: dict[str, Any], day: str) -> CalendarDayColumns:
        """Say of one day (``2027-02-08``) whether it is worked on."""
        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            raise NotFound(N_("calendar day")) from None
        with unit_of_work() as work:
            return set_day(work, EDITED, wanted, **data)
