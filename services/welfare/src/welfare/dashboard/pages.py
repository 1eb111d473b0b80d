"""The first page: today's talks, what needs another time, and the relief steps that wait."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from shared.web import principal, reading, requires, runtime
from shared.web.charts import chart_answer, columns
from welfare.current import today
from welfare.dashboard.queries import paid_by_month
from welfare.disputes.queries import count_open
from welfare.lookups import names_of
from welfare.relief.queries import next_steps, waiting_for
from welfare.report.queries import period_report
from welfare.talks.queries import talks_between, unplaced_talks

blueprint = Blueprint("dashboard", __name__, template_folder="templates")


@dataclass(frozen=True)
class Waiting:
    """An application with its next step; ``mine`` when the reader may take it."""

    application: Any
    step: str
    mine: bool


@blueprint.get("/")
@requires("viewer")
def show() -> ResponseReturnValue:
    zone = runtime().settings.time_zone
    since = datetime.combine(today(), time(), zone)
    who = principal()
    with reading() as session:
        day = talks_between(session, who, since, since + timedelta(days=1))
        week = talks_between(session, who, since + timedelta(days=1), since + timedelta(days=8))
        unplaced = unplaced_talks(session, who)
        waiting = []
        for application in waiting_for(session, who):
            steps = next_steps(application, who)
            waiting.append(Waiting(application, steps[0].name, steps[0].open))
        people = {talk.person_id for talk in (*day, *week, *unplaced)}
        people |= {one.application.person_id for one in waiting}
        month = period_report(session, who, today().replace(day=1), today(), zone)
        return render_template(
            "dashboard/show.html",
            day=day,
            week=week,
            unplaced=unplaced,
            waiting=sorted(waiting, key=lambda one: not one.mine),
            names=names_of(session, people),
            month=month.totals,
            paid=paid_by_month(session, who, today()),
            open_disputes=count_open(session, who),
            now=runtime().clock(),
            today=today(),
        )


@blueprint.get("/charts/paid.svg")
@requires("viewer")
def paid_chart() -> ResponseReturnValue:
    """Payments of the last months, as far as the reader may know of them."""
    with reading() as session:
        found = paid_by_month(session, principal(), today())
    labels = [f"{one.month:%Y-%m}" for one in found]
    return chart_answer(columns(labels, [(gettext("Paid out"), [one.amount for one in found])]))
