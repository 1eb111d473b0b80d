"""/api/v1/floating-stays"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.current import centre, today
from membership.floating.commands import close_stay, confirm_other_end, file_statement, register_stay
from membership.floating.models import FloatingStay
from membership.floating.queries import NOUN, get_stay, selection
from membership.floating.rules import StatementData
from membership.floating.schemas import DayIn, StatementIn, StayIn, StayOut, StayQuery
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
)

blueprint = ApiBlueprint(
    "floating-stays",
    __name__,
    url_prefix="/api/v1/floating-stays",
    description="Members away from their own branch; for the Party office alone.",
)


def _stay(session: Session, stay_id: UUID) -> FloatingStay:
    if not principal().allows("viewer", "party"):
        raise NotFound(NOUN)
    return get_stay(session, stay_id)


def _current(work: UnitOfWork, stay_id: UUID) -> FloatingStay:
    stay = _stay(work.session, stay_id)
    check_if_match(stay)
    return stay


@blueprint.route("")
class Stays(MethodView):
    @requires("viewer")
    @blueprint.arguments(StayQuery, location="query")
    @blueprint.response(200, page_of(StayOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Stays of floating members, the newest first."""
        principal().demand("viewer", "party")
        with reading() as session:
            found = selection(state=query["state"], person_id=query["person_id"], today=today())
            return paginate(session, found, query)

    @requires("officer")
    @blueprint.arguments(StayIn)
    @blueprint.response(201, StayOut)
    @idempotent(load=_stay)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> FloatingStay:
        """Register a member who lives away from the own branch; refused with every broken rule."""
        return register_stay(work, data.pop("person_id"), **data, centre=centre())


@blueprint.route("/<uuid:stay_id>")
class OneStay(MethodView):
    @requires("viewer")
    @blueprint.response(200, StayOut)
    def get(self, stay_id: UUID) -> FloatingStay:
        """One stay with the statements that came from a host elsewhere."""
        with reading() as session:
            stay = _stay(session, stay_id)
            set_etag(stay)
            return stay


@blueprint.route("/<uuid:stay_id>/confirmation")
class Confirmation(MethodView):
    @requires("officer")
    @blueprint.arguments(DayIn)
    @blueprint.response(200, StayOut)
    @idempotent(load=_stay, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], stay_id: UUID) -> FloatingStay:
        """The other end registered the member, too."""
        version = _current(work, stay_id).version
        return confirm_other_end(work, stay_id, data["on"], version=version, centre=centre())


@blueprint.route("/<uuid:stay_id>/closing")
class Closing(MethodView):
    @requires("officer")
    @blueprint.arguments(DayIn)
    @blueprint.response(200, StayOut)
    @idempotent(load=_stay, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], stay_id: UUID) -> FloatingStay:
        """The member is back, or moved altogether."""
        version = _current(work, stay_id).version
        return close_stay(work, stay_id, data["on"], version=version, centre=centre())


@blueprint.route("/<uuid:stay_id>/statements")
class Statements(MethodView):
    @requires("officer")
    @blueprint.arguments(StatementIn)
    @blueprint.response(201, StayOut)
    @idempotent(load=_stay)
    def post(self, work: UnitOfWork, data: dict[str, Any], stay_id: UUID) -> FloatingStay:
        """File what a host elsewhere wrote about a member of ours."""
        return file_statement(work, stay_id, StatementData(**data), centre=centre())
