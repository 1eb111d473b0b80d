"""How far each foreign subject was followed: the rows that are locked while one processor works on a subject."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from shared.database import dialect_of, insert_on
from shared.database.tables import InboxPosition

_LOCKING = (
    select(InboxPosition)
    .where(
        InboxPosition.source == bindparam("source"), InboxPosition.subject.in_(bindparam("subjects", expanding=True))
    )
    .with_for_update(skip_locked=True)
)


def locked_positions(session: Session, subjects: set[tuple[str, str]]) -> dict[tuple[str, str], InboxPosition]:
    """The positions of these subjects, made where they are new, and locked unless another processor holds them."""
    if not subjects:
        return {}
    insert = insert_on(dialect_of(session))
    ordered = sorted(subjects)
    found = _locked(session, ordered)
    missing = [{"source": source, "subject": subject, "version": 0} for source, subject in ordered]
    missing = [each for each in missing if (each["source"], each["subject"]) not in found]
    if missing:
        session.execute(insert(InboxPosition).on_conflict_do_nothing(index_elements=["source", "subject"]), missing)
        found |= _locked(session, [(str(each["source"]), str(each["subject"])) for each in missing])
    return found


def _locked(session: Session, ordered: Sequence[tuple[str, str]]) -> dict[tuple[str, str], InboxPosition]:
    """Those that exist and nobody holds. Source by source: SQLite reads the whole table for a list of pairs."""
    found = {}
    for source, pairs in groupby(ordered, key=itemgetter(0)):
        wanted = {"source": source, "subjects": [subject for _, subject in pairs]}
        for position in session.scalars(_LOCKING, wanted):
            found[position.source, position.subject] = position
    return found
