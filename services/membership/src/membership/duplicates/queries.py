"""Pairs of records that may be one person, and the merges that were carried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from membership.add_requests.visibility import seen_whole
from membership.duplicates.models import DistinctPair, PersonMerge
from membership.people.models import Person
from shared.principal import Principal
from shared.refusal import NotFound
from shared.texts import N_

NOUN = N_("merge")
SHOWN = 50


@dataclass(frozen=True)
class Pair:
    """``why`` is ``name`` (same name and birthday) or ``phone``; who has both is shown for the name."""

    first: Person
    second: Person
    why: str


@dataclass(frozen=True)
class Pairs:
    """``more``: there are further ones, which come up as these are decided."""

    items: Sequence[Pair]
    more: bool


def duplicates(session: Session, reader: Principal, today: date, *, limit: int = SHOWN) -> Pairs:
    """Pairs nobody decided about, of which the reader sees both records whole; those of one name and birthday first."""
    one, other = aliased(Person), aliased(Person)

    def alike(why: str, rank: int, *conditions: object) -> Select[tuple[UUID, UUID, str, int]]:
        decided = exists().where(DistinctPair.first_id == one.id, DistinctPair.second_id == other.id)
        return select(
            one.id.label("a"), other.id.label("b"), literal(why).label("why"), literal(rank).label("rank")
        ).where(
            one.id < other.id,
            one.erased_at.is_(None),
            other.erased_at.is_(None),
            ~decided,
            seen_whole(reader, today, one.id),
            seen_whole(reader, today, other.id),
            *conditions,  # type: ignore[arg-type]
        )

    same_name = (one.name == other.name, one.birth_on == other.birth_on)
    found = union_all(
        alike("name", 0, *same_name), alike("phone", 1, one.phone == other.phone, one.phone.is_not(None))
    ).subquery()
    query = select(found.c.a, found.c.b, found.c.why).order_by(found.c.rank, found.c.a.desc(), found.c.b)
    rows = session.execute(query.limit(2 * limit + 2)).all()
    pairs: dict[tuple[UUID, UUID], str] = {}
    for row in rows:
        pairs.setdefault((row.a, row.b), row.why)
    ids = {one_id for pair in list(pairs)[:limit] for one_id in pair}
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    items = [Pair(people[a], people[b], why) for (a, b), why in list(pairs.items())[:limit]]
    return Pairs(items, len(pairs) > limit)


def decided(session: Session, limit: int = SHOWN) -> Sequence[DistinctPair]:
    """Pairs that are two people, as somebody decided; the latest first."""
    return session.scalars(select(DistinctPair).order_by(DistinctPair.decided_at.desc()).limit(limit)).all()


def merges() -> Select[PersonMerge]:
    return select(PersonMerge)


def get_merge(session: Session, person_id: UUID) -> PersonMerge:
    """The merge that ended this id. NotFound when there was none."""
    merge = session.get(PersonMerge, person_id)
    if merge is None:
        raise NotFound(NOUN)
    return merge
