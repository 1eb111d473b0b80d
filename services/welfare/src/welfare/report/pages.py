"""The report of a period as one page, made to be printed."""

from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from shared.web import principal, reading, requires, runtime
from welfare.current import today
from welfare.report.queries import period_report

blueprint = Blueprint("report_pages", __name__, url_prefix="/report", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def show_report() -> ResponseReturnValue:
    """Without dates, the twelve months up to today."""
    last = _day("to") or today()
    first = _day("from") or last - timedelta(days=364)
    if first > last:
        first, last = last, first
    this_year = today().replace(month=1, day=1)
    presets = {
        "year": (this_year, today()),
        "months": (today() - timedelta(days=364), today()),
        "month": (today().replace(day=1), today()),
    }
    with reading() as session:
        report = period_report(session, principal(), first, last, runtime().settings.time_zone)
        return render_template("report/show.html", report=report, presets=presets, made_at=runtime().clock())


def _day(name: str) -> date | None:
    """A day of the address; None where it is missing or malformed."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
