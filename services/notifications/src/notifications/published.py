"""Every event that this service publishes. Ids only: names, numbers, addresses and contents never leave."""

from uuid import UUID

from marshmallow import Schema, fields, validate

from notifications.messages.rules import CHANNELS
from shared.events import Registry
from shared.former_people import declare_answers

registry = Registry("notifications")
ANSWERS = declare_answers(registry)
_MESSAGE = UUID("019ae000-0000-7000-8000-000000000001")
_PERSON = UUID("019ae000-0000-7000-8000-000000000002")
_EVENT = UUID("019ae000-0000-7000-8000-000000000003")


class MessageData(Schema):
    """Which message, to whom, because of what."""

    message_id = fields.UUID(required=True, metadata={"description": "The message; also in its Message-ID."})
    person_id = fields.UUID(required=True, metadata={"description": "Who was written to."})
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS), metadata={"description": "sms or email."})
    event_id = fields.UUID(required=True, metadata={"description": "The event that led to the message."})
    event_type = fields.String(required=True, metadata={"description": "Its <service>.<noun>.<verb>."})


class EndedMessageData(MessageData):
    """The same, with the reason."""

    reason = fields.String(required=True, metadata={"description": "A stable kebab-case code."})


class UnreachableData(Schema):
    """Whom no channel reaches."""

    person_id = fields.UUID(required=True, metadata={"description": "Who cannot be written to."})
    channel = fields.String(
        validate=validate.OneOf(CHANNELS), metadata={"description": "The channel that failed; absent: all of them."}
    )
    reason = fields.String(required=True, metadata={"description": "A stable kebab-case code."})


class ReachableData(Schema):
    """Who is written to again, and how."""

    person_id = fields.UUID(required=True, metadata={"description": "Who can be written to."})
    channel = fields.String(
        required=True, validate=validate.OneOf(CHANNELS), metadata={"description": "The channel that is used again."}
    )


_EXAMPLE = {
    "message_id": str(_MESSAGE),
    "person_id": str(_PERSON),
    "channel": "sms",
    "event_id": str(_EVENT),
    "event_type": "activities.registration.confirmed",
}

MESSAGE_SENT = registry.event(
    "message.sent", MessageData, meaning="The provider has taken a message.", example=_EXAMPLE
)
MESSAGE_FAILED = registry.event(
    "message.failed",
    EndedMessageData,
    meaning="A message will not be sent: the provider refused it for good, or it was tried too often.",
    example={**_EXAMPLE, "reason": "refused"},
)
MESSAGE_SUPPRESSED = registry.event(
    "message.suppressed",
    EndedMessageData,
    meaning="A message was deliberately not sent.",
    example={**_EXAMPLE, "reason": "not-on-allow-list"},
)
CONTACT_UNREACHABLE = registry.event(
    "contact.unreachable",
    UnreachableData,
    meaning="A person was to be written to and has no address that works: none at all, or one that bounced.",
    example={"person_id": str(_PERSON), "reason": "no-address"},
)
CONTACT_REACHABLE = registry.event(
    "contact.reachable",
    ReachableData,
    meaning="Staff decided that an address which did not work is written to again.",
    example={"person_id": str(_PERSON), "channel": "email"},
)
