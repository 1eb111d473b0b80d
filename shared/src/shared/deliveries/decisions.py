"""What somebody decides about events that do not flow by themselves. Every decision is audited, event by event.

Decisions are safe to take twice: what somebody else decided in the meantime is refused with what became of it, or
left out where many are decided on at once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.database.tables import InboxRow, OutboxRow, RefusedMessage
from shared.deliveries.failures import find_failure
from shared.deliveries.searching import NO_QUEUE
from shared.deliveries.words import STATES
from shared.inbox.attention import OPEN, first_open, retry, skip
from shared.refusal import NotFound, Refused
from shared.texts import N_

REASON_LENGTH = 500
AT_ONCE = 1_000
"""Rows in one statement; a decision about more of them takes several, in one commit."""


def retry_event(work: UnitOfWork, row_id: int) -> InboxRow:
    """Try it again at once, as if it were new. Refused when it is done or given up already."""
    row = _get(work.session, row_id)
    facts = _before(row)
    if not retry(work.session, [row_id], work.now):
        raise _not_open(work.session, row)
    _audit(work, "event-retried", row, **facts)
    return row


def retry_events(work: UnitOfWork, row_ids: Sequence[int], reason: str = "") -> int:
    """Try all of these again at once. Returns how many there still were to try."""
    retried = 0
    for some in _parts(row_ids):
        still_open = select(InboxRow).where(InboxRow.id.in_(some), InboxRow.status.in_(OPEN)).order_by(InboxRow.id)
        rows = work.session.scalars(still_open.with_for_update()).all()
        facts = {row.id: _before(row) for row in rows}
        retry(work.session, list(facts), work.now)
        for row in rows:
            _audit(work, "event-retried", row, together=len(row_ids), **facts[row.id], **_because(reason))
        retried += len(rows)
    return retried


def retry_failure(work: UnitOfWork, digest: str, reason: str = "") -> int:
    """Try everything again that fails with the same error. Returns how many; 0 when nothing fails with it any more."""
    failure = find_failure(work.session, digest)
    return retry_events(work, failure.ids, reason) if failure else 0


def skip_event(work: UnitOfWork, row_id: int, reason: str) -> InboxRow:
    """Give it up for good, so that its subject goes on. The reason is kept.

    Refused when it is not open any more, or not the first of its subject that is open.
    """
    if not reason.strip():
        raise Refused("reason-missing", N_("Say why."), field="reason", status=422)
    row = _get(work.session, row_id)
    first = first_open(work.session, row) if row.status in OPEN else None
    if first is not None and first.id != row.id:
        raise Refused(
            "not-the-first",
            N_("An earlier event of this subject comes first: version %(version)s, number %(event)s."),
            version=first.subjectversion,
            event=str(first.event_id),
        )
    if not skip(work.session, row_id, work.now):
        raise _not_open(work.session, row)
    _audit(work, "event-skipped", row, **_because(reason))
    return row


def resend_events(work: UnitOfWork, row_ids: Sequence[int], reason: str = "") -> int:
    """Publish events again that no queue took. Returns how many; those that were sent again already are left out."""
    resent = 0
    for some in _parts(row_ids):
        unrouted = select(OutboxRow).where(OutboxRow.id.in_(some), OutboxRow.unrouted_at.is_not(None))
        rows = work.session.scalars(unrouted.order_by(OutboxRow.id).with_for_update()).all()
        for row in rows:
            _audit(
                work,
                "event-resent",
                row,
                because=row.unrouted_because or NO_QUEUE,
                together=len(row_ids),
                **_because(reason),
            )
        # The rest of a row stays as it is: a release beside this one may not know unrouted_because.
        work.session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_([row.id for row in rows]))
            .values(unrouted_at=None, unrouted_because=None)
        )
        resent += len(rows)
    return resent


def note_refused(work: UnitOfWork, row_ids: Sequence[int], reason: str = "") -> int:
    """Somebody looked at them: they no longer count as news. They are kept. Returns how many were still unseen."""
    noted = 0
    for some in _parts(row_ids):
        unseen = select(RefusedMessage.id).where(RefusedMessage.id.in_(some), RefusedMessage.seen_at.is_(None))
        ids = work.session.scalars(unseen.order_by(RefusedMessage.id).with_for_update()).all()
        work.session.execute(update(RefusedMessage).where(RefusedMessage.id.in_(ids)).values(seen_at=work.now))
        for row_id in ids:
            work.audit("refusal-noted", refusal_subject(row_id), **_because(reason))
        noted += len(ids)
    return noted


def read_content(work: UnitOfWork, row: InboxRow | OutboxRow | RefusedMessage, reason: str) -> str | bytes | None:
    """What an event or a refused message carries, which may be about people: audited with the reason.

    None where it was dropped by age.
    """
    if not reason.strip():
        raise Refused("reason-missing", N_("Say why."), field="reason", status=422)
    if isinstance(row, RefusedMessage):
        work.audit("refusal-content-read", refusal_subject(row.id), **_because(reason))
    else:
        _audit(work, "event-content-read", row, **_because(reason))
    return row.body


def refusal_subject(row_id: int) -> str:
    """What the audit calls a refused message."""
    return f"refusal/{row_id}"


def event_subject(row: InboxRow | OutboxRow) -> str:
    """What the audit calls an event."""
    return f"event/{row.event_id}"


def _get(session: Session, row_id: int) -> InboxRow:
    row = session.get(InboxRow, row_id)
    if row is None:
        raise NotFound("event")
    return row


def _audit(work: UnitOfWork, action: str, row: InboxRow | OutboxRow, **facts: Any) -> None:
    work.audit(action, event_subject(row), type=row.type, **facts)


def _before(row: InboxRow) -> dict[str, Any]:
    """What the row forgets when it is tried again. Of the error only its class: its words may be about people."""
    return {"attempts": row.attempts, "error": (row.error or "").partition(":")[0]}


def _because(reason: str) -> dict[str, str]:
    return {"reason": reason.strip()[:REASON_LENGTH]} if reason.strip() else {}


def _parts(row_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(set(row_ids))
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


def _not_open(session: Session, row: InboxRow) -> Refused:
    session.refresh(row)
    return Refused(
        "event-not-open",
        N_("There is nothing left to decide about this event. It is: %(state)s."),
        status=409,
        state=STATES[row.status],
    )
