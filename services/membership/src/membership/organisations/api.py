"""/api/v1/organisations"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import today
from membership.organisations.commands import (
    change_organisation,
    close_organisation,
    found_organisation,
    lock_organisation,
)
from membership.organisations.models import Organisation
from membership.organisations.queries import get_organisation, selection
from membership.organisations.rules import OrganisationData
from membership.organisations.schemas import OrganisationChange, OrganisationIn, OrganisationOut, OrganisationQuery
from shared.database import UnitOfWork
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

blueprint = ApiBlueprint(
    "organisations",
    __name__,
    url_prefix="/api/v1/organisations",
    description="The trees of the four bodies, enterprises and stations.",
)


@blueprint.route("")
class Organisations(MethodView):
    @requires("viewer")
    @blueprint.arguments(OrganisationQuery, location="query")
    @blueprint.response(200, page_of(OrganisationOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Organisations, found by words, kind, body or parent."""
        by = {name: query[name] for name in ("text", "kind", "body", "parent_id", "active")}
        with reading() as session:
            return paginate(session, selection(**by), query)

    @requires("officer")
    @blueprint.arguments(OrganisationIn)
    @blueprint.response(201, OrganisationOut)
    @idempotent(load=get_organisation)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Organisation:
        """Found an organisation under its parent."""
        parent_id = data.pop("parent_id")
        return found_organisation(work, OrganisationData(**data), parent_id=parent_id)


@blueprint.route("/<uuid:organisation_id>")
class OneOrganisation(MethodView):
    @requires("viewer")
    @blueprint.response(200, OrganisationOut)
    def get(self, organisation_id: UUID) -> Organisation:
        """One organisation."""
        with reading() as session:
            organisation = get_organisation(session, organisation_id)
            set_etag(organisation)
            return organisation

    @requires("officer")
    @blueprint.arguments(OrganisationChange)
    @blueprint.response(200, OrganisationOut)
    def patch(self, data: dict[str, Any], organisation_id: UUID) -> Organisation:
        """Change what an organisation is called, or where it belongs."""
        with unit_of_work() as work:
            organisation = lock_organisation(work, organisation_id)
            check_if_match(organisation)
            change_organisation(work, organisation_id, data, version=organisation.version)
            set_etag(organisation)
            return organisation


@blueprint.route("/<uuid:organisation_id>/closing")
class Closing(MethodView):
    """Closing takes no content; closing what is closed changes nothing."""

    @requires("manager")
    @blueprint.response(200, OrganisationOut)
    @idempotent(load=get_organisation, status=200)
    def post(self, work: UnitOfWork, organisation_id: UUID) -> Organisation:
        """Close an organisation; closing it again changes nothing."""
        organisation = lock_organisation(work, organisation_id)
        if organisation.active:
            close_organisation(work, organisation_id, version=organisation.version, today=today())
        return organisation
