"""Attendance over HTTP."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields

from activities.activity.queries import get_activity
from activities.attendance.commands import mark_attendance
from activities.attendance.models import Attendance
from activities.attendance.queries import get_mark, roll
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Input, idempotent, reading, requires

blueprint = ApiBlueprint("attendance", __name__, url_prefix="/api/v1/activities", description="Who was there.")


class MarkIn(Input):
    registration_id = fields.UUID(required=True, metadata={"description": "Whose registration."})
    present = fields.Boolean(required=True, metadata={"description": "There or not."})


class MarkOut(Schema):
    registration_id = fields.UUID()
    present = fields.Boolean()
    minutes = fields.Integer()
    marked_at = fields.AwareDateTime()


class RollOut(Schema):
    items = fields.List(fields.Nested(lambda: RollEntry()))


class RollEntry(Schema):
    registration_id = fields.UUID()
    session_id = fields.UUID()
    person_id = fields.UUID()
    present = fields.Boolean(allow_none=True, metadata={"description": "null: not marked yet."})
    minutes = fields.Integer(allow_none=True)


@blueprint.route("/<uuid:activity_id>/attendance")
class AttendanceOfActivity(MethodView):
    @requires("viewer")
    @blueprint.response(200, RollOut)
    def get(self, activity_id: UUID) -> dict[str, Any]:
        """Everybody who has a place, session by session, with what the desk noted."""
        with reading() as session:
            sessions = get_activity(session, activity_id).sessions
            rows = [entry for one in sessions for entry in roll(session, one.id)]
            return {
                "items": [
                    {
                        "registration_id": registration.id,
                        "session_id": registration.session_id,
                        "person_id": registration.person_id,
                        "present": mark.present if mark else None,
                        "minutes": mark.minutes if mark else None,
                    }
                    for registration, _, mark in rows
                ]
            }

    @requires("officer")
    @blueprint.arguments(MarkIn)
    @blueprint.response(200, MarkOut)
    @idempotent(load=get_mark, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], activity_id: UUID) -> Attendance:
        """Note that somebody is there, or is not."""
        return mark_attendance(work, data["registration_id"], data["present"], activity_id)
