"""/api/v1/households"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import centre, today
from membership.households.commands import MemberData, change_household, found_household
from membership.households.models import Household
from membership.households.queries import get_household, see_household, selection
from membership.households.schemas import HouseholdChange, HouseholdIn, HouseholdOut, HouseholdQuery
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
    unit_of_work,
)

blueprint = ApiBlueprint(
    "households", __name__, url_prefix="/api/v1/households", description="People who live together."
)


@blueprint.route("")
class Households(MethodView):
    @requires("viewer")
    @blueprint.arguments(HouseholdQuery, location="query")
    @blueprint.response(200, page_of(HouseholdOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Households, the newest first."""
        with reading() as session:
            page = paginate(session, selection(reader=principal(), today=today(), text=query["text"]), query)
            for household in page.items:
                load_members(household)
            return page

    @requires("officer")
    @blueprint.arguments(HouseholdIn)
    @blueprint.response(201, HouseholdOut)
    @idempotent(load=lambda session, household_id: load_members(get_household(session, household_id)))
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Household:
        """Write down who lives together."""
        members = [MemberData(**member) for member in data["members"]]
        return found_household(work, data["name"], members, centre=centre())


@blueprint.route("/<uuid:household_id>")
class OneHousehold(MethodView):
    @requires("viewer")
    @blueprint.response(200, HouseholdOut)
    def get(self, household_id: UUID) -> Household:
        """One household with everybody in it."""
        with reading() as session:
            household = see_household(session, household_id, principal(), today())
            set_etag(household)
            return load_members(household)

    @requires("officer")
    @blueprint.arguments(HouseholdChange)
    @blueprint.response(200, HouseholdOut)
    def patch(self, data: dict[str, Any], household_id: UUID) -> Household:
        """Change a household's name, or who is in it."""
        with unit_of_work() as work:
            household = see_household(work.session, household_id, principal(), today())
            check_if_match(household)
            members = [MemberData(**member) for member in data["members"]] if "members" in data else None
            household = change_household(
                work,
                household_id,
                version=household.version,
                centre=centre(),
                name=data.get("name"),
                members=members,
            )
            set_etag(household)
            return load_members(household)


def load_members(household: Household) -> Household:
    """With everybody who lives there, for an answer that is written after the session has ended."""
    for member in household.members:
        _ = member.person.name
    return household
