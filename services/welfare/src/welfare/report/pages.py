"""The report of a period as one page, made to be printed."""

from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from shared.web import principal, reading, requires, runtime
from welfare.current import today
from welfare.report.export import as_csv
from welfare.report.queries import EARLIEST, LATEST, PeriodReport, period_report

blueprint = Blueprint("report_pages", __name__, url_prefix="/report", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def show_report() -> ResponseReturnValue:
    """Without dates, the twelve months up to today."""
    now = today()
    presets = {
        "year": (now.replace(month=1, day=1), now),
        "months": (now - timedelta(days=364), now),
        "month": (now.replace(day=1), now),
    }
    with reading() as session:
        report = _report(session)
        return render_template("report/show.html", report=report, presets=presets, made_at=runtime().clock())


@blueprint.get("/export.csv")
@requires("viewer")
def export_report() -> ResponseReturnValue:
    """The same figures for a spreadsheet."""
    with reading() as session:
        report = _report(session)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="report-{report.first}-{report.last}.csv"',
    }
    return as_csv(report).encode("utf-8-sig"), 200, headers


def _report(session: Session) -> PeriodReport:
    """Of the period in the page's address; one that was typed the wrong way round is turned."""
    last = _day("to") or today()
    first = _day("from") or last - timedelta(days=364)
    return period_report(session, principal(), *sorted((first, last)), runtime().settings.time_zone)


def _day(name: str) -> date | None:
    """A day of the address; None where it is missing, malformed or out of all reason."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if EARLIEST + timedelta(days=365) <= day <= LATEST else None
