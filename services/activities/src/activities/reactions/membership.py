"""Who there is: the people of membership whom one can register, and who lives together."""

from marshmallow import EXCLUDE, Schema, fields

from activities.lookups import remember_household, remember_person
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff

reactions = Reactions("membership")
follow_staff(reactions)


class PersonNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    sample = fields.Boolean(load_default=False)


class HouseholdNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    household_id = fields.UUID(required=True)
    member_ids = fields.List(fields.UUID(), required=True)


@reactions.on("person.registered", needs=PersonNeeded)
def on_person_registered(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_person(work, **event.data)


@reactions.on("person.updated", needs=PersonNeeded)
def on_person_updated(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_person(work, **event.data)


@reactions.on("person.snapshot", needs=PersonNeeded)
def on_person_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_person(work, **event.data)


@reactions.on("household.changed", needs=HouseholdNeeded)
def on_household_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_household(work, **event.data)


@reactions.on("household.snapshot", needs=HouseholdNeeded)
def on_household_snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
    remember_household(work, **event.data)
