"""The search index of people: short keys kept by the commands, searched by their beginning alike on both engines.

A key is a letter for its kind and then the text: ``n`` a name, in characters, pinyin or initials; ``p`` a phone number
from its end; ``i`` the blind index of an ID number's last four characters.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, delete, insert, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from membership.add_requests.visibility import seen_whole
from membership.base import Base
from membership.people.models import Person
from membership.people.readings import folded, name_keys
from membership.settings import Centre
from shared import encryption
from shared.principal import Principal

_TAIL = re.compile(r"[0-9]{3}[0-9xX]")
_END = "\U0010ffff"
LONGEST = 64


class PersonToken(Base):
    """Compared byte by byte (collation C on PostgreSQL, BINARY on SQLite), so that a prefix is a range."""

    __tablename__ = "person_tokens"
    __table_args__ = (Index("ix_person_tokens_person_id", "person_id"),)
    token: Mapped[str] = mapped_column(
        String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)


def keys_of(person: Person) -> set[str]:
    """The keys that the record itself says; that of the ID number comes from the number."""
    keys = {f"n{key}" for key in name_keys(person.name)}
    if person.phone:
        keys.add(f"p{person.phone.lstrip('+')[::-1]}")
    return keys


def tail_key(centre: Centre, tail: str) -> str:
    """The key of an ID number's last four characters: equality only, unreadable without the index key."""
    return "i" + encryption.blind_index(centre.blind_index_key, tail.upper(), "people.id_number.tail").hex()[:48]


def first_tokens(session: Session, people: Iterable[tuple[Person, str | None]], centre: Centre) -> None:
    """Write all keys of people who have none yet, each with the ID number, and who know their `indexed_version`."""
    rows = [
        {"token": key, "person_id": person.id}
        for person, number in people
        for key in sorted(keys_of(person) | ({tail_key(centre, number[-4:])} if number is not None else set()))
    ]
    if rows:
        session.execute(insert(PersonToken), rows)


def keep_tokens(session: Session, people: Iterable[Person]) -> None:
    """Bring the keys of names and phones into line with the records; keys of ID numbers stay."""
    people = list(people)
    ids = [person.id for person in people]
    gone = delete(PersonToken).where(PersonToken.person_id.in_(ids), PersonToken.token < "o")
    session.execute(gone.where(PersonToken.token >= "n"))
    session.execute(delete(PersonToken).where(PersonToken.person_id.in_(ids), PersonToken.token >= "p"))
    rows = [{"token": key, "person_id": person.id} for person in people for key in sorted(keys_of(person))]
    if rows:
        session.execute(insert(PersonToken), rows)
    for person in people:
        person.indexed_version = person.version


def keep_tail(session: Session, person_id: UUID, centre: Centre, number: str | None) -> None:
    """Replace the key of the ID number's tail; None removes it."""
    session.execute(delete(PersonToken).where(PersonToken.person_id == person_id, PersonToken.token < "j"))
    if number is not None:
        session.execute(insert(PersonToken), [{"token": tail_key(centre, number[-4:]), "person_id": person_id}])


def found_by(text: str, centre: Centre, reader: Principal, today: date) -> ColumnElement[bool] | None:
    """The condition that a person is found by what somebody typed; None when nothing was typed.

    Digits are the end of a phone number, four characters like ``002X`` also that of an ID number; anything else is a
    part of the name: characters (simplified or traditional), pinyin, or initials. Numbers find only those whose whole
    record the reader sees: else the digits of a number could be found out one by one.
    """
    plain = folded(text)
    if not plain:
        return None
    named, numbers = [], []
    if plain.isdecimal() and plain.isascii():
        numbers.append(_begins(f"p{plain[::-1]}"))
    else:
        named.append(_begins(f"n{plain}"[:LONGEST]))
    if _TAIL.fullmatch(plain):
        numbers.append(PersonToken.token == tail_key(centre, plain))
    if numbers:
        named.append(or_(*numbers) & seen_whole(reader, today, PersonToken.person_id))
    chosen: Any = select(PersonToken.person_id).where(or_(*named))
    return Person.id.in_(chosen)


def phone_ends_with(digits: str) -> ColumnElement[bool]:
    """The condition that a person's phone number ends with these digits."""
    chosen: Any = select(PersonToken.person_id).where(_begins(f"p{digits[::-1]}"))
    return Person.id.in_(chosen)


def _begins(key: str) -> ColumnElement[bool]:
    return (PersonToken.token >= key) & (PersonToken.token < key + _END)
