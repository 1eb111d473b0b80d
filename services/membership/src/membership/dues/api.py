"""/api/v1/dues"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.current import centre, today
from membership.dues.commands import grant_waiver, pay_dues, set_base
from membership.dues.models import DuesBase, DuesPayment, DuesWaiver
from membership.dues.queries import assessments, get_payment
from membership.dues.reversals import reverse_payment
from membership.dues.schemas import (
    AssessmentOut,
    BaseIn,
    BaseOut,
    DuesQuery,
    PaymentIn,
    PaymentOut,
    ReversalIn,
    WaiverIn,
    WaiverOut,
)
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, principal, reading, requires

blueprint = ApiBlueprint(
    "dues", __name__, url_prefix="/api/v1/dues", description="Party dues; for the Party office alone."
)


def _base(session: Session, base_id: UUID) -> DuesBase:
    return session.get_one(DuesBase, base_id)


def _waiver(session: Session, waiver_id: UUID) -> DuesWaiver:
    return session.get_one(DuesWaiver, waiver_id)


@blueprint.route("")
class Assessments(MethodView):
    @requires("viewer")
    @blueprint.arguments(DuesQuery, location="query")
    @blueprint.response(200, page_of(AssessmentOut))
    def get(self, query: dict[str, Any]) -> Page:
        """What members owe and paid, month by month."""
        principal().demand("viewer", "party")
        by = {name: query[name] for name in ("month", "organisation_id", "person_id", "state")}
        with reading() as session:
            return paginate(session, assessments(**by, today=today()), query)


@blueprint.route("/bases")
class Bases(MethodView):
    @requires("officer")
    @blueprint.arguments(BaseIn)
    @blueprint.response(201, BaseOut)
    @idempotent(load=_base)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> DuesBase:
        """Say what somebody's dues are reckoned from, from a month on."""
        return set_base(work, **data)


@blueprint.route("/waivers")
class Waivers(MethodView):
    @requires("manager")
    @blueprint.arguments(WaiverIn)
    @blueprint.response(201, WaiverOut)
    @idempotent(load=_waiver)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> DuesWaiver:
        """Ask for less in hardship, for some months."""
        return grant_waiver(work, **data, centre=centre())


@blueprint.route("/payments")
class Payments(MethodView):
    @requires("officer")
    @blueprint.arguments(PaymentIn)
    @blueprint.response(201, PaymentOut)
    @idempotent(load=get_payment)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> DuesPayment:
        """Enter a payment; it settles the oldest months first."""
        return pay_dues(work, **data, centre=centre())


@blueprint.route("/payments/<uuid:payment_id>/reversal")
class Reversal(MethodView):
    @requires("officer")
    @blueprint.arguments(ReversalIn)
    @blueprint.response(200, PaymentOut)
    @idempotent(load=get_payment, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], payment_id: UUID) -> DuesPayment:
        """Take back a payment that was entered wrongly: a manager, or somebody else than who entered it."""
        return reverse_payment(work, payment_id, data["reason"], centre=centre())
