"""``/api/v1/availability``: a free room for so many people with so many units, within a stretch of time."""

from typing import Any

from flask.views import MethodView

from facilities.availability.queries import free_pools, free_rooms
from facilities.availability.schemas import AvailabilityOut, AvailabilityQuery
from facilities.occupancy.rules import Window
from shared.web import ApiBlueprint, reading, requires

blueprint = ApiBlueprint("availability", __name__, url_prefix="/api/v1/availability", description="What is free.")


@blueprint.route("")
class Availability(MethodView):
    @requires("viewer")
    @blueprint.arguments(AvailabilityQuery, location="query")
    @blueprint.response(200, AvailabilityOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Free rooms, the smallest that fits first, and the free units of every pool."""
        within = Window(query["starts_at"], query["ends_at"])
        with reading() as session:
            rooms = free_rooms(
                session, within=within, minutes=query["minutes"], people=query["people"], needs=query["needs"]
            )
            return {"rooms": rooms, "pools": free_pools(session, within)}
