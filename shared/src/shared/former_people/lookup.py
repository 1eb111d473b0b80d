"""Who is gone, and under which id somebody is known now."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from shared.database.many import among
from shared.database.tables import FormerPerson, InboxRow, OutboxRow

_FINISHED = ("done", "passed", "late", "skipped")


def current_ids(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, UUID]:
    """For each id the one it is known by now: itself, or of the record that it was merged into."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    query = select(FormerPerson.person_id, FormerPerson.merged_into).where(
        among(session, FormerPerson.person_id, wanted), FormerPerson.merged_into.is_not(None)
    )
    moved = {row.person_id: row.merged_into for row in session.execute(query)}
    if not moved:
        return {one: one for one in wanted}
    further = current_ids(session, moved.values())
    return {one: further[moved[one]] if one in moved else one for one in wanted}


def current_id(session: Session, person_id: UUID) -> UUID:
    """The id that a person is known by now."""
    return current_ids(session, [person_id])[person_id]


def is_former(session: Session, person_id: UUID) -> bool:
    """Whether the person was merged into another record, or erased."""
    return bool(session.scalar(select(exists().where(FormerPerson.person_id == person_id))))


def erased_of(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Which of these people were erased."""
    among_them = among(session, FormerPerson.person_id, ids)
    gone = select(FormerPerson.person_id).where(among_them, FormerPerson.merged_into.is_(None))
    return set(session.scalars(gone))


def is_erased(session: Session, person_id: UUID) -> bool:
    return bool(erased_of(session, [person_id]))


def still_there(session: Session, people: Iterable[UUID]) -> list[UUID]:
    """These people by the ids they are known by now, each once, without those who were erased."""
    now = list(dict.fromkeys(current_ids(session, people).values()))
    gone = erased_of(session, now)
    return [one for one in now if one not in gone]


def merged_ids(session: Session, person_id: UUID) -> list[UUID]:
    """The ids that now lead to this person."""
    return list(session.scalars(select(FormerPerson.person_id).where(FormerPerson.merged_into == person_id)))


def bodies_forgotten(session: Session, ids: Collection[UUID], nouns: Iterable[str]) -> int:
    """Drop what events about these things (``booking/<id>``) said, as retention does later; how many bodies that were.

    What was not published or not processed yet stays until it was: its turn comes before that of the erasure.
    """
    subjects = [f"{noun}/{one}" for noun in nouns for one in ids]
    return _dropped(session, OutboxRow.subject.in_(subjects), InboxRow.subject.in_(subjects))


def people_forgotten(session: Session, ids: Collection[UUID], since: datetime | None = None) -> int:
    """Drop what events of any kind said that name these people; how many bodies that were.

    It goes through all bodies that are still kept, with ``since`` through those published or processed from then on.
    """
    sent = or_(*(OutboxRow.body.contains(str(one)) for one in ids))
    came = or_(*(InboxRow.body.contains(str(one)) for one in ids))
    if since is not None:
        sent, came = and_(OutboxRow.published_at >= since, sent), and_(InboxRow.finished_at >= since, came)
    return _dropped(session, sent, came)


def _dropped(session: Session, sent: ColumnElement[bool], came: ColumnElement[bool]) -> int:
    conditions = (
        (OutboxRow, sent, OutboxRow.published_at.is_not(None) & OutboxRow.body.is_not(None)),
        (InboxRow, came, InboxRow.status.in_(_FINISHED) & InboxRow.body.is_not(None)),
    )
    dropped = 0
    for table, condition, dealt_with in conditions:
        changed = session.execute(
            update(table).where(dealt_with, condition).values(body=None),
            execution_options={"synchronize_session": False},
        )
        dropped += int(changed.rowcount)  # type: ignore[attr-defined]
    return dropped
