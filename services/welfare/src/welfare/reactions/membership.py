"""From membership: who there is, and who lives together."""

from marshmallow import EXCLUDE, Schema, fields

from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff
from welfare.lookups import keep_household, keep_person

reactions = Reactions("membership")
follow_staff(reactions)


class NeedsPerson(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    sample = fields.Boolean(load_default=False)


class NeedsHousehold(Schema):
    class Meta:
        unknown = EXCLUDE

    household_id = fields.UUID(required=True)
    member_ids = fields.List(fields.UUID(), required=True)


def _person(work: UnitOfWork, event: ReceivedEvent) -> None:
    keep_person(work, event.data["person_id"], event.data["name"], event.data["sample"])


def _household(work: UnitOfWork, event: ReceivedEvent) -> None:
    keep_household(work, event.data["household_id"], event.data["member_ids"])


for _name in ("person.registered", "person.updated", "person.snapshot"):
    reactions.on(_name, needs=NeedsPerson)(_person)
for _name in ("household.changed", "household.snapshot"):
    reactions.on(_name, needs=NeedsHousehold)(_household)
