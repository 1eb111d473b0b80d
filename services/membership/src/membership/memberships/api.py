"""/api/v1/memberships"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.current import today
from membership.memberships.commands import end_membership, start_membership
from membership.memberships.models import Membership
from membership.memberships.queries import NOUN
from membership.memberships.schemas import MembershipEnd, MembershipIn, MembershipOut, MembershipQuery
from membership.memberships.visibility import SeenMembership, see_membership, seen, visible
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
    "memberships",
    __name__,
    url_prefix="/api/v1/memberships",
    description="Periods in which a person holds a role in an organisation.",
)


def _seen(session: Session, membership_id: UUID) -> SeenMembership:
    return see_membership(session, membership_id, principal(), today())


@blueprint.route("")
class Memberships(MethodView):
    @requires("viewer")
    @blueprint.arguments(MembershipQuery, location="query")
    @blueprint.response(200, page_of(MembershipOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Who belongs to what, the newest first. Of other bodies: the organisation of today, without role and days."""
        by = {name: query[name] for name in ("person_id", "organisation_id", "body", "role", "as_of")}
        with reading() as session:
            page = paginate(session, visible(principal(), today(), **by), query)
            return replace(page, items=seen(page.items, principal()))

    @requires("officer")
    @blueprint.arguments(MembershipIn)
    @blueprint.response(201, MembershipOut)
    @idempotent(load=_seen)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Membership:
        """Let a person join an organisation, in a role, from a day."""
        return start_membership(work, **data)


@blueprint.route("/<uuid:membership_id>")
class OneMembership(MethodView):
    @requires("viewer")
    @blueprint.response(200, MembershipOut)
    def get(self, membership_id: UUID) -> SeenMembership:
        """One membership."""
        with reading() as session:
            membership = _seen(session, membership_id)
            set_etag(membership)
            return membership

    @requires("officer")
    @blueprint.arguments(MembershipEnd)
    @blueprint.response(200, MembershipOut)
    def patch(self, data: dict[str, Any], membership_id: UUID) -> SeenMembership:
        """Only the end can be said; person, organisation, role and start never change."""
        with unit_of_work() as work:
            membership: Membership | None = work.lock(Membership, membership_id)
            if membership is None:
                raise NotFound(NOUN)
            check_if_match(membership)
            end_membership(work, membership_id, data["end_on"], version=membership.version)
            set_etag(membership)
            return seen([membership], principal())[0]
