"""What staff see of the traffic: how old the oldest waiting things are, and what needs a person."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow, OutboxRow, RefusedMessage


def ages(session: Session, now: datetime) -> dict[str, timedelta | int]:
    """Ages of the oldest unpublished and unprocessed events, and the numbers that need attention."""
    pending = session.execute(
        select(func.min(OutboxRow.recorded_at)).where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
    ).scalar_one()
    waiting = session.execute(select(func.min(InboxRow.received_at)).where(InboxRow.status == "waiting")).scalar_one()
    return {
        "outbox_oldest_seconds": now - pending if pending else timedelta(0),
        "inbox_oldest_seconds": now - waiting if waiting else timedelta(0),
        "inbox_attention": _count(session, InboxRow.status == "attention"),
        "outbox_unrouted": _count(session, OutboxRow.unrouted_at.is_not(None)),
        "refused_unseen": _count(session, RefusedMessage.seen_at.is_(None)),
    }


def _count(session: Session, condition: object) -> int:
    return int(session.execute(select(func.count()).where(condition)).scalar_one())  # type: ignore[arg-type]
