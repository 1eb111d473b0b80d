"""Registrations over HTTP."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask.views import MethodView

from activities.activity.queries import get_activity
from activities.registration.commands import cancel_registration, register_people
from activities.registration.models import Registration
from activities.registration.queries import Entry, entries, get_entry, get_group, registrations
from activities.registration.schemas import (
    CancellationIn,
    RegistrationIn,
    RegistrationMade,
    RegistrationOut,
    RegistrationQuery,
)
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, reading, requires

blueprint = ApiBlueprint(
    "registrations", __name__, url_prefix="/api/v1", description="Places, the waiting list, and giving a place back."
)


@blueprint.route("/activities/<uuid:activity_id>/registrations")
class Registrations(MethodView):
    @requires("viewer")
    @blueprint.arguments(RegistrationQuery, location="query")
    @blueprint.response(200, page_of(RegistrationOut))
    def get(self, query: dict[str, Any], activity_id: UUID) -> Page:
        """Registrations of an activity, newest first."""
        with reading() as session:
            get_activity(session, activity_id)
            page = paginate(session, registrations(activity_id, query["session_id"], query["state"]), query)
            return replace(page, items=entries(session, page.items))

    @requires("officer")
    @blueprint.arguments(RegistrationIn)
    @blueprint.response(201, RegistrationMade)
    @idempotent(load=get_group)
    def post(self, work: UnitOfWork, data: dict[str, Any], activity_id: UUID) -> Registration:
        """Register a person or a family: all get a place, or all wait."""
        return register_people(work, activity_id, data["person_ids"], data["session_id"])[0]


@blueprint.route("/registrations/<uuid:registration_id>")
class OneRegistration(MethodView):
    @requires("viewer")
    @blueprint.response(200, RegistrationOut)
    def get(self, registration_id: UUID) -> Entry:
        """One registration, with the place on the waiting list."""
        with reading() as session:
            return get_entry(session, registration_id)


@blueprint.route("/registrations/<uuid:registration_id>/cancel")
class CancelRegistration(MethodView):
    @requires("officer")
    @blueprint.arguments(CancellationIn)
    @blueprint.response(200, RegistrationOut)
    @idempotent(load=get_entry, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], registration_id: UUID) -> Registration:
        """Give a place back; whoever is next moves up."""
        return cancel_registration(work, registration_id, **data)
