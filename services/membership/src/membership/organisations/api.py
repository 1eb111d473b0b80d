"""/api/v1/organisations"""

from datetime import date
from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import today
from membership.memberships.queries import counts
from membership.organisations.commands import (
    change_organisation,
    close_organisation,
    found_organisation,
    lock_organisation,
)
from membership.organisations.models import Organisation
from membership.organisations.periods import OrganisationPeriod, of_organisation
from membership.organisations.queries import Branch, get_organisation, selection, then, trees
from membership.organisations.rules import OrganisationData
from membership.organisations.schemas import (
    OrganisationChange,
    OrganisationIn,
    OrganisationOut,
    OrganisationPeriodOut,
    OrganisationQuery,
    OrganisationThenOut,
)
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.texts import N_
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
        parent_id, founded_on = data.pop("parent_id"), data.pop("founded_on")
        return found_organisation(
            work, OrganisationData(**data), parent_id=parent_id, founded_on=founded_on, today=today()
        )


@blueprint.route("/trees/<day>")
class Trees(MethodView):
    @requires("viewer")
    @blueprint.response(200, OrganisationThenOut(many=True))
    def get(self, day: str) -> list[Branch]:
        """The trees as they stood on a day (``2024-12-31``): names, places, and how many people held a role."""
        try:
            on = date.fromisoformat(day)
        except ValueError:
            raise NotFound(N_("day")) from None
        with reading() as session:
            return trees(then(session, on), counts(session, on))


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
            since = data.pop("since", None)
            change_organisation(work, organisation_id, data, version=organisation.version, today=today(), since=since)
            set_etag(organisation)
            return organisation


@blueprint.route("/<uuid:organisation_id>/periods")
class Periods(MethodView):
    @requires("viewer")
    @blueprint.response(200, OrganisationPeriodOut(many=True))
    def get(self, organisation_id: UUID) -> list[OrganisationPeriod]:
        """What the organisation was called and where it stood, the latest first."""
        with reading() as session:
            return of_organisation(session, get_organisation(session, organisation_id).id)


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
