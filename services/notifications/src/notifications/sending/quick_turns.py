"""The two halves of a sender's transaction for messages that give no trouble: few statements, no objects.

Each is one UPDATE whose conditions are all that the long way (`turns`) would ask. Where one does not hold nothing
is changed, and the long way says what is to be done. On PostgreSQL both are parts of one statement (`single_turns`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Update, bindparam, exists, insert, select, update
from sqlalchemy.orm import aliased

from notifications.contacts.models import Contact
from notifications.messages.models import Message, MessageStep
from notifications.messages.superseding import older_is_on_its_way
from notifications.preferences.models import OptOut
from notifications.preferences.rules import topics_against
from notifications.published import MESSAGE_SENT
from notifications.sending.claims import Held
from notifications.sending.outcomes import Outcome
from notifications.subjects.outdated import is_outdated, outdated_values
from notifications.suppressions.models import Suppression
from shared.database import UnitOfWork
from shared.database.leases import database_now

_MESSAGES: Any = Message.__table__
_STEP = insert(MessageStep.__table__)  # type: ignore[arg-type]


def is_fresh(held: Held) -> bool:
    """Whether the row was never handed over and there is somebody to hand it over to."""
    return not held.on_wire and held.delivery is None and held.address is not None and held.name is not None


def begin_quickly(work: UnitOfWork, held: Held, lease: timedelta, dialect: str) -> bool:
    """Note that the message may be on its way from now on, if it was never before and nothing speaks against it."""
    if not is_fresh(held):
        return False
    link = work.session.connection()
    return link.execute(beginning(held.channel, lease, dialect), beginning_values(held, work.now)).rowcount == 1


def beginning_values(held: Held, now: datetime) -> dict[str, Any]:
    """The parameters of `beginning`."""
    return {
        "begin_row": held.id,
        "begin_held": held.attempt,
        "begin_at": now,
        "recipient": held.person_id,
        "recipients_address": held.address,
        "category": held.category,
        "way_of_category": topics_against(held.channel, held.category)[-1],
        **outdated_values(held),
    }


@cache
def beginning(channel: str, lease: timedelta, dialect: str) -> Update:
    """Notes that a message may be on its way, where everything that must be so before it is handed over is so."""
    address = Contact.phone if channel == "sms" else Contact.email
    to: BindParameter[str] = bindparam("recipients_address", type_=address.type)
    recipient: BindParameter[UUID] = bindparam("recipient", type_=Contact.person_id.type)
    topics = (channel, bindparam("category"), bindparam("way_of_category"))
    older = aliased(Message)
    now = select(database_now(dialect)).scalar_subquery()
    return (
        update(_MESSAGES)
        .where(
            _MESSAGES.c.id == bindparam("begin_row"),
            _MESSAGES.c.attempt == bindparam("begin_held"),
            _MESSAGES.c.state == "sending",
            _MESSAGES.c.on_wire.is_(False),
            _MESSAGES.c.delivery.is_(None),
            _MESSAGES.c.due_at > now,
            _MESSAGES.c.expires_at > bindparam("begin_at"),
            exists().where(Contact.person_id == recipient, address == to),
            ~exists().where(Suppression.channel == channel, Suppression.address == to, Suppression.lifted_at.is_(None)),
            ~exists().where(OptOut.person_id == recipient, OptOut.topic.in_(topics)),
            ~exists().where(older_is_on_its_way(older, _MESSAGES.c)),
            ~is_outdated(),
        )
        .values(on_wire=True, address=to, handed_at=bindparam("begin_at"), due_at=database_now(dialect, lease))
    )


def settle_quickly(work: UnitOfWork, held: Held, outcome: Outcome) -> bool:
    """Write down that a message was sent, if its row is still ours."""
    if not is_plain(outcome):
        return False
    link = work.session.connection()
    if link.execute(_SETTLING, settling_values(held, outcome, work.now)).rowcount != 1:
        return False
    link.execute(_STEP, sent_step(held, outcome, work.now))
    work.correlation_id, work.causation_id = held.correlation_id, str(held.event_id)
    work.traceparent = held.traceparent
    work.record(MESSAGE_SENT, held.message_id, event_data(held))
    return True


def is_plain(outcome: Outcome) -> bool:
    """Whether there is nothing to write down but that the message was sent."""
    return outcome.kind == "sent" and outcome.serial is None


def settling_values(held: Held, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The parameters of `settling` and `still_ours`."""
    return {
        "row": held.id,
        "held": held.attempt,
        "at": now,
        "by": outcome.provider,
        "parts": outcome.segments,
        "price": outcome.cost,
    }


def still_ours() -> Sequence[Any]:
    """The conditions under which a sender may write down what became of a message."""
    return (
        _MESSAGES.c.id == bindparam("row"),
        _MESSAGES.c.attempt == bindparam("held"),
        _MESSAGES.c.state == "sending",
    )


def settling() -> Update:
    """Writes down that a message was sent."""
    return (
        update(_MESSAGES)
        .where(*still_ours())
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


_SETTLING = settling()


def sent_step(held: Held, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The line of the timeline."""
    facts = {"attempt": held.attempt, "code": outcome.code, "provider": outcome.provider}
    return {"notice_id": held.notice_id, "message_id": held.id, "at": now, "kind": "sent", "facts": facts}


def event_data(held: Held) -> dict[str, Any]:
    """What the event says that tells others of it."""
    return {
        "message_id": held.message_id,
        "person_id": held.person_id,
        "channel": held.channel,
        "event_id": held.event_id,
        "event_type": held.event_type,
    }
