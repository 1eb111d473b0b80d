"""``/api/v1/resources``."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from facilities.occupancy.ledger import lock
from facilities.resources import queries
from facilities.resources.commands import NewResource, add_resource, change_resource
from facilities.resources.models import Resource
from facilities.resources.schemas import ResourceChange, ResourceIn, ResourceOut, ResourceQuery
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import (
    ApiBlueprint,
    Page,
    check_if_match,
    idempotent,
    page_of,
    paginate,
    reading,
    requires,
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint("resources", __name__, url_prefix="/api/v1/resources", description="Rooms and pools.")


def load(session: Session, resource_id: UUID) -> Resource:
    """NotFound when there is no such resource."""
    found = queries.get_resource(session, resource_id)
    if found is None:
        raise NotFound("resource")
    return found


@blueprint.route("")
class Resources(MethodView):
    @requires("viewer")
    @blueprint.arguments(ResourceQuery, location="query")
    @blueprint.response(200, page_of(ResourceOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Resources, newest first."""
        with reading() as session:
            found = queries.list_resources(kind=query["kind"], search=query["q"], active=query["active"])
            return paginate(session, found, query)

    @requires("admin")
    @blueprint.arguments(ResourceIn)
    @blueprint.response(201, ResourceOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Resource:
        """Add a room or a pool."""
        return add_resource(work, NewResource(**data))


@blueprint.route("/<uuid:resource_id>")
class OneResource(MethodView):
    @requires("viewer")
    @blueprint.response(200, ResourceOut)
    def get(self, resource_id: UUID) -> Resource:
        """One resource."""
        with reading() as session:
            found = load(session, resource_id)
            set_etag(found)
            return found

    @requires("admin")
    @blueprint.arguments(ResourceChange)
    @blueprint.response(200, ResourceOut)
    def patch(self, data: dict[str, Any], resource_id: UUID) -> Resource:
        """Change a resource. Refused when more is promised than would remain."""
        with unit_of_work() as work:
            load(work.session, resource_id)
            check_if_match(lock(work.session, [resource_id])[resource_id])
            changed = change_resource(work, resource_id, data)
            set_etag(changed)
            return changed
