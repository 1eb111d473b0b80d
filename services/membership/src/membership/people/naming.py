"""Finding people by what somebody at the desk types: a phone, or a name."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.people import phones
from membership.people.models import Person
from shared.refusal import Reason, Refused
from shared.texts import N_

_SEPARATORS = re.compile(r"[,，;；、\n]+")


def named(session: Session, text: str, field: str) -> tuple[list[Person], list[Reason]]:
    """Everybody whom the text names, separated by commas; a reason for each name that is not one person's.

    ``王芳``, ``138 0013 8000`` and ``王芳 13800138000`` all name a person; so does an id, after a name or alone.
    """
    people: list[Person] = []
    reasons: list[Reason] = []
    for part in filter(None, (part.strip() for part in _SEPARATORS.split(text))):
        found = _candidates(session, part)
        if len(found) == 1:
            people.append(found[0])
        elif found:
            said = N_("%(count)s people are called %(name)s: write the phone too.")
            reasons.append(Reason("person-ambiguous", said, field, {"name": part, "count": len(found)}))
        else:
            said = N_("Nobody called %(name)s is registered.")
            reasons.append(Reason("person-unknown", said, field, {"name": part}))
    return people, reasons


def _candidates(session: Session, text: str) -> Sequence[Person]:
    try:
        return session.scalars(
            select(Person).where(Person.id == UUID(text.split()[-1]), Person.erased_at.is_(None))
        ).all()
    except ValueError:
        pass
    digits = re.search(r"\+?[0-9][0-9 -]{5,}$", text)
    name = text[: digits.start()].strip() if digits else text
    query = select(Person).where(Person.erased_at.is_(None)).order_by(Person.id).limit(20)
    if digits:
        phone = phones.e164(digits.group(), sample=True)
        query = query.where(Person.phone == phone)
    if name:
        query = query.where(Person.name == name)
    return session.scalars(query).all()


def one_named(session: Session, text: str, field: str) -> Person:
    """The one person whom the text names; Refused when it names nobody, or several."""
    people, reasons = named(session, text, field)
    if not reasons and len(people) != 1:
        reasons = [Reason("one-person", N_("Name exactly one person."), field)]
    if reasons:
        raise Refused.many(reasons)
    return people[0]


def naming_text(person: Person) -> str:
    """What, typed into a form, names exactly this person."""
    return f"{person.name} {person.phone or person.id}"
