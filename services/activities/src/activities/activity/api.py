"""Activities over HTTP: thin, every decision is a command's."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask.views import MethodView

from activities.activity import commands
from activities.activity.models import Activity
from activities.activity.overview import Shown, show, show_one
from activities.activity.queries import activities
from activities.activity.rules import Plan
from activities.activity.schemas import (
    ActivityChange,
    ActivityIn,
    ActivityOut,
    ActivityQuery,
    CancelIn,
    CapacityIn,
    MoveIn,
    Nothing,
)
from activities.registration.commands import set_capacity
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
    runtime,
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint(
    "activities", __name__, url_prefix="/api/v1/activities", description="Activities, their sessions and places."
)


@blueprint.route("")
class Activities(MethodView):
    @requires("viewer")
    @blueprint.arguments(ActivityQuery, location="query")
    @blueprint.response(200, page_of(ActivityOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Activities, newest first."""
        with reading() as session:
            chosen = activities(
                now=runtime().clock(), when=query["when"], body=query["body"], kind=query["kind"], text=query["q"]
            )
            page = paginate(session, chosen, query)
            return replace(page, items=show(session, page.items))

    @requires("officer")
    @blueprint.arguments(ActivityIn)
    @blueprint.response(201, ActivityOut)
    @idempotent(load=show_one)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Activity:
        """Write a new activity down, as a draft."""
        return commands.draft_activity(work, Plan(**data))


@blueprint.route("/<uuid:activity_id>")
class OneActivity(MethodView):
    @requires("viewer")
    @blueprint.response(200, ActivityOut)
    def get(self, activity_id: UUID) -> Shown:
        """One activity with its sessions and how full they are."""
        with reading() as session:
            shown = show_one(session, activity_id)
            set_etag(shown.activity)
            return shown

    @requires("officer")
    @blueprint.arguments(ActivityChange)
    @blueprint.response(200, ActivityOut)
    def patch(self, data: dict[str, Any], activity_id: UUID) -> Shown:
        """Change a draft; of a published activity words and the registration window."""
        with unit_of_work() as work:
            activity = commands.lock_activity(work, activity_id)
            check_if_match(activity)
            commands.edit_activity(work, activity, data)
            set_etag(activity)
            return show_one(work.session, activity_id)


@blueprint.route("/<uuid:activity_id>/publish")
class Publish(MethodView):
    @requires("manager")
    @blueprint.arguments(Nothing)
    @blueprint.response(200, ActivityOut)
    @idempotent(load=show_one, status=200)
    def post(self, work: UnitOfWork, _data: dict[str, Any], activity_id: UUID) -> Activity:
        """Ask for its place; it is public once the place is granted, or at once where it needs none."""
        return commands.publish_activity(work, commands.lock_activity(work, activity_id))


@blueprint.route("/<uuid:activity_id>/withdraw")
class Withdraw(MethodView):
    @requires("manager")
    @blueprint.arguments(Nothing)
    @blueprint.response(200, ActivityOut)
    @idempotent(load=show_one, status=200)
    def post(self, work: UnitOfWork, _data: dict[str, Any], activity_id: UUID) -> Activity:
        """Take the request for a place back."""
        return commands.withdraw_activity(work, commands.lock_activity(work, activity_id))


@blueprint.route("/<uuid:activity_id>/move")
class Move(MethodView):
    @requires("manager")
    @blueprint.arguments(MoveIn)
    @blueprint.response(200, ActivityOut)
    @idempotent(load=show_one, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], activity_id: UUID) -> Activity:
        """Ask for a place at other times; the old ones count until it is granted."""
        times = {one["session_id"]: (one["starts_at"], one["ends_at"]) for one in data["sessions"]}
        return commands.move_activity(work, commands.lock_activity(work, activity_id), times)


@blueprint.route("/<uuid:activity_id>/cancel")
class Cancel(MethodView):
    @requires("manager")
    @blueprint.arguments(CancelIn)
    @blueprint.response(200, ActivityOut)
    @idempotent(load=show_one, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], activity_id: UUID) -> Activity:
        """Cancel it with everything it holds: its place, and every registration."""
        return commands.cancel_activity(work, commands.lock_activity(work, activity_id), data["reason"])


@blueprint.route("/<uuid:activity_id>/sessions/<uuid:session_id>/capacity")
class Capacity(MethodView):
    @requires("officer")
    @blueprint.arguments(CapacityIn)
    @blueprint.response(200, ActivityOut)
    def put(self, data: dict[str, Any], activity_id: UUID, session_id: UUID) -> Shown:
        """Change how many places a session has; the waiting list moves up at once."""
        with unit_of_work() as work:
            set_capacity(work, session_id, data["capacity"], activity_id)
            return show_one(work.session, activity_id)
