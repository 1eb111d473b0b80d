"""Activities: what became of somebody's registration.

A cancelled activity itself reaches nobody from here: it ends each registration by an event of its own, which
says what that person had.
"""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from notifications.messages.fan_out import announce
from notifications.wording.values import bilingual, period
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

reactions = Reactions("activities")


class RegistrationNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    title_zh = fields.String(required=True)
    title_en = fields.String(load_default=None, allow_none=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)
    place_zh = fields.String(load_default=None, allow_none=True)
    place_en = fields.String(load_default=None, allow_none=True)


class WaitlistedNeeds(RegistrationNeeds):
    waiting_number = fields.Integer(required=True)


class CancelledNeeds(RegistrationNeeds):
    was = fields.String(required=True)
    reason = fields.String(required=True)


def _announce(work: UnitOfWork, event: ReceivedEvent, **more: Any) -> None:
    data = event.data
    announce(
        work,
        event,
        [data["person_id"]],
        facts={
            "title": bilingual(data["title_zh"], data["title_en"]),
            "when": period(data["starts_at"], data["ends_at"]),
            "place": bilingual(data["place_zh"], data["place_en"]),
            **more,
        },
        starts_at=data["starts_at"],
    )


@reactions.on("registration.confirmed", needs=RegistrationNeeds)
@reactions.on("registration.promoted", needs=RegistrationNeeds)
def registration_confirmed(work: UnitOfWork, event: ReceivedEvent) -> None:
    _announce(work, event)


@reactions.on("registration.waitlisted", needs=WaitlistedNeeds)
def registration_waitlisted(work: UnitOfWork, event: ReceivedEvent) -> None:
    _announce(work, event, waiting_number=event.data["waiting_number"])


@reactions.on("registration.cancelled", needs=CancelledNeeds)
def registration_cancelled(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Rules tell by `was` whether a place is lost or only a place on the waiting list."""
    reason = event.data["reason"]
    _announce(
        work,
        event,
        was=event.data["was"],
        activity_cancelled=reason == "activity-cancelled",
        own=reason == "own",
        staff=reason == "staff",
    )
