"""/api/v1/add-requests"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.add_requests.commands import accept, decline, request_person, revoke, withdraw
from membership.add_requests.models import AddRequest
from membership.add_requests.queries import get_add_request, selection
from membership.add_requests.schemas import AddRequestIn, AddRequestOut, AddRequestQuery, AnswerIn
from membership.current import centre
from shared.database import UnitOfWork
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
    "add_requests",
    __name__,
    url_prefix="/api/v1/add-requests",
    description="One body asks another one for the whole record of a person.",
)


def _found(session: Session, request_id: UUID) -> AddRequest:
    return get_add_request(session, request_id, principal())


@blueprint.route("")
class AddRequests(MethodView):
    @requires("viewer")
    @blueprint.arguments(AddRequestQuery, location="query")
    @blueprint.response(200, page_of(AddRequestOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Requests from and to your bodies, the newest first."""
        with reading() as session:
            return paginate(session, selection(principal(), state=query["state"]), query)

    @requires("officer")
    @blueprint.arguments(AddRequestIn)
    @blueprint.response(201, AddRequestOut)
    @idempotent(load=_found)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> AddRequest:
        """Ask the owner for a person."""
        return request_person(work, data.pop("person_id"), **data, centre=centre())


@blueprint.route("/<uuid:request_id>")
class OneAddRequest(MethodView):
    @requires("viewer")
    @blueprint.response(200, AddRequestOut)
    def get(self, request_id: UUID) -> AddRequest:
        """One request."""
        with reading() as session:
            found = _found(session, request_id)
            set_etag(found)
            return found


@blueprint.route("/<uuid:request_id>/acceptance")
class Acceptance(MethodView):
    @requires("officer")
    @blueprint.response(200, AddRequestOut)
    @idempotent(load=_found, status=200)
    def post(self, work: UnitOfWork, request_id: UUID) -> AddRequest:
        """Share the record."""
        found = _found(work.session, request_id)
        check_if_match(found)
        return accept(work, request_id, version=found.version, centre=centre())


@blueprint.route("/<uuid:request_id>/refusal")
class Refusal(MethodView):
    @requires("officer")
    @blueprint.arguments(AnswerIn)
    @blueprint.response(200, AddRequestOut)
    @idempotent(load=_found, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], request_id: UUID) -> AddRequest:
        """Do not share the record, and say why."""
        found = _found(work.session, request_id)
        check_if_match(found)
        return decline(work, request_id, data["note"], version=found.version)


@blueprint.route("/<uuid:request_id>/revocation")
class Revocation(MethodView):
    @requires("officer")
    @blueprint.arguments(AnswerIn)
    @blueprint.response(200, AddRequestOut)
    @idempotent(load=_found, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], request_id: UUID) -> AddRequest:
        """Share the record no more, and say why."""
        found = _found(work.session, request_id)
        check_if_match(found)
        return revoke(work, request_id, data["note"], version=found.version)


@blueprint.route("/<uuid:request_id>/withdrawal")
class Withdrawal(MethodView):
    @requires("officer")
    @blueprint.response(200, AddRequestOut)
    @idempotent(load=_found, status=200)
    def post(self, work: UnitOfWork, request_id: UUID) -> AddRequest:
        """Who asked needs it no more."""
        found = _found(work.session, request_id)
        check_if_match(found)
        return withdraw(work, request_id, version=found.version)
