"""Newer news about the same thing: what was not sent yet and is no longer true is not sent any more."""

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from notifications.messages.models import Message, Notice
from notifications.messages.steps import add_step
from notifications.published import MESSAGE_SUPPRESSED
from shared.database import UnitOfWork


def supersede(work: UnitOfWork, notice: Notice, channel: str) -> None:
    """End the recipient's waiting messages about the subject of `notice` on that channel: nobody is told that a
    registration is confirmed after reading that it is cancelled.

    One that a sender claimed and has not begun is ended, too; one that it is beginning right now is on its way.
    """
    for message in work.session.scalars(
        select(Message)
        .where(
            Message.subject == notice.subject,
            Message.person_id == notice.person_id,
            Message.channel == channel,
            or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False))),
        )
        .order_by(Message.id)
        .with_for_update(skip_locked=True)
    ).all():
        message.state, message.reason, message.finished_at = "suppressed", "superseded", work.now
        add_step(work, message.notice_id, "suppressed", message.id, reason="superseded")
        work.record(
            MESSAGE_SUPPRESSED,
            message.message_id,
            {
                "message_id": message.message_id,
                "person_id": message.person_id,
                "channel": message.channel,
                "event_id": notice.event_id,
                "event_type": message.event_type,
                "reason": "superseded",
            },
        )


_older = aliased(Message)
OLDER_IS_ON_ITS_WAY = exists().where(
    _older.subject == Message.subject,
    _older.person_id == Message.person_id,
    _older.channel == Message.channel,
    _older.state == "sending",
    _older.on_wire,
    _older.id < Message.id,
)
"""Whether an older message about the same thing to the same person is being handed over right now; a column to select
with a message."""
