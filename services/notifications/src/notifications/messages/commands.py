"""What staff may do to a message: try it again, or stop it."""

from datetime import timedelta
from uuid import UUID

from notifications.messages.models import Message
from notifications.messages.queries import get_message
from notifications.messages.steps import add_step
from notifications.suppressions.commands import in_force, write_again
from shared.database import UnitOfWork, dialect_of
from shared.database.leases import database_now
from shared.refusal import Refused
from shared.texts import N_

RETRIED_FOR = timedelta(hours=24)


def retry_message(work: UnitOfWork, message_id: UUID) -> Message:
    """Queue a failed message once more. Refused (409) in any other state, also in unknown: that one is settled by
    asking the provider, because it may have arrived. An address that bounced is written to again."""
    message = _locked(work, message_id)
    if message.state != "failed":
        raise Refused("not-failed", N_("Only a message that failed can be tried again."), state=message.state)
    message.state, message.reason, message.tries, message.finished_at = "pending", None, 0, None
    message.on_wire = False
    message.maybe_duplicate, message.maybe_sent = message.maybe_duplicate or message.maybe_sent, False
    message.expires_at = max(message.expires_at, work.now + RETRIED_FOR)
    message.due_at = database_now(dialect_of(work.session))
    left_alone = in_force(work.session, message.channel, message.address)
    if left_alone is not None and left_alone.reason != "by-staff":
        write_again(work, left_alone)
    return _noted(work, message, "retried-by-staff")


def cancel_message(work: UnitOfWork, message_id: UUID) -> Message:
    """Stop a message that was not handed over yet. Refused (409) when it was or may have been."""
    message = _locked(work, message_id)
    if message.state != "pending":
        raise Refused("not-pending", N_("Only a message that still waits can be stopped."), state=message.state)
    message.state, message.reason, message.finished_at = "cancelled", "stopped-by-staff", work.now
    message.maybe_sent = message.maybe_duplicate
    return _noted(work, message, "cancelled")


def _locked(work: UnitOfWork, message_id: UUID) -> Message:
    work.lock(Message, message_id)
    message = get_message(work.session, message_id, work.actor)
    work.actor.demand("officer", message.body)
    return message


def _noted(work: UnitOfWork, message: Message, kind: str) -> Message:
    said = {"maybe_sent": True} if message.maybe_sent else {}
    add_step(work, message.notice_id, kind, message.id, who=work.actor.name, **said)
    work.audit(kind, f"message/{message.id}", channel=message.channel)
    work.session.flush()
    return message
