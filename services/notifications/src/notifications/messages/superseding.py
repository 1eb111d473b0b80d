"""Newer news about the same thing: what was not sent yet and is no longer true is not sent any more."""

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from notifications.messages.models import Message, Notice
from notifications.messages.steps import add_step
from notifications.published import MESSAGE_SUPPRESSED
from shared.database import UnitOfWork


def supersede(work: UnitOfWork, notice: Notice, channel: str) -> None:
    """End the recipient's waiting messages about the subject of `notice` on that channel: nobody is told that a
    registration is confirmed after reading that it is cancelled."""
    for message in work.session.scalars(
        select(Message)
        .where(
            Message.subject == notice.subject,
            Message.person_id == notice.person_id,
            Message.channel == channel,
            Message.state == "pending",
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
_OLDER_ON_ITS_WAY = select(
    exists().where(
        _older.subject == bindparam("subject"),
        _older.person_id == bindparam("person_id"),
        _older.channel == bindparam("channel"),
        _older.state == "sending",
        _older.on_wire,
        _older.id < bindparam("id"),
    )
)


def older_is_on_its_way(session: Session, message: Message) -> bool:
    """Whether an older message about the same thing to the same person is being handed over right now."""
    asked = {
        "subject": message.subject,
        "person_id": message.person_id,
        "channel": message.channel,
        "id": message.id,
    }
    return bool(session.scalar(_OLDER_ON_ITS_WAY, asked))
