"""Who is registered: only the id and the name, so that the desk can say who books."""

from marshmallow import EXCLUDE, Schema, fields

from facilities.people.models import Person
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff

reactions = Reactions("membership")
follow_staff(reactions)


class PersonName(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)


@reactions.on("person.registered", needs=PersonName)
@reactions.on("person.updated", needs=PersonName)
@reactions.on("person.snapshot", needs=PersonName)
def remember(work: UnitOfWork, event: ReceivedEvent) -> None:
    work.session.merge(Person(id=event.data["person_id"], name=event.data["name"][:120]))
