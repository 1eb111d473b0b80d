"""Trying failed events again, and giving one up: the rows themselves, without who decided it and why."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.database.tables import InboxPosition, InboxRow
from shared.inbox.positions import locked_positions

OPEN = ("attention", "waiting")


def retry(session: Session, row_ids: Sequence[int], now: datetime) -> int:
    """Make failed rows due at once, as if they were new. Returns how many."""
    changed = session.execute(
        update(InboxRow)
        .where(InboxRow.id.in_(row_ids), InboxRow.status.in_(OPEN))
        .values(status="waiting", attempts=0, next_attempt_at=now)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def first_open(session: Session, row: InboxRow) -> InboxRow | None:
    """The event of the same subject that comes first among those that are not done: the one the others wait for."""
    return session.scalars(
        select(InboxRow)
        .where(InboxRow.source == row.source, InboxRow.subject == row.subject, InboxRow.status.in_(OPEN))
        .order_by(InboxRow.subjectversion, InboxRow.id)
        .limit(1)
    ).first()


def skip(session: Session, row_id: int, now: datetime) -> bool:
    """Give a failed row up and let its subject go on.

    False when it was not open any more. Waits for a processor that is at work on it. Only the first open event of a
    subject may be skipped: those before it would count as overtaken otherwise, and have no effect either.
    """
    row = session.get(InboxRow, row_id, with_for_update=True, populate_existing=True)
    if row is None or row.status not in OPEN:
        return False
    key = (row.source, row.subject)
    locked_positions(session, {key})  # makes the row where it is new
    position = session.get_one(InboxPosition, key, with_for_update=True, populate_existing=True)
    position.version = max(position.version, row.subjectversion)
    position.gap_since = position.snapshot_asked_at = None
    row.status, row.finished_at = "skipped", now
    return True
