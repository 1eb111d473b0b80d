"""/api/v1/appraisals"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.appraisals.commands import close_appraisal, grade_members, open_appraisal
from membership.appraisals.models import Appraisal
from membership.appraisals.queries import NOUN, get_appraisal, selection
from membership.appraisals.schemas import AppraisalIn, AppraisalOut, AppraisalQuery, GradesIn
from membership.current import centre
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import (
    ApiBlueprint,
    Page,
    check_if_match,
    idempotent,
    page_of,
    paginate,
    principal,
    reading,
    requires,
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint(
    "appraisals", __name__, url_prefix="/api/v1/appraisals", description="Democratic appraisal of members, once a year."
)


@blueprint.route("")
class Appraisals(MethodView):
    @requires("viewer")
    @blueprint.arguments(AppraisalQuery, location="query")
    @blueprint.response(200, page_of(AppraisalOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Appraisals, found by branch and year."""
        principal().demand("viewer", "party")
        by = {name: query[name] for name in ("organisation_id", "year")}
        with reading() as session:
            return paginate(session, selection(**by), query)

    @requires("officer")
    @blueprint.arguments(AppraisalIn)
    @blueprint.response(201, AppraisalOut)
    @idempotent(load=get_appraisal)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Appraisal:
        """Open the appraisal of a branch; everybody on the roll of that day is in it."""
        return open_appraisal(work, **data, centre=centre())


@blueprint.route("/<uuid:appraisal_id>")
class OneAppraisal(MethodView):
    @requires("viewer")
    @blueprint.response(200, AppraisalOut)
    def get(self, appraisal_id: UUID) -> Appraisal:
        """One appraisal with its grades."""
        with reading() as session:
            appraisal = get_appraisal(session, appraisal_id, principal())
            set_etag(appraisal)
            return appraisal


@blueprint.route("/<uuid:appraisal_id>/grades")
class Grades(MethodView):
    @requires("officer")
    @blueprint.arguments(GradesIn)
    @blueprint.response(200, AppraisalOut)
    def put(self, data: dict[str, Any], appraisal_id: UUID) -> Appraisal:
        """Give or change grades; the office says how many of the full members are excellent at most."""
        principal().demand("officer", "party")
        with unit_of_work() as work:
            appraisal: Appraisal | None = work.lock(Appraisal, appraisal_id)
            if appraisal is None:
                raise NotFound(NOUN)
            check_if_match(appraisal)
            grades = {one["person_id"]: one["grade"] for one in data["grades"]}
            grade_members(work, appraisal_id, grades, version=appraisal.version)
            set_etag(appraisal)
            return appraisal


@blueprint.route("/<uuid:appraisal_id>/closing")
class Closing(MethodView):
    @requires("officer")
    @blueprint.response(200, AppraisalOut)
    @idempotent(load=get_appraisal, status=200)
    def post(self, work: UnitOfWork, appraisal_id: UUID) -> Appraisal:
        """The result stands from now on. Closing what is closed changes nothing."""
        work.actor.demand("officer", "party")
        appraisal: Appraisal | None = work.lock(Appraisal, appraisal_id)
        if appraisal is None:
            raise NotFound(NOUN)
        if appraisal.closed_on is None:
            close_appraisal(work, appraisal_id, version=appraisal.version, centre=centre())
        return appraisal
