"""The two halves of a sender's transaction for messages that give no trouble: few statements, no objects.

Each is one UPDATE whose conditions are all that the long way (`turns`) would ask. Where one does not hold nothing
is changed, and the long way says what is to be done.
"""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, insert, select, update
from sqlalchemy.orm import aliased

from notifications.contacts.models import Contact
from notifications.messages.models import Message, MessageStep
from notifications.messages.superseding import older_is_on_its_way
from notifications.preferences.models import OptOut
from notifications.published import MESSAGE_SENT
from notifications.sending.claims import Held
from notifications.sending.outcomes import Outcome
from notifications.suppressions.models import Suppression
from shared.database import UnitOfWork
from shared.database.leases import database_now

_MESSAGES: Any = Message.__table__
_STEP = insert(MessageStep.__table__)  # type: ignore[arg-type]


def begin_quickly(work: UnitOfWork, held: Held, lease: timedelta, dialect: str) -> bool:
    """Note that the message may be on its way from now on, if it was never before and nothing speaks against it."""
    if held.on_wire or held.delivery is not None or held.address is None or held.name is None:
        return False
    values = {
        "row": held.id,
        "held": held.attempt,
        "at": work.now,
        "recipient": held.person_id,
        "to": held.address,
        "kind": held.category,
    }
    return work.session.connection().execute(_beginning(held.channel, lease, dialect), values).rowcount == 1


@cache
def _beginning(channel: str, lease: timedelta, dialect: str) -> Any:
    address = Contact.phone if channel == "sms" else Contact.email
    older = aliased(Message)
    now = select(database_now(dialect)).scalar_subquery()
    return (
        update(_MESSAGES)
        .where(
            _MESSAGES.c.id == bindparam("row"),
            _MESSAGES.c.attempt == bindparam("held"),
            _MESSAGES.c.state == "sending",
            _MESSAGES.c.on_wire.is_(False),
            _MESSAGES.c.delivery.is_(None),
            _MESSAGES.c.due_at > now,
            _MESSAGES.c.expires_at > bindparam("at"),
            exists().where(Contact.person_id == bindparam("recipient"), address == bindparam("to")),
            ~exists().where(
                Suppression.channel == channel, Suppression.address == bindparam("to"), Suppression.lifted_at.is_(None)
            ),
            ~exists().where(OptOut.person_id == bindparam("recipient"), OptOut.topic.in_((channel, bindparam("kind")))),
            ~exists().where(older_is_on_its_way(older, _MESSAGES.c)),
        )
        .values(
            on_wire=True,
            address=bindparam("to"),
            handed_at=bindparam("at"),
            due_at=database_now(dialect, lease),
        )
    )


def settle_quickly(work: UnitOfWork, held: Held, outcome: Outcome) -> bool:
    """Write down that a message was sent, if its row is still ours."""
    if outcome.kind != "sent" or outcome.serial is not None:
        return False
    link = work.session.connection()
    values = {
        "row": held.id,
        "held": held.attempt,
        "at": work.now,
        "by": outcome.provider,
        "parts": outcome.segments,
        "price": outcome.cost,
    }
    if link.execute(_SETTLING, values).rowcount != 1:
        return False
    facts = {"attempt": held.attempt, "code": outcome.code, "provider": outcome.provider}
    link.execute(
        _STEP,
        {"notice_id": held.notice_id, "message_id": held.id, "at": work.now, "kind": "sent", "facts": facts},
    )
    work.correlation_id, work.causation_id = held.correlation_id, str(held.event_id)
    work.traceparent = held.traceparent
    work.record(
        MESSAGE_SENT,
        held.message_id,
        {
            "message_id": held.message_id,
            "person_id": held.person_id,
            "channel": held.channel,
            "event_id": held.event_id,
            "event_type": held.event_type,
        },
    )
    return True


_SETTLING = (
    update(_MESSAGES)
    .where(
        and_(
            _MESSAGES.c.id == bindparam("row"),
            _MESSAGES.c.attempt == bindparam("held"),
            _MESSAGES.c.state == "sending",
        )
    )
    .values(
        state="sent",
        reason=None,
        on_wire=False,
        finished_at=bindparam("at"),
        provider=bindparam("by"),
        segments=bindparam("parts"),
        cost=bindparam("price"),
    )
)
