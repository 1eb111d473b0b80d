"""From activities: who was at which session, and its answers to merges and erasures.

Completeness of a branch's meetings and attendance statements are built from it.
"""

from marshmallow import EXCLUDE, Schema, fields

from membership.acknowledgements.reaction import follow_answers
from membership.meetings.commands import keep_attendance, keep_sessions
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

reactions = Reactions("activities")
follow_answers(reactions)
TAKES_PLACE = ("published", "completed")


class SessionNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    session_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class ActivityNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    activity_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(required=True)
    sessions = fields.List(fields.Nested(SessionNeeded), required=True)


class ActivityStateNeeded(ActivityNeeded):
    """A draft may lose its sessions again, and what was cancelled has none."""

    state = fields.String(required=True)


class CancelledNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    activity_id = fields.UUID(required=True)


class AttendanceNeeded(Schema):
    """The session says when; what was said of a registration before is replaced."""

    class Meta:
        unknown = EXCLUDE

    registration_id = fields.UUID(required=True)
    session_id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    present = fields.Boolean(required=True)
    minutes = fields.Integer(required=True)


def _keep(work: UnitOfWork, event: ReceivedEvent) -> None:
    data = event.data
    keep_sessions(work, data["activity_id"], data["kind"], (data["title_zh"], data["title_en"]), data["sessions"])


@reactions.on("activity.published", needs=ActivityNeeded)
def on_activity_published(work: UnitOfWork, event: ReceivedEvent) -> None:
    _keep(work, event)


@reactions.on("activity.changed", needs=ActivityNeeded)
def on_activity_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    _keep(work, event)


@reactions.on("activity.completed", needs=ActivityNeeded)
def on_activity_completed(work: UnitOfWork, event: ReceivedEvent) -> None:
    _keep(work, event)


@reactions.on("activity.cancelled", needs=CancelledNeeded)
def on_activity_cancelled(work: UnitOfWork, event: ReceivedEvent) -> None:
    keep_sessions(work, event.data["activity_id"], "", ("", ""), ())


@reactions.on("activity.snapshot", needs=ActivityStateNeeded)
def on_activity_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    if event.data["state"] in TAKES_PLACE:
        _keep(work, event)
    else:
        keep_sessions(work, event.data["activity_id"], "", ("", ""), ())


@reactions.on("attendance.confirmed", needs=AttendanceNeeded)
def on_attendance_confirmed(work: UnitOfWork, event: ReceivedEvent) -> None:
    keep_attendance(work, **event.data)


@reactions.on("attendance.corrected", needs=AttendanceNeeded)
def on_attendance_corrected(work: UnitOfWork, event: ReceivedEvent) -> None:
    keep_attendance(work, **event.data)


@reactions.on("attendance.snapshot", needs=AttendanceNeeded)
def on_attendance_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    keep_attendance(work, **event.data)
