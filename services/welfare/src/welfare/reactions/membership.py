"""From membership: who there is, who lives together, and who is gone."""

from marshmallow import EXCLUDE, Schema, fields

from shared.database import UnitOfWork
from shared.former_people import FormerPersonNeeded, PersonRules, follow_people, still_there
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff
from welfare.former_people.erasing import erase, still_open
from welfare.former_people.moving import move
from welfare.lookups import keep_household, keep_person
from welfare.published import answers


class NeedsPerson(FormerPersonNeeded):
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
    """A household that was recorded before a merge or an erasure, and comes after it, brings nobody back."""
    keep_household(work, event.data["household_id"], still_there(work.session, event.data["member_ids"]))


PEOPLE = PersonRules(move, erase, still_open, _person, NeedsPerson)
reactions = Reactions("membership")
follow_staff(reactions)
follow_people(reactions, PEOPLE, answers)
for _name in ("household.changed", "household.snapshot"):
    reactions.on(_name, needs=NeedsHousehold)(_household)
