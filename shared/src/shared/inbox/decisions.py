"""What staff see and decide about events that do not flow by themselves. Every decision is audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from shared.database import UnitOfWork
from shared.database.tables import AuditRow, InboxRow, OutboxRow, RefusedMessage
from shared.inbox.attention import retry, skip
from shared.refusal import NotFound, Refused
from shared.texts import N_

SHOWN = 50


@dataclass(frozen=True)
class Held:
    """An event and how many later ones of its subject wait behind it."""

    row: InboxRow
    behind: int


def needing_attention(session: Session, limit: int = SHOWN) -> list[Held]:
    """Events that failed too often and hold their subject up, the oldest first."""
    return _with_behind(session, InboxRow.status == "attention", limit)


def being_retried(session: Session, limit: int = SHOWN) -> list[Held]:
    """Events that failed and are tried again by themselves, the next one first."""
    return _with_behind(session, (InboxRow.status == "waiting") & (InboxRow.attempts > 0), limit)


def waiting(session: Session, limit: int = SHOWN) -> Sequence[InboxRow]:
    """Events that arrived and were not looked at yet, the oldest first."""
    chosen = select(InboxRow).where(InboxRow.status == "waiting", InboxRow.attempts == 0)
    return session.scalars(chosen.order_by(InboxRow.id).limit(limit)).all()


def unpublished(session: Session, limit: int = SHOWN) -> Sequence[OutboxRow]:
    """Our own events that the bus has not confirmed yet, the oldest first."""
    chosen = select(OutboxRow).where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
    return session.scalars(chosen.order_by(OutboxRow.id).limit(limit)).all()


def unrouted(session: Session, limit: int = SHOWN) -> Sequence[OutboxRow]:
    """Our own events that no queue was bound for, the newest first."""
    chosen = select(OutboxRow).where(OutboxRow.unrouted_at.is_not(None))
    return session.scalars(chosen.order_by(OutboxRow.id.desc()).limit(limit)).all()


def refused(session: Session, limit: int = SHOWN) -> Sequence[RefusedMessage]:
    """What could not be taken in and nobody has noted yet, the newest first."""
    chosen = select(RefusedMessage).where(RefusedMessage.seen_at.is_(None))
    return session.scalars(chosen.order_by(RefusedMessage.id.desc()).limit(limit)).all()


def counts(session: Session) -> dict[str, int]:
    """How many of each kind there are in all."""

    def count(*conditions: Any) -> int:
        return int(session.execute(select(func.count()).where(*conditions)).scalar_one())

    return {
        "attention": count(InboxRow.status == "attention"),
        "retrying": count(InboxRow.status == "waiting", InboxRow.attempts > 0),
        "waiting": count(InboxRow.status == "waiting", InboxRow.attempts == 0),
        "unpublished": count(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None)),
        "unrouted": count(OutboxRow.unrouted_at.is_not(None)),
        "refused": count(RefusedMessage.seen_at.is_(None)),
    }


def get_event(session: Session, row_id: int) -> Held:
    """NotFound when there is no such event."""
    found = _with_behind(session, InboxRow.id == row_id, 1)
    if not found:
        raise NotFound("event")
    return found[0]


def decisions_about(session: Session, row: InboxRow) -> Sequence[AuditRow]:
    """Who decided what about an event, the oldest first."""
    chosen = select(AuditRow).where(AuditRow.subject == f"event/{row.event_id}").order_by(AuditRow.id)
    return session.scalars(chosen).all()


def retry_event(work: UnitOfWork, row_id: int) -> InboxRow:
    """Try it again at once, as if it were new. Refused when it is done or given up already."""
    row = get_event(work.session, row_id).row
    if not retry(work.session, [row_id], work.now):
        raise _not_open()
    work.audit("event-retried", f"event/{row.event_id}", type=row.type, attempts=row.attempts)
    return row


def skip_event(work: UnitOfWork, row_id: int, reason: str) -> InboxRow:
    """Give it up for good, so that its subject goes on. The reason is kept. Refused when it is not open."""
    if not reason.strip():
        raise Refused("reason-missing", N_("Say why."), field="reason", status=422)
    row = get_event(work.session, row_id).row
    if not skip(work.session, row_id, work.now):
        raise _not_open()
    work.audit("event-skipped", f"event/{row.event_id}", type=row.type, reason=reason.strip()[:500])
    return row


def resend_events(work: UnitOfWork, row_ids: Sequence[int]) -> int:
    """Publish events again that no queue took. Returns how many."""
    changed: Any = work.session.execute(
        update(OutboxRow).where(OutboxRow.id.in_(row_ids), OutboxRow.unrouted_at.is_not(None)).values(unrouted_at=None)
    )
    work.audit("events-resent", "event/unrouted", count=int(changed.rowcount))
    return int(changed.rowcount)


def note_refused(work: UnitOfWork, row_ids: Sequence[int]) -> int:
    """Somebody looked at them: they no longer count as news. They are kept. Returns how many."""
    changed: Any = work.session.execute(
        update(RefusedMessage)
        .where(RefusedMessage.id.in_(row_ids), RefusedMessage.seen_at.is_(None))
        .values(seen_at=work.now)
    )
    work.audit("refusals-noted", "event/refused", count=int(changed.rowcount))
    return int(changed.rowcount)


def _with_behind(session: Session, condition: Any, limit: int) -> list[Held]:
    later = aliased(InboxRow)
    behind = (
        select(func.count())
        .where(
            later.source == InboxRow.source,
            later.subject == InboxRow.subject,
            later.subjectversion > InboxRow.subjectversion,
            later.status == "waiting",
        )
        .correlate(InboxRow)
        .scalar_subquery()
    )
    chosen = select(InboxRow, behind).where(condition).order_by(InboxRow.next_attempt_at, InboxRow.id).limit(limit)
    return [Held(row, int(number)) for row, number in session.execute(chosen)]


def _not_open() -> Refused:
    return Refused("event-not-open", N_("This event is done already; there is nothing to decide."), status=409)
