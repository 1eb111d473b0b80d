"""``/api/v1/relief-applications`` and ``/api/v1/disbursements``"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import (
    ApiBlueprint,
    Page,
    PageQuery,
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
from welfare import wall
from welfare.confidential.texts import read_text
from welfare.current import keys, today
from welfare.relief import commands, decisions, payments, queries
from welfare.relief.models import Disbursement, ReliefApplication
from welfare.relief.schemas import (
    ApprovalIn,
    DisbursementIn,
    DisbursementOut,
    ReliefChange,
    ReliefIn,
    ReliefOut,
    ReliefQuery,
    ReversalIn,
    VisitIn,
)
from welfare.talks.schemas import TextOut

blueprint = ApiBlueprint(
    "relief", __name__, url_prefix="/api/v1/relief-applications", description="Relief for families in need."
)
disbursements = ApiBlueprint(
    "disbursements", __name__, url_prefix="/api/v1/disbursements", description="What was paid out."
)


def load(session: Session, application_id: UUID) -> ReliefApplication:
    return queries.find_application(session, application_id, principal())


def load_disbursement(session: Session, disbursement_id: UUID) -> Disbursement:
    return queries.find_disbursement(session, disbursement_id, principal())


@blueprint.route("")
class Applications(MethodView):
    @requires("viewer")
    @blueprint.arguments(ReliefQuery, location="query")
    @blueprint.response(200, page_of(ReliefOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Applications of the bodies that you may see"""
        with reading() as session:
            found = queries.list_applications(
                principal(),
                body=query["body"],
                state=query["state"],
                fund_id=query["fund_id"],
                campaign_id=query["campaign_id"],
                person_id=query["person_id"],
                words=query["q"],
            )
            return paginate(session, found, query)

    @requires("officer")
    @blueprint.arguments(ReliefIn)
    @blueprint.response(201, ReliefOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> ReliefApplication:
        """A family asks for relief"""
        return commands.submit_application(work, keys(), today=today(), **data)


@blueprint.route("/<uuid:application_id>")
class OneApplication(MethodView):
    @requires("viewer")
    @blueprint.response(200, ReliefOut)
    def get(self, application_id: UUID) -> ReliefApplication:
        """One application with its visits, decisions and pay-out"""
        with reading() as session:
            application = load(session, application_id)
            set_etag(application)
            return application

    @requires("officer")
    @blueprint.arguments(ReliefChange)
    @blueprint.response(200, ReliefOut)
    def patch(self, data: dict[str, Any], application_id: UUID) -> ReliefApplication:
        """Change it; needs If-Match. An approval that was given ends"""
        with unit_of_work() as work:
            check_if_match(wall.lock(work, ReliefApplication, application_id))
            application = commands.edit_application(work, keys(), application_id, today=today(), **data)
            set_etag(application)
            return application


@blueprint.route("/<uuid:application_id>/visit")
class Visiting(MethodView):
    @requires("officer")
    @blueprint.arguments(VisitIn)
    @blueprint.response(200, ReliefOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], application_id: UUID) -> ReliefApplication:
        """You visited the family"""
        return decisions.record_visit(work, keys(), application_id, today=today(), **data)


@blueprint.route("/<uuid:application_id>/approve")
class Approving(MethodView):
    @requires("manager")
    @blueprint.arguments(ApprovalIn)
    @blueprint.response(200, ReliefOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], application_id: UUID) -> ReliefApplication:
        """Grant the amount and reserve it; by somebody without a hand in asking"""
        return decisions.approve_application(work, application_id, today=today(), **data)


@blueprint.route("/<uuid:application_id>/decline")
class Declining(MethodView):
    @requires("manager")
    @blueprint.response(200, ReliefOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, application_id: UUID) -> ReliefApplication:
        """Say no; by somebody without a hand in asking"""
        return decisions.decline_application(work, application_id, today=today())


@blueprint.route("/<uuid:application_id>/withdraw")
class Withdrawing(MethodView):
    @requires("officer")
    @blueprint.response(200, ReliefOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, application_id: UUID) -> ReliefApplication:
        """The family does not ask any more; what was reserved is free again"""
        return commands.withdraw_application(work, application_id, today=today())


@blueprint.route("/<uuid:application_id>/circumstances")
class Circumstances(MethodView):
    @requires("officer")
    @blueprint.response(200, TextOut)
    def get(self, application_id: UUID) -> dict[str, str]:
        """Read why they ask; that you did is noted"""
        with unit_of_work() as work:
            return {"text": read_text(work, keys(), "relief_applications", application_id, "circumstances")}


@blueprint.route("/<uuid:application_id>/visits/<uuid:visit_id>/finding")
class Finding(MethodView):
    @requires("officer")
    @blueprint.response(200, TextOut)
    def get(self, application_id: UUID, visit_id: UUID) -> dict[str, str]:
        """Read what a visit found; that you did is noted"""
        with unit_of_work() as work:
            if visit_id not in [visit.id for visit in load(work.session, application_id).visits]:
                raise NotFound("note")
            return {"text": read_text(work, keys(), "relief_visits", visit_id, "finding")}


@disbursements.route("")
class Disbursements(MethodView):
    @requires("viewer")
    @disbursements.arguments(PageQuery, location="query")
    @disbursements.response(200, page_of(DisbursementOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Pay-outs of the bodies that you may see"""
        with reading() as session:
            return paginate(session, queries.list_disbursements(principal()), query)

    @requires("officer")
    @disbursements.arguments(DisbursementIn)
    @disbursements.response(201, DisbursementOut)
    @idempotent(load=load_disbursement)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Disbursement:
        """Pay out what was granted; by somebody else than the approver"""
        return payments.pay_out(work, data.pop("relief_application_id"), today=today(), **data)


@disbursements.route("/<uuid:disbursement_id>")
class OneDisbursement(MethodView):
    @requires("viewer")
    @disbursements.response(200, DisbursementOut)
    def get(self, disbursement_id: UUID) -> Disbursement:
        """One pay-out"""
        with reading() as session:
            return load_disbursement(session, disbursement_id)


@disbursements.route("/<uuid:disbursement_id>/reverse")
class Reversing(MethodView):
    @requires("manager")
    @disbursements.arguments(ReversalIn)
    @disbursements.response(200, DisbursementOut)
    @idempotent(load=load_disbursement, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], disbursement_id: UUID) -> Disbursement:
        """Take a pay-out back by a negative line in the ledger"""
        return payments.reverse_payment(work, disbursement_id, today=today(), **data)
