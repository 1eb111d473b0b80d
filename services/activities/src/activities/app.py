"""The composition root of a web process of this service."""

from flask import Flask

from activities.activity import api as activity_api
from activities.activity import changing_pages
from activities.activity import pages as activity_pages
from activities.attendance import api as attendance_api
from activities.attendance import pages as attendance_pages
from activities.belonging import BELONGING
from activities.registration import api as registration_api
from activities.registration import pages as registration_pages
from activities.service import SERVICE
from activities.today import pages as today_pages
from shared import web
from shared.runtime import Runtime
from shared.texts import N_
from shared.web import Item


def create_app(runtime: Runtime | None = None) -> Flask:
    """The service's Flask application."""
    return web.create_app(
        runtime or Runtime.from_environment(SERVICE),
        pages=[
            today_pages.blueprint,
            activity_pages.blueprint,
            changing_pages.blueprint,
            registration_pages.blueprint,
            attendance_pages.blueprint,
        ],
        apis=[activity_api.blueprint, registration_api.blueprint, attendance_api.blueprint],
        navigation=[
            Item(N_("Today"), "today_pages.show"),
            Item(
                N_("Activities"),
                "activity_pages.list_activities",
                blueprints=("activity_changes", "registration_pages", "attendance_pages"),
            ),
        ],
        package=__name__,
        belonging=BELONGING,
    )
