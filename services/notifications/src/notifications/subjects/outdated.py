"""Right before sending: whether what a message is about has ended or, for a reminder, has moved."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from notifications.messages.models import Message
from notifications.reminders.rules import is_reminder
from notifications.sending.claims import Held
from notifications.subjects.models import Subject

_NO_VERSION = 2**31 - 1


def is_outdated() -> ColumnElement[bool]:
    """The question as a part of another statement; `outdated_values` are its parameters."""
    return exists().where(
        Subject.subject == bindparam("about", type_=Subject.subject.type),
        Subject.version > bindparam("about_version", type_=Integer),
        or_(Subject.state == "ended", bindparam("reminds", type_=Boolean)),
    )


def outdated_values(held: Held) -> dict[str, Any]:
    version = _NO_VERSION if held.subject_version is None else held.subject_version
    return {"about": held.subject, "about_version": version, "reminds": is_reminder(held.event_type)}


def why_outdated(session: Session, message: Message) -> str | None:
    """The reason not to send a message whose notice is loaded, or None."""
    if message.notice.subject_version is None:
        return None
    found = session.execute(
        select(Subject.state, Subject.version).where(Subject.subject == message.subject)
    ).one_or_none()
    if found is None or found.version <= message.notice.subject_version:
        return None
    if found.state == "ended":
        return "subject-ended"
    return "moved" if is_reminder(message.event_type) else None
