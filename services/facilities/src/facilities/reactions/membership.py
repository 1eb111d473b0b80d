"""Who is registered: only the id and the name, so that the desk can say who books; and who is gone."""

from marshmallow import fields

from facilities.people.models import Person
from facilities.people.moving import erase, move, still_open
from facilities.published import answers
from shared.database import UnitOfWork
from shared.former_people import FormerPersonNeeded, PersonRules, follow_people
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff


class PersonName(FormerPersonNeeded):
    name = fields.String(required=True)


def remember(work: UnitOfWork, event: ReceivedEvent) -> None:
    work.session.merge(Person(id=event.data["person_id"], name=event.data["name"][:120]))


PEOPLE = PersonRules(move, erase, still_open, remember, PersonName)
reactions = Reactions("membership")
follow_staff(reactions)
follow_people(reactions, PEOPLE, answers)
