"""How far each foreign subject was followed: the rows that are locked while one processor works on a subject."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.database.tables import InboxPosition


def locked_positions(session: Session, subjects: set[tuple[str, str]]) -> dict[tuple[str, str], InboxPosition]:
    """The positions of these subjects, made where they are new, and locked unless another processor holds them."""
    if not subjects:
        return {}
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    ordered = sorted(subjects)
    # Source by source: SQLite reads the whole table for a list of pairs.
    by_source = [
        (InboxPosition.source == source) & InboxPosition.subject.in_([subject for _, subject in pairs])
        for source, pairs in groupby(ordered, key=itemgetter(0))
    ]
    locked = select(InboxPosition).where(or_(*by_source)).with_for_update(skip_locked=True)
    found = {(position.source, position.subject): position for position in session.scalars(locked)}
    missing = [{"source": source, "subject": subject, "version": 0} for source, subject in ordered]
    missing = [each for each in missing if (each["source"], each["subject"]) not in found]
    if missing:
        session.execute(insert(InboxPosition).on_conflict_do_nothing(index_elements=["source", "subject"]), missing)
        found = {(position.source, position.subject): position for position in session.scalars(locked)}
    return found
