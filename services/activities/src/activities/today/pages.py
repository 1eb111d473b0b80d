"""The first page of activities, and its chart."""

from datetime import datetime, time, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from activities.today.queries import month_counts, sessions_between, that_need_somebody
from shared.web import reading, requires, runtime
from shared.web.charts import chart_answer, columns

blueprint = Blueprint("today_pages", __name__, template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def show() -> ResponseReturnValue:
    now, zone = runtime().clock(), runtime().settings.time_zone
    day = now.astimezone(zone).date()
    since = datetime.combine(day, time(), zone)
    with reading() as session:
        return render_template(
            "today/show.html",
            day=day,
            now=now,
            today=sessions_between(session, since, since + timedelta(days=1)),
            week=sessions_between(session, since + timedelta(days=1), since + timedelta(days=8)),
            needing=that_need_somebody(session),
            months=month_counts(session, day, zone),
        )


@blueprint.get("/charts/months.svg")
@requires("viewer")
def months_chart() -> ResponseReturnValue:
    """Places given and people who came, by month."""
    now, zone = runtime().clock(), runtime().settings.time_zone
    with reading() as session:
        found = month_counts(session, now.astimezone(zone).date(), zone)
    given = (gettext("Places given"), [one.places for one in found])
    came = (gettext("Present"), [one.present for one in found])
    return chart_answer(columns([f"{one.month:%Y-%m}" for one in found], [given, came]))
