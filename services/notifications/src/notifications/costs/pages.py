"""Pages: segments and cost of a month by body, the months before, and the budget."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from notifications.costs.queries import costs_by_body, costs_of_months
from notifications.costs.rules import Month
from notifications.providers.rules import yuan
from notifications.sending.settings import SendingSettings
from notifications.sending.spending import budget_now
from shared.web import principal, reading, requires, runtime, unit_of_work
from shared.web.charts import chart_answer, columns
from shared.web.exporting import KINDS, PARAMETER, write
from shared.web.wording import body_name

blueprint = Blueprint("costs_pages", __name__, url_prefix="/costs", template_folder="templates")
MONTHS_SHOWN = 12


def _now() -> Month:
    return Month.of(runtime().clock().astimezone(runtime().settings.time_zone).date())


def _chosen() -> Month:
    """The month of the address, none that is still to come; without one this one."""
    return min(Month.parse(request.args.get("month")) or _now(), _now())


@blueprint.get("/")
@requires("viewer")
def month() -> ResponseReturnValue:
    """A month by body; as a file, too."""
    chosen, zone = _chosen(), runtime().settings.time_zone
    since, until = chosen.span(zone)
    kind = request.args.get(PARAMETER, "")
    if kind in KINDS:
        return _as_file(kind, chosen)
    with reading() as session:
        bodies = costs_by_body(session, since, principal(), until)
        return render_template(
            "costs/month.html",
            month=chosen,
            is_now=chosen == _now(),
            bodies=bodies,
            total=sum(one.cost for one in bodies),
            segments=sum(one.segments for one in bodies),
            months=costs_of_months(session, _now(), MONTHS_SHOWN, zone, principal()),
            budget=budget_now(runtime(), session, SendingSettings.of(runtime().settings)),
        )


def _as_file(kind: str, chosen: Month) -> Response:
    since, until = chosen.span(runtime().settings.time_zone)
    labels = [gettext(text) for text in ("Month", "Owning body", "SMS", "SMS parts", "Yuan")]
    with unit_of_work() as work:
        rows = [
            (str(chosen), body_name(one.body) if one.body else gettext("no body of its own"), one.messages,
             one.segments, yuan(one.cost))
            for one in costs_by_body(work.session, since, principal(), until)
        ]  # fmt: skip
        work.audit("list-exported", "list/costs", kind=kind, count=len(rows), month=str(chosen))
    answer = Response(write(kind, labels, rows), content_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="sms-costs-{chosen}.{kind}"'
    return answer


@blueprint.get("/months.svg")
@requires("viewer")
def months_chart() -> ResponseReturnValue:
    """Yuan by month."""
    zone = runtime().settings.time_zone
    with reading() as session:
        found = costs_of_months(session, _now(), MONTHS_SHOWN, zone, principal())
    labels = [str(one.month)[2:] for one in found]
    return chart_answer(columns(labels, [(gettext("Yuan"), [yuan(one.cost) for one in found])]))
