"""What staff do with events that failed: try them again, or give them up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow
from shared.inbox.positions import locked_positions


def retry(session: Session, row_ids: Sequence[int], now: datetime) -> int:
    """Make failed rows due at once, as if they were new. Returns how many."""
    changed = session.execute(
        update(InboxRow)
        .where(InboxRow.id.in_(row_ids), InboxRow.status.in_(("attention", "waiting")))
        .values(status="waiting", attempts=0, next_attempt_at=now)
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]


def skip(session: Session, row_id: int, now: datetime) -> bool:
    """Give a failed row up and let its subject go on. False when it was not open any more."""
    row = session.get(InboxRow, row_id, with_for_update=True)
    if row is None or row.status not in ("attention", "waiting"):
        return False
    position = locked_positions(session, {(row.source, row.subject)}).get((row.source, row.subject))
    if position is None:
        return False
    position.version = max(position.version, row.subjectversion)
    row.status, row.finished_at = "skipped", now
    return True
