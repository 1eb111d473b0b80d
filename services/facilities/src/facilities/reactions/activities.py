"""What activities need: places for their sessions, kept until they are published and freed when given up."""

from marshmallow import EXCLUDE, Schema, fields, validate

from facilities.holds.commands import Need, Request, confirm_hold, free_hold, request_hold
from facilities.occupancy.rules import Window
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

SOURCE = "activities"
reactions = Reactions(SOURCE)


class SessionNeed(Schema):
    class Meta:
        unknown = EXCLUDE

    resource_code = fields.String(required=True)
    quantity = fields.Integer(load_default=1, validate=validate.Range(min=1))


class Session(Schema):
    class Meta:
        unknown = EXCLUDE

    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    needs = fields.List(fields.Nested(SessionNeed), required=True)


class PlaceRequested(Schema):
    class Meta:
        unknown = EXCLUDE

    activity_id = fields.UUID(required=True)
    request_version = fields.Integer(required=True)
    title_zh = fields.String(required=True, allow_none=True)
    title_en = fields.String(required=True, allow_none=True)
    bodies = fields.List(fields.String(), required=True)
    sessions = fields.List(fields.Nested(Session), required=True)


class RequestVersion(Schema):
    class Meta:
        unknown = EXCLUDE

    activity_id = fields.UUID(required=True)
    request_version = fields.Integer(required=True)


class AnyRequestVersion(Schema):
    class Meta:
        unknown = EXCLUDE

    activity_id = fields.UUID(required=True)
    request_version = fields.Integer(load_default=None, allow_none=True)


@reactions.on("activity.place-requested", needs=PlaceRequested)
def hold_places(work: UnitOfWork, event: ReceivedEvent) -> None:
    data = event.data
    request_hold(
        work,
        Request(
            source=SOURCE,
            id=data["activity_id"],
            version=data["request_version"],
            title=data["title_zh"],
            title_en=data["title_en"],
            body=data["bodies"][0] if data["bodies"] else None,
            needs=[
                Need(need["resource_code"], Window(session["starts_at"], session["ends_at"]), need["quantity"])
                for session in data["sessions"]
                for need in session["needs"]
            ],
        ),
    )


@reactions.on("activity.published", needs=RequestVersion)
def confirm_places(work: UnitOfWork, event: ReceivedEvent) -> None:
    confirm_hold(work, SOURCE, event.data["activity_id"], event.data["request_version"])


@reactions.on("activity.changed", needs=AnyRequestVersion)
def confirm_moved_places(work: UnitOfWork, event: ReceivedEvent) -> None:
    """After a move the hold of the newer request becomes a booking; any other change finds it confirmed already."""
    if event.data["request_version"] is not None:
        confirm_hold(work, SOURCE, event.data["activity_id"], event.data["request_version"])


@reactions.on("activity.place-released", needs=RequestVersion)
def release_places(work: UnitOfWork, event: ReceivedEvent) -> None:
    free_hold(work, SOURCE, event.data["activity_id"], event.data["request_version"])


@reactions.on("activity.cancelled", needs=AnyRequestVersion)
def free_cancelled(work: UnitOfWork, event: ReceivedEvent) -> None:
    free_hold(work, SOURCE, event.data["activity_id"], event.data["request_version"])
