"""/api/v1/guidance-visits"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import centre
from membership.guidance.commands import finish_finding, record_visit
from membership.guidance.models import GuidanceFinding, GuidanceVisit
from membership.guidance.queries import get_finding, get_visit, selection
from membership.guidance.rules import FindingData
from membership.guidance.schemas import (
    GuidanceDoneIn,
    GuidanceFindingOut,
    GuidanceVisitIn,
    GuidanceVisitOut,
    GuidanceVisitQuery,
)
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, principal, reading, requires

blueprint = ApiBlueprint(
    "guidance-visits",
    __name__,
    url_prefix="/api/v1/guidance-visits",
    description="Visits to Party branches with findings and what came of them.",
)


@blueprint.route("")
class Visits(MethodView):
    @requires("viewer")
    @blueprint.arguments(GuidanceVisitQuery, location="query")
    @blueprint.response(200, page_of(GuidanceVisitOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Visits, the newest first."""
        principal().demand("viewer", "party")
        with reading() as session:
            return paginate(session, selection(organisation_id=query["organisation_id"]), query)

    @requires("officer")
    @blueprint.arguments(GuidanceVisitIn)
    @blueprint.response(201, GuidanceVisitOut)
    @idempotent(load=get_visit)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> GuidanceVisit:
        """Record a visit with its findings."""
        findings = [FindingData(**one) for one in data.pop("findings")]
        return record_visit(work, **data, findings=findings, centre=centre())


@blueprint.route("/findings/<uuid:finding_id>/outcome")
class Outcome(MethodView):
    @requires("officer")
    @blueprint.arguments(GuidanceDoneIn)
    @blueprint.response(200, GuidanceFindingOut)
    @idempotent(load=get_finding, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], finding_id: UUID) -> GuidanceFinding:
        """Say what came of a finding; once."""
        work.actor.demand("officer", "party")
        finding = get_finding(work.session, finding_id)
        return finish_finding(work, finding_id, **data, version=finding.version, centre=centre())
