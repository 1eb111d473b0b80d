"""Who there is: the people of membership whom one can register, who lives together, and who is gone."""

from marshmallow import EXCLUDE, Schema, fields

from activities.former_people.moving import erase, move, still_open
from activities.lookups import remember_household, remember_person
from activities.published import answers
from shared.database import UnitOfWork
from shared.former_people import FormerPersonNeeded, PersonRules, follow_people, still_there
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff


class PersonNeeded(FormerPersonNeeded):
    name = fields.String(required=True)
    sample = fields.Boolean(load_default=False)


class HouseholdNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    household_id = fields.UUID(required=True)
    member_ids = fields.List(fields.UUID(), required=True)


def on_person(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_person(work, event.data["person_id"], event.data["name"], event.data["sample"])


PEOPLE = PersonRules(move, erase, still_open, on_person, PersonNeeded)
reactions = Reactions("membership")
follow_staff(reactions)
follow_people(reactions, PEOPLE, answers)


@reactions.on("household.changed", needs=HouseholdNeeded)
@reactions.on("household.snapshot", needs=HouseholdNeeded)
def on_household(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A household that was recorded before a merge or an erasure, and comes after it, brings nobody back."""
    remember_household(work, event.data["household_id"], still_there(work.session, event.data["member_ids"]))
