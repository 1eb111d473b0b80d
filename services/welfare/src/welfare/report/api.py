"""``/api/v1/reports/period``"""

from typing import Any

from flask.views import MethodView

from shared.web import ApiBlueprint, principal, reading, requires, runtime
from welfare.report.queries import PeriodReport, period_report
from welfare.report.schemas import PeriodQuery, ReportOut

blueprint = ApiBlueprint("reports", __name__, url_prefix="/api/v1/reports", description="What the centre did.")


@blueprint.route("/period")
class Period(MethodView):
    @requires("viewer")
    @blueprint.arguments(PeriodQuery, location="query")
    @blueprint.response(200, ReportOut)
    def get(self, query: dict[str, Any]) -> PeriodReport:
        """Talks, settled disputes, families helped and the amount paid, of the bodies that you may see"""
        with reading() as session:
            zone = runtime().settings.time_zone
            return period_report(session, principal(), query["first"], query["last"], zone)
