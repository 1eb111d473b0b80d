"""Stopping a broadcast while it runs: what no sender has begun is cancelled, and nothing more is made."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, insert, or_, text, update

from notifications.broadcasts.commands import given_reason, locked_broadcast
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.messages.models import Message, MessageStep, Notice
from shared.database import UnitOfWork

REASON = "broadcast-stopped"
_OPEN = text("messages.state IN ('pending', 'sending', 'unknown')")
"""As the partial index says it: SQLite uses that index for the very same words only."""


def stop(work: UnitOfWork, broadcast_id: UUID, reason: str) -> Broadcast:
    """Cancel what waits. What a sender is handing over right now is not asked back, but not tried again either.

    Refused (409) when it does not run (any more).
    """
    broadcast = locked_broadcast(work, broadcast_id, ("running",))
    broadcast.reason = given_reason(reason)
    not_made: Any = work.session.execute(
        update(Recipient)
        .where(Recipient.broadcast_id == broadcast.id, Recipient.made_at.is_(None), Recipient.left_out.is_(None))
        .values(left_out=REASON)
        .execution_options(synchronize_session=False)
    )
    work.session.execute(
        update(Notice)
        .where(Notice.event_id == broadcast.id, Notice.state == "waiting")
        .values(state="suppressed", reason=REASON)
        .execution_options(synchronize_session=False)
    )
    cancelled = _cancel(work, broadcast.subject)
    broadcast.state, broadcast.ended_at = "stopped", work.now
    broadcast.fanned_out_at = broadcast.fanned_out_at or work.now
    work.audit("broadcast-stopped", broadcast.subject, cancelled=cancelled, not_made=not_made.rowcount)
    work.session.flush()
    return broadcast


def _cancel(work: UnitOfWork, subject: str) -> int:
    """Ends what newer news would end, too: pending messages, and claimed ones that were not begun."""
    ended = work.session.execute(
        update(Message)
        .where(
            Message.subject == subject,
            _OPEN,
            or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False))),
        )
        .values(state="cancelled", reason=REASON, finished_at=work.now, maybe_sent=Message.maybe_duplicate)
        .returning(Message.id, Message.notice_id, Message.maybe_duplicate)
        .execution_options(synchronize_session=False)
    ).all()
    work.session.execute(
        update(Message)
        .where(Message.subject == subject, _OPEN, Message.expires_at > work.now)
        .values(expires_at=work.now)
        .execution_options(synchronize_session=False)
    )
    facts = {"who": work.actor.name, "reason": REASON}
    lines = [
        {
            "notice_id": row.notice_id,
            "message_id": row.id,
            "at": work.now,
            "kind": "cancelled",
            "facts": {**facts, **({"maybe_sent": True} if row.maybe_duplicate else {})},
        }
        for row in ended
    ]
    if lines:
        work.session.execute(insert(MessageStep), lines)
    return len(ended)
