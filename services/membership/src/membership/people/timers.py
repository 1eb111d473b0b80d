"""What happens to people because time passes: children grow up and are written to themselves."""

from datetime import date

from sqlalchemy import or_, select

from membership.people import sealing
from membership.people.commands import lock_person
from membership.people.contacts import record_contact
from membership.people.models import Person
from membership.people.readings import sort_key
from membership.people.rules import ADULT_FROM, GUARDED_UNDER
from membership.people.tokens import keep_tail, keep_tokens
from membership.settings import Centre
from shared.runtime import Runtime

BATCH = 200


def write_to_grown_up_children(runtime: Runtime) -> int:
    """Record contact.changed for who turned 14 (or 18, while they could not be reached). Safe to repeat."""
    centre = Centre.of(runtime.settings)
    today = centre.today(runtime.clock())
    grown = or_(
        (Person.birth_on <= _born(today, GUARDED_UNDER)) & (Person.phone.is_not(None) | Person.email.is_not(None)),
        Person.birth_on <= _born(today, ADULT_FROM),
    )
    with runtime.reading() as session:
        ids = session.scalars(select(Person.id).where(Person.guarded, grown).order_by(Person.id).limit(BATCH)).all()
    for person_id in ids:
        with runtime.unit_of_work() as work:
            person = lock_person(work, person_id)
            if person.guarded:
                record_contact(work, person, centre)
    return len(ids)


def index_people(runtime: Runtime) -> int:
    """Catch up with records that the search index does not know as they are. Safe to repeat.

    The release before keeps no index, and runs beside this one while it is deployed.
    """
    centre = Centre.of(runtime.settings)
    with runtime.unit_of_work() as work:
        behind = select(Person).where(Person.indexed_version != Person.version).order_by(Person.id).limit(BATCH)
        found = work.session.scalars(behind.with_for_update(skip_locked=True)).all()
        for person in found:
            person.sort_key = sort_key(person.name)
            sealed = person.id_number_sealed
            number = None if sealed is None else sealing.open_number(centre, person.id, sealed)
            keep_tail(work.session, person.id, centre, number)
        keep_tokens(work.session, found)
    return len(found)


def _born(today: date, years: int) -> date:
    """The latest birth date of somebody who has completed so many years."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)
