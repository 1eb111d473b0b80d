"""Newer news about the same thing: what was not sent yet and is no longer true is not sent any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from notifications.messages.models import Message, Notice, is_open
from notifications.messages.steps import add_step
from notifications.published import MESSAGE_SUPPRESSED
from shared.database import UnitOfWork, among


def supersede(work: UnitOfWork, newer: Sequence[Mapping[str, Any]]) -> None:
    """End waiting messages that are about the same subject, to the same person and on the same channel as newer ones:
    nobody is told that a registration is confirmed after reading that it is cancelled.

    One that a sender claimed and has not begun is ended, too; one that it is beginning right now is on its way.
    """
    causes = {(message["subject"], message["person_id"], message["channel"]): message for message in newer}
    people = {message["person_id"] for message in newer}
    for older in work.session.scalars(
        select(Message)
        .where(
            Message.subject.in_({message["subject"] for message in newer}),
            is_open(),
            among(work.session, Message.person_id, people).is_(True),  # looked up for each open message of the subject
            or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False))),
        )
        .order_by(Message.id)
        .with_for_update(skip_locked=True)
    ).all():
        if (older.subject, older.person_id, older.channel) in causes:
            end(work, older, "superseded")


def end_older(work: UnitOfWork, subject: str, version: int, reason: str, *, reminders_only: bool = False) -> None:
    """End what waits and was said of an earlier version of a subject, whoever gets it and whether newer news comes."""
    older = (
        select(Message)
        .join(Message.notice)
        .where(
            Message.subject == subject,
            Notice.subject_version < version,
            or_(Message.state == "pending", and_(Message.state == "sending", Message.on_wire.is_(False))),
        )
    )
    if reminders_only:
        older = older.where(Message.event_type.endswith(".reminder"))
    for message in work.session.scalars(older.order_by(Message.id).with_for_update(of=Message, skip_locked=True)).all():
        end(work, message, reason)


def end(work: UnitOfWork, older: Message, reason: str) -> None:
    """Do not send a message that is locked and that nobody has begun to send."""
    event_id = work.session.scalar(select(Notice.event_id).where(Notice.id == older.notice_id))
    older.state, older.reason, older.finished_at = "suppressed", reason, work.now
    older.maybe_sent = older.maybe_duplicate
    said = {"maybe_sent": True} if older.maybe_sent else {}
    add_step(work, older.notice_id, "suppressed", older.id, reason=reason, **said)
    work.record(
        MESSAGE_SUPPRESSED,
        older.message_id,
        {
            "message_id": older.message_id,
            "person_id": older.person_id,
            "channel": older.channel,
            "event_id": event_id,
            "event_type": older.event_type,
            "reason": reason,
        },
    )
    work.session.flush()


def older_is_on_its_way(older: Any, newer: Any) -> ColumnElement[bool]:
    """Whether `older` is about the same thing as `newer`, to the same person, and is being handed over right now."""
    return and_(
        older.subject == newer.subject,
        older.person_id == newer.person_id,
        older.channel == newer.channel,
        older.state == "sending",
        older.on_wire,
        older.id < newer.id,
    )


OLDER_IS_ON_ITS_WAY = exists().where(older_is_on_its_way(aliased(Message), Message))
"""The same as a column to select with a message."""
