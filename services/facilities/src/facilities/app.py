"""The web application of this service."""

from flask import Flask

from facilities import wording
from facilities.availability import api as availability_api
from facilities.availability import pages as availability_pages
from facilities.belonging import BELONGING
from facilities.bookings import api as bookings_api
from facilities.bookings import calendar_pages
from facilities.bookings import pages as bookings_pages
from facilities.closures import api as closures_api
from facilities.closures import pages as closures_pages
from facilities.resources import api as resources_api
from facilities.resources import pages as resources_pages
from facilities.roster import api as roster_api
from facilities.roster import more_api as roster_more_api
from facilities.roster import pages as roster_pages
from facilities.roster import people_pages as roster_people_pages
from facilities.roster import planning_pages as roster_planning_pages
from facilities.service import SERVICE
from facilities.today import pages as today_pages
from shared import web
from shared.runtime import Runtime
from shared.texts import N_
from shared.web import Item


def create_app(runtime: Runtime | None = None) -> Flask:
    """The composition root of a web process."""
    app = web.create_app(
        runtime or Runtime.from_environment(SERVICE),
        pages=[
            today_pages.blueprint,
            calendar_pages.blueprint,
            bookings_pages.blueprint,
            availability_pages.blueprint,
            resources_pages.blueprint,
            closures_pages.blueprint,
            roster_pages.blueprint,
            roster_people_pages.blueprint,
            roster_planning_pages.blueprint,
        ],
        apis=[
            resources_api.blueprint,
            bookings_api.blueprint,
            closures_api.blueprint,
            availability_api.blueprint,
            roster_api.blueprint,
            roster_more_api.blueprint,
        ],
        navigation=[
            Item(N_("Today"), "today_pages.show"),
            Item(N_("Calendar"), "calendar_pages.show_day"),
            Item(N_("Bookings"), "bookings_pages.list_bookings"),
            Item(
                N_("Duty roster"),
                "roster_pages.show_week",
                blueprints=("roster_people_pages", "roster_planning_pages"),
            ),
            Item(N_("Find a room"), "availability_pages.search"),
            Item(N_("Rooms and equipment"), "resources_pages.list_resources"),
            Item(N_("Closures"), "closures_pages.list_closures"),
        ],
        package=__name__,
        belonging=BELONGING,
    )
    wording.register(app)
    return app
