"""``/api/v1/closures``."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from facilities.closures import queries
from facilities.closures.commands import NewClosure, close_resource, reopen_resource
from facilities.closures.schemas import ClosureIn, ClosureOut, ClosureQuery
from facilities.occupancy.models import Occupancy
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, reading, requires, runtime, set_etag

blueprint = ApiBlueprint(
    "closures", __name__, url_prefix="/api/v1/closures", description="Times in which something cannot be used."
)


def load(session: Session, closure_id: UUID) -> Occupancy:
    """NotFound when there is no such closure."""
    found = queries.get_closure(session, closure_id)
    if found is None:
        raise NotFound("closure")
    return found


@blueprint.route("")
class Closures(MethodView):
    @requires("viewer")
    @blueprint.arguments(ClosureQuery, location="query")
    @blueprint.response(200, page_of(ClosureOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Closures, newest first."""
        now = runtime().clock() if query["current"] else None
        with reading() as session:
            return paginate(session, queries.list_closures(resource_id=query["resource_id"], now=now), query)

    @requires("manager")
    @blueprint.arguments(ClosureIn)
    @blueprint.response(201, ClosureOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Occupancy:
        """Close a resource for a time. 409 when promises stand in the way."""
        return close_resource(work, NewClosure(**data))


@blueprint.route("/<uuid:closure_id>")
class OneClosure(MethodView):
    @requires("viewer")
    @blueprint.response(200, ClosureOut)
    def get(self, closure_id: UUID) -> Occupancy:
        """One closure."""
        with reading() as session:
            found = load(session, closure_id)
            set_etag(found)
            return found


@blueprint.route("/<uuid:closure_id>/reopen")
class Reopened(MethodView):
    @requires("manager")
    @blueprint.response(200, ClosureOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, closure_id: UUID) -> Occupancy:
        """Lift a closure early."""
        return reopen_resource(work, closure_id)
