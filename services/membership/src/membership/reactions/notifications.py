"""From notifications: who cannot be reached any more, and its answers to merges and erasures."""

from marshmallow import EXCLUDE, Schema, fields

from membership.acknowledgements.reaction import follow_answers
from membership.people.reachability import NOTES, note_reachable, note_unreachable
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent

reactions = Reactions("notifications")
follow_answers(reactions)


class UnreachableNeeded(Schema):
    """Without a channel it says only that no address is recorded, which membership knows itself."""

    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    channel = fields.String(load_default=None, allow_none=True)


class ReachableNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    channel = fields.String(required=True)


@reactions.on("contact.unreachable", needs=UnreachableNeeded)
def on_contact_unreachable(work: UnitOfWork, event: ReceivedEvent) -> None:
    if event.data["channel"] in NOTES:
        note_unreachable(work, event.data["person_id"], event.data["channel"], event.time)


@reactions.on("contact.reachable", needs=ReachableNeeded)
def on_contact_reachable(work: UnitOfWork, event: ReceivedEvent) -> None:
    if event.data["channel"] in NOTES:
        note_reachable(work, event.data["person_id"], event.data["channel"])
