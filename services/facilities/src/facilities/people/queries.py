"""Finding people by name."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.people.models import Person
from shared.refusal import Refused
from shared.texts import N_


def person_named(session: Session, name: str | None) -> UUID | None:
    """The one person of exactly this name, or whose id it is; None for an empty name.

    Refused when nobody, or more than one person, has it: the desk then says the person's id.
    """
    wanted = (name or "").strip()
    if not wanted:
        return None
    try:
        by_id = session.get(Person, UUID(wanted))
    except ValueError:
        by_id = None
    if by_id is not None:
        return by_id.id
    found = session.scalars(select(Person.id).where(Person.name == wanted).limit(2)).all()
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused("several-people", N_("Several people have this name. Give the person's id."), field="person")
    raise Refused("nobody-named", N_("Nobody is registered by this name."), field="person", status=422)


def name_of(session: Session, person_id: UUID | None) -> str | None:
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else None


def some_names(session: Session, limit: int = 1000) -> list[str]:
    """Names to suggest while typing."""
    return list(session.scalars(select(Person.name).distinct().order_by(Person.name).limit(limit)))
