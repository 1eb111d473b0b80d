"""What welfare needs: a room for a talk. Nobody learns here what it is about or who comes."""

from marshmallow import EXCLUDE, Schema, fields

from facilities.holds.commands import Need, Request, confirm_hold, free_hold, request_hold
from facilities.occupancy.rules import Window
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

SOURCE = "welfare"
reactions = Reactions(SOURCE)


class PlaceRequested(Schema):
    class Meta:
        unknown = EXCLUDE

    talk_id = fields.UUID(required=True)
    request_version = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    resource_code = fields.String(required=True)


class Talk(Schema):
    class Meta:
        unknown = EXCLUDE

    talk_id = fields.UUID(required=True)
    request_version = fields.Integer(load_default=None, allow_none=True)


@reactions.on("talk.place-requested", needs=PlaceRequested)
def hold_room(work: UnitOfWork, event: ReceivedEvent) -> None:
    data = event.data
    request_hold(
        work,
        Request(
            source=SOURCE,
            id=data["talk_id"],
            version=data["request_version"],
            confidential=True,
            needs=[Need(data["resource_code"], Window(data["starts_at"], data["ends_at"]))],
        ),
    )


@reactions.on("talk.scheduled", needs=Talk)
def confirm_room(work: UnitOfWork, event: ReceivedEvent) -> None:
    confirm_hold(work, SOURCE, event.data["talk_id"], event.data["request_version"])


@reactions.on("talk.moved", needs=Talk)
def confirm_other_room(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A moved talk asked for its new place before; that one is firm now."""
    confirm_hold(work, SOURCE, event.data["talk_id"], event.data["request_version"])


@reactions.on("talk.cancelled", needs=Talk)
def free_room(work: UnitOfWork, event: ReceivedEvent) -> None:
    free_hold(work, SOURCE, event.data["talk_id"], event.data["request_version"])
